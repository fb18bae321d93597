/** The points: a purse shared out over works. */
import { speak } from "../../locales/locale.ts";
import { points as words } from "../../locales/en/points.ts";
import type { CandidateView, PointsView } from "../../types.ts";
import { attribute, text, toggle } from "./dom.ts";
import type { OnRequest } from "./drawing.ts";
import { Live } from "./live.ts";
import { QuestionDrawing, type Stand } from "./question.ts";
import { Share } from "./share.ts";
import { sameWorks } from "./thing.ts";
import { Ahead } from "./work.ts";

speak(words);

/** `<taste-points>`'s inside. It asks for `("points", "5,0,3" | "skip")`, and the rest as the duel does. */
export class PointsDrawing extends QuestionDrawing<PointsView> {
  readonly #question: HTMLElement;
  readonly #share: Share;
  readonly #confirm: HTMLElement;
  readonly #live: Live;
  /** The pictures that come next are in the browser's cache by then. */
  readonly #ahead = new Ahead();
  #shown: readonly CandidateView[] = [];
  #answer: string | null = null;

  constructor(root: ShadowRoot, request: OnRequest) {
    super(root, request, {
      part: "points", request: "points", hanging: "hangingMany", broken: ["brokenOneTitle", "brokenSetSentence"], past: "nextWorks",
    });
    const { make, stage } = this;
    this.#question = make.add(stage, "p", "question", "question");
    this.#live = new Live(make, stage);
    this.#share = new Share(make, stage, () => this.locale, (said) => this.#live.say(said), () => this.refresh());
    const row = make.add(stage, "div", "row", "keys");
    this.#confirm = this.answerKey(row, "key-confirm", "");
    this.answerKey(row, "key-skip", "skip", true);
    this.status(stage);
    this.finish();
  }

  protected override works() {
    return this.#share.things;
  }

  protected override hang(view: PointsView | undefined): void {
    const candidates = view?.candidates ?? [];
    const { points = 0, cost = "linear" } = view ?? {};
    text(this.#question, view?.question ?? "");
    this.#ahead.fetch(this.make, view?.upcoming ?? []);
    if (!sameWorks(candidates, this.#shown) || points !== this.#share.budget || cost !== this.#share.cost) {
      this.#share.set(candidates, points, cost);
      this.#shown = candidates;
      this.#answer = null;
    }
    // An answer is shown as it was given; taken back, it stays as it lies, to be changed.
    const answer = view?.phase === "answered" ? view.outcome : null;
    if (answer !== this.#answer && answer !== null && answer !== "skip") this.#share.give(answer.split(",").map(Number));
    this.#answer = answer;
    for (const thing of this.#share.things) thing.say(this.locale);
  }

  protected override paint(_view: PointsView | undefined, { ready, answered, locale }: Stand): void {
    this.#share.still = !ready || answered;
    text(this.#confirm, locale.say("pointsConfirm"));
    attribute(this.#confirm, "data-value", this.#share.outcome);
    attribute(this.#confirm, "aria-disabled", (ready && this.#share.given > 0) || answered ? undefined : "true");
    attribute(this.#confirm, "aria-pressed", answered ? "true" : undefined);
    toggle(this.#confirm, "solid", !answered);
  }

  protected override before(): string {
    return "";
  }

  protected override beforeRate(): string {
    return "";
  }

  protected override thought({ outcome }: PointsView): string {
    return outcome === "skip" ? "" : this.locale.say("pointsKept");
  }

  protected override keys(): undefined {
    return undefined;
  }

  override rest(): void {
    super.rest();
    for (const thing of this.#share.things) thing.pause();
  }
}
