/** The duel: two works, five answers, and the guess that was made before. */
import { speak, type Locale } from "../../locales/locale.ts";
import { duel as words } from "../../locales/en/duel.ts";
import type { DuelView } from "../../types.ts";
import { attribute, measured, text, toggle } from "./dom.ts";
import type { OnRequest } from "./drawing.ts";
import { Scale } from "./instruments.ts";
import { QuestionDrawing, spoken, thought, type Stand } from "./question.ts";
import { Ahead, Work } from "./work.ts";

speak(words);

/** Below this width the works hang one above the other; the style sheet's container query says the same. */
const STACKED_BELOW = 560;

const BESIDE: Readonly<Record<string, string>> = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "tie", ArrowDown: "neither" };
const STACKED: Readonly<Record<string, string>> = { ArrowUp: "left", ArrowDown: "right" };

const KEYS = ["left", "tie", "neither", "right"] as const;

/**
 * `<taste-duel>`'s inside. It asks for `("duel", "left" | "right" | "tie" | "neither" | "skip")`, `("undo", "")`,
 * `("next", "")`, `("broken", candidate)`, `("keep-going", "")`, `("retry", "")`.
 */
export class DuelDrawing extends QuestionDrawing<DuelView> {
  readonly #works: readonly [Work, Work];
  readonly #keys: readonly HTMLElement[];
  readonly #scale: Scale;
  readonly #ahead = new Ahead();
  /** Whether the works hang one above the other. */
  #stacked = false;

  constructor(root: ShadowRoot, request: OnRequest) {
    super(root, request, {
      part: "duel", request: "duel", hanging: "hangingTwo", broken: ["brokenTitle", "brokenSentence"], past: "nextPair",
    });
    const { make, stage } = this;
    const pair = make.add(stage, "div", "pair", "pair");
    this.#works = [
      new Work(make, pair, "side left", "left", ["duel", "left"]),
      new Work(make, pair, "side right", "right", ["duel", "right"]),
    ];
    this.extras(stage);
    const row = make.add(stage, "div", "keys", "keys");
    this.#keys = KEYS.map((value) => this.answerKey(row, `key-${value}`, value));
    this.answerKey(row, "key-skip", "skip", true);
    this.#scale = new Scale(make, stage);
    this.status(stage);
    this.finish();
    measured(this.wall, () => {
      const stacked = this.wall.clientWidth < STACKED_BELOW;
      if (stacked === this.#stacked) return;
      this.#stacked = stacked;
      this.refresh();
    });
  }

  /** What the first or second side is called within a sentence. */
  #side(first: boolean, locale: Locale): string {
    return locale.say(this.#stacked ? (first ? "sideTop" : "sideBottom") : first ? "sideLeft" : "sideRight");
  }

  protected override works() {
    return this.#works;
  }

  protected override hang(view: DuelView | undefined): void {
    this.#works.forEach((work, at) => work.hang(view?.pair?.[at], this.locale, this.#ahead));
    this.#ahead.fetch(this.make, view?.upcoming ?? []);
  }

  protected override paint(view: DuelView | undefined, { ready, answered, outcome, locale }: Stand): void {
    const guess = (answered && view?.guess) || null;
    KEYS.forEach((value, at) => {
      const key = this.#keys[at]!;
      text(key, locale.say(value));
      attribute(key, "aria-pressed", outcome === value ? "true" : undefined);
      attribute(key, "aria-disabled", ready ? undefined : "true");
    });
    this.#works.forEach((work, at) => {
      const first = at === 0;
      const chosen = outcome === (first ? "left" : "right");
      work.name(this.#side(first, locale));
      work.disable(!ready);
      toggle(work.figure, "chosen", chosen);
      work.mark({ you: chosen, us: guess !== null && !guess.undecided && guess.probability >= 0.5 === first });
    });
    // A work that has its own controls is chosen by the keys, also where there is little room for them.
    toggle(this.stage, "keyed", this.#works.some((work) => !work.pressable));

    const answer = { left: 0, right: 1, tie: 0.5 }[outcome ?? ""];
    const chose = outcome === "left" || outcome === "right" ? this.#side(outcome === "left", locale)
      : locale.say(outcome === "tie" ? "aTie" : outcome === "neither" ? "neitherOfThem" : "toSkip");
    const said = outcome === null ? locale.say("guessHidden") : spoken(guess, this.#side((guess?.probability ?? 1) >= 0.5, locale), chose, locale);
    this.#scale.set(guess ? 1 - guess.probability : undefined, answer, said);
  }

  protected override thought({ guess }: DuelView): string {
    return guess ? thought(guess, this.#side(guess.probability >= 0.5, this.locale), this.locale) : "";
  }

  /** ←/→ choose, ↑ tie, ↓ neither beside each other; ↑/↓ choose when stacked; T ties and N says neither in both. */
  protected override keys(key: string) {
    const value = (this.#stacked ? STACKED : BESIDE)[key] ?? { t: "tie", n: "neither" }[key.toLowerCase()];
    return value === undefined ? undefined : (["duel", value] as const);
  }
}
