/** The stars: one work, a row of stars, and the guess that was made before. */
import { speak } from "../../locales/locale.ts";
import { stars as words } from "../../locales/en/stars.ts";
import type { StarsView } from "../../types.ts";
import { attribute, percent, property, text, toggle } from "./dom.ts";
import type { OnRequest } from "./drawing.ts";
import { QuestionDrawing, type Stand } from "./question.ts";
import { Rating, type Given } from "./rating.ts";
import { Ahead, Work } from "./work.ts";

speak(words);

/**
 * `<taste-stars>`'s inside, in a round. It asks for `("stars", "3.5/5" | "skip")`, and the rest as the duel does. Letting go of a
 * star gives it; with the keyboard arrows choose and Enter (or the key below) gives.
 */
export class StarsDrawing extends QuestionDrawing<StarsView> {
  readonly #work: Work;
  readonly #progress: HTMLElement;
  readonly #question: HTMLElement;
  readonly #rating: Rating;
  readonly #confirm: HTMLElement;
  readonly #guess: HTMLElement;
  readonly #told: Told;
  readonly #ahead = new Ahead();
  #given = 0;
  #up = "";
  #field: Field | undefined;

  constructor(root: ShadowRoot, request: OnRequest, told: Told) {
    super(root, request, {
      part: "stars", request: "stars", hanging: "hangingOne", broken: ["brokenOneTitle", "brokenOneSentence"], past: "nextWork",
    });
    this.#told = told;
    const { make, stage } = this;
    this.#work = new Work(make, stage, "side", "work");
    this.#progress = make.add(this.#work.figure, "p", "progress");
    this.#question = make.add(stage, "p", "question", "question");
    this.#rating = new Rating(make, stage, () => this.locale, (value, how) => {
      const moved = value !== this.#given;
      this.#given = value;
      if (moved) told.moved(value);
      this.refresh();
      if (this.#field) {
        // A field tells every step of the keyboard at once, as a browser's own slider does.
        if (moved || how === "enter") told.given(how);
      } else if (how && value > 0) {
        this.ask("stars", this.#outcome());
      }
    });
    this.#guess = make.add(stage, "div", "guess", "scale");
    attribute(this.#guess, "role", "img");
    make.add(this.#guess, "span", "range", "interval");
    make.add(this.#guess, "span", "mark us", "us");
    const row = make.add(stage, "div", "row", "keys");
    this.#confirm = this.answerKey(row, "key-confirm", "");
    toggle(this.#confirm, "solid", true);
    this.answerKey(row, "key-skip", "skip", true);
    this.status(stage);
    this.finish();
  }

  /** Without a round the row alone is shown, as a field of a form. */
  field(field: Field): void {
    this.#field = field;
    this.#given = field.value;
    this.refresh();
  }

  /** What keeps a form from being sent points here, and says this. */
  get slider(): HTMLElement {
    return this.#rating.slider;
  }
  get missing(): string {
    return this.locale?.say("starsRequired") ?? "";
  }

  #outcome(): string {
    return `${this.#given}/${this.view?.stars ?? 5}`;
  }

  protected override works() {
    return [this.#work];
  }

  protected override hang(view: StarsView | undefined): void {
    const { locale } = this;
    this.#work.hang(view?.candidate ?? undefined, locale, this.#ahead);
    this.#ahead.fetch(this.make, view?.upcoming ? [view.upcoming] : []);
    this.#work.name("");
    const [at, of] = view?.progress ?? [0, 0];
    text(this.#progress, of ? locale.say("progress", { at, of }) : "");
    text(this.#question, view?.question ?? "");
    // Another question, an answer, an answer taken back: the row shows what is given. A draft stays through other news.
    if (view) this.#field = undefined;
    else if (this.#field) return;
    const up = [view?.candidate?.id, view?.phase === "answered", view?.outcome].join();
    if (up === this.#up) return;
    this.#up = up;
    const given = Number.parseFloat(view?.outcome ?? "");
    this.#given = Number.isFinite(given) ? given : 0;
    if (view) this.#told.moved(this.#given);
  }

  protected override paint(view: StarsView | undefined, { ready, answered, outcome, locale }: Stand): void {
    const field = this.#field;
    toggle(this.wall, "plain", field !== undefined);
    attribute(this.section, "role", field ? undefined : "group");
    attribute(this.section, "tabindex", field ? undefined : "-1");
    if (field) {
      attribute(this.section, "aria-label", undefined);
      return this.#rating.set({ ...field, still: field.still || field.disabled, label: field.label || locale.say("starsLabel") });
    }
    const of = view?.stars ?? 5;
    const given = this.#given;
    this.#rating.set({ of, halves: view?.halves ?? false, value: given, still: !ready || answered, label: view?.question || locale.say("starsLabel") });
    text(this.#confirm, given > 0 ? locale.say(answered ? "starsGave" : "starsGive", { n: given, value: given, of }) : locale.say("starsChoose"));
    attribute(this.#confirm, "data-value", this.#outcome());
    attribute(this.#confirm, "aria-disabled", (given > 0 && ready) || answered ? undefined : "true");
    attribute(this.#confirm, "aria-pressed", answered && given > 0 ? "true" : undefined);
    toggle(this.#confirm, "solid", !answered);

    const guess = (outcome !== "skip" && answered && view?.guess) || null;
    toggle(this.#guess, "guessed", guess !== null);
    property(this.#guess, "--of", String(of));
    const { value = 0, low = 0, high = 0 } = guess ?? {};
    if (guess) {
      property(this.#guess, "--p", percent(value / of));
      property(this.#guess, "--low", percent(low / of));
      property(this.#guess, "--high", percent(high / of));
    }
    const gave = given > 0 ? locale.say("starsGave", { value: given, of }) : locale.say("starsNothing");
    const said = { value: tenth(value), low: tenth(low), high: tenth(high) };
    attribute(this.#guess, "aria-label", !answered ? locale.say("guessHidden") : guess ? `${locale.say("starsThoughtSpoken", said)} ${gave}` : gave);
  }

  protected override before(): string {
    return this.locale.say("starsHint");
  }

  protected override beforeRate(): string {
    return "";
  }

  protected override thought({ guess, outcome }: StarsView): string {
    return guess && outcome !== "skip" ? this.locale.say("starsThought", { value: tenth(guess.value) }) : "";
  }

  protected override keys(): undefined {
    return undefined;
  }
}

/** What the row tells: another value is shown; it was given, and how. */
interface Told {
  moved(value: number): void;
  given(how?: Given): void;
}

/** What a form says of its field. */
export interface Field {
  of: number;
  halves: boolean;
  value: number;
  disabled: boolean;
  /** Read only. */
  still: boolean;
  required: boolean;
  invalid: boolean;
  label: string;
}

/** A guess is not known to more than a tenth of a star. */
function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}
