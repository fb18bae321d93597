/** The approval: one work, for or against, and the guess that was made before. */
import { speak } from "../../locales/locale.ts";
import { approve as words } from "../../locales/en/approve.ts";
import type { ApproveView } from "../../types.ts";
import { attribute, text } from "./dom.ts";
import type { OnRequest } from "./drawing.ts";
import { Scale } from "./instruments.ts";
import { QuestionDrawing, spoken, thought, type Stand } from "./question.ts";
import { swipe } from "./swipe.ts";
import { Work } from "./work.ts";

speak(words);

const KEYS = [["against", "key-left key-against"], ["for", "key-right key-for"]] as const;

/** `<taste-approve>`'s inside. It asks for `("approve", "for" | "against" | "skip")`, and the rest as the duel does. */
export class ApproveDrawing extends QuestionDrawing<ApproveView> {
  readonly #work: Work;
  readonly #progress: HTMLElement;
  readonly #question: HTMLElement;
  readonly #keys: readonly HTMLElement[];
  readonly #scale: Scale;

  constructor(root: ShadowRoot, request: OnRequest) {
    super(root, request, {
      part: "approve", request: "approve", hanging: "hangingOne", broken: ["brokenOneTitle", "brokenOneSentence"], past: "nextWork",
    });
    const { make, stage } = this;
    this.#work = new Work(make, stage, "side", "work");
    this.#progress = make.add(this.#work.figure, "p", "progress");
    this.#question = make.add(stage, "p", "question", "question");
    attribute(this.#question, "dir", "auto");
    this.extras(stage);
    const row = make.add(stage, "div", "keys", "keys");
    this.#keys = KEYS.map(([value, name]) => this.answerKey(row, name, value));
    this.answerKey(row, "key-skip", "skip", true);
    this.#scale = new Scale(make, stage);
    this.status(stage);
    this.finish();
    swipe(this.#work.figure, (right) => {
      // After an answer a swipe would ask for the next one: it goes on, as any key does.
      this.press(right ? "ArrowRight" : "ArrowLeft");
    });
  }

  protected override works() {
    return [this.#work];
  }

  protected override hang(view: ApproveView | undefined): void {
    this.#work.hang(view?.candidate ?? undefined, this.locale);
    const [at, of] = view?.progress ?? [0, 0];
    text(this.#progress, of ? this.locale.say("progress", { at, of }) : "");
    text(this.#question, view?.question ?? "");
  }

  protected override paint(view: ApproveView | undefined, { ready, answered, outcome, locale }: Stand): void {
    const guess = (answered && view?.guess) || null;
    KEYS.forEach(([value], at) => {
      const key = this.#keys[at]!;
      text(key, locale.say(value));
      attribute(key, "aria-pressed", outcome === value ? "true" : undefined);
      attribute(key, "aria-disabled", ready ? undefined : "true");
    });
    this.#work.name("");
    // A dot is "for"; a ring in it says that this was the guess. Against leaves the label unmarked.
    this.#work.mark({ you: outcome === "for", us: guess !== null && !guess.undecided && guess.probability >= 0.5 });
    const answer = { against: 0, for: 1 }[outcome ?? ""];
    const chose = locale.say(outcome === "for" ? "sideFor" : outcome === "against" ? "sideAgainst" : "toSkip");
    const side = locale.say((guess?.probability ?? 1) >= 0.5 ? "sideFor" : "sideAgainst");
    this.#scale.set(guess?.probability, answer, outcome === null ? locale.say("guessHidden") : spoken(guess, side, chose, locale));
  }

  /** The question stands above the keys already. */
  protected override before(): string {
    return this.locale.say("answerFirst");
  }

  protected override beforeRate(): string {
    return "";
  }

  protected override thought({ guess }: ApproveView): string {
    return guess ? thought(guess, this.locale.say(guess.probability >= 0.5 ? "sideFor" : "sideAgainst"), this.locale) : "";
  }

  protected override keys(key: string) {
    const value = { ArrowLeft: "against", ArrowRight: "for" }[key];
    return value === undefined ? undefined : (["approve", value] as const);
  }
}
