/** The ranking: works put in order, the best first. */
import { speak } from "../../locales/locale.ts";
import { rank as words } from "../../locales/en/rank.ts";
import type { CandidateView, RankingView } from "../../types.ts";
import { attribute, text, toggle } from "./dom.ts";
import type { OnRequest } from "./drawing.ts";
import { Live } from "./live.ts";
import { Order } from "./order.ts";
import { QuestionDrawing, type Stand } from "./question.ts";
import { Thing, nameOf, sameWorks } from "./thing.ts";
import { Ahead } from "./work.ts";

speak(words);

/** `<taste-rank>`'s inside. It asks for `("ranking", "3>1>2" | "skip")`, and the rest as the duel does. */
export class RankDrawing extends QuestionDrawing<RankingView> {
  readonly #question: HTMLElement;
  readonly #hint: HTMLElement;
  readonly #order: Order;
  readonly #confirm: HTMLElement;
  readonly #live: Live;
  /** The pictures that come next are in the browser's cache by then. */
  readonly #ahead = new Ahead();
  #shown: readonly CandidateView[] = [];
  #things: Thing[] = [];
  #answer: string | null = null;

  constructor(root: ShadowRoot, request: OnRequest) {
    super(root, request, {
      part: "rank", request: "ranking", hanging: "hangingMany", broken: ["brokenOneTitle", "brokenSetSentence"], past: "nextWorks",
    });
    const { make, stage } = this;
    this.#question = make.add(stage, "p", "question", "question");
    this.#hint = make.add(stage, "p", "hint", "hint");
    this.#live = new Live(make, stage);
    this.#order = new Order(make, stage, () => this.locale, (said) => this.#live.say(said), () => this.refresh());
    const row = make.add(stage, "div", "row", "keys");
    this.#confirm = this.answerKey(row, "key-confirm", "");
    this.answerKey(row, "key-skip", "skip", true);
    this.status(stage);
    this.finish();
  }

  protected override works() {
    return this.#things;
  }

  protected override hang(view: RankingView | undefined): void {
    const candidates = view?.candidates ?? [];
    text(this.#question, view?.question ?? "");
    this.#ahead.fetch(this.make, view?.upcoming ?? []);
    text(this.#hint, this.locale.say("rankHint"));
    if (!sameWorks(candidates, this.#shown)) {
      for (const thing of this.#things) thing.free();
      this.#shown = candidates;
      this.#things = [];
      this.#answer = null;
      // What is looked at hangs side by side, where there is room; what is read or played is a list.
      toggle(this.section, "hung", candidates.every(({ kind }) => kind === "image" || kind === "palette" || kind === "card"));
      this.#order.set(candidates.map((candidate, at) => ({
        id: candidate.id,
        title: nameOf(candidate, this.locale.say("workAt", { place: at + 1 })),
        draw: (row) => void this.#things.push(new Thing(this.make, row, candidate, this.locale)),
      })));
    }
    // An answer is shown as it was given; taken back, it stays as it lies, to be changed.
    const answer = view?.phase === "answered" ? view.outcome : null;
    if (answer !== this.#answer && answer?.includes(">")) this.#order.arrange(answer.split(">").map((place) => candidates[Number(place) - 1]?.id ?? ""));
    this.#answer = answer;
    for (const thing of this.#things) thing.say(this.locale);
  }

  protected override paint(_view: RankingView | undefined, { ready, answered, locale }: Stand): void {
    this.#order.still = !ready || answered;
    this.#order.reword();
    toggle(this.section, "still", !ready || answered);
    text(this.#confirm, locale.say("rankConfirm"));
    attribute(this.#confirm, "data-value", this.#outcome());
    attribute(this.#confirm, "aria-disabled", ready ? undefined : "true");
    attribute(this.#confirm, "aria-pressed", answered ? "true" : undefined);
    toggle(this.#confirm, "solid", !answered);
  }

  /** The places of the works as they were shown, best first: `3>1>2`. */
  #outcome(): string {
    return this.#order.ids.map((id) => this.#shown.findIndex((candidate) => candidate.id === id) + 1).join(">");
  }

  /** The question stands above the works already. */
  protected override before(): string {
    return "";
  }

  protected override beforeRate(): string {
    return "";
  }

  protected override thought({ outcome }: RankingView): string {
    return outcome === "skip" ? "" : this.locale.say("rankKept");
  }

  protected override keys(): undefined {
    return undefined;
  }

  override rest(): void {
    super.rest();
    this.#order.free();
    for (const thing of this.#things) thing.pause();
  }
}
