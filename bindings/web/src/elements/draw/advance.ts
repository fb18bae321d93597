/** When the next question comes: a moment after the guess was shown, or only when the person asks. */

/** How long an answered question stays, in milliseconds. */
const MOMENT = 1500;
/**
 * How long a question that came by itself takes no answer, in milliseconds: a key pressed to go on, a blink too late, would
 * otherwise answer a question that nobody has seen.
 */
const SETTLING = 250;

/** What a wait was for: the next question is to come, or one that came by itself may be answered. */
export type Due = "next" | "settled";

/** Waits once for each answered question. */
export class Advance {
  #manual = false;
  #answered = false;
  /** The question that comes next comes by itself. */
  #unasked = false;
  #settling = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** The next question comes only when the person asks for it. */
  get manual(): boolean {
    return this.#manual;
  }
  set manual(manual: boolean) {
    this.#manual = manual;
    if (manual) this.rest();
  }

  /** Whether the question that is up came by itself just now. */
  get settling(): boolean {
    return this.#settling;
  }

  /** Nothing more is due. */
  rest(): void {
    clearTimeout(this.#timer);
    this.#settling = false;
  }

  /** Call on every render. `skipped` questions have nothing to show and go at once. */
  follow(answered: boolean, skipped: boolean, due: (what: Due) => void): void {
    if (this.#answered === answered) return;
    this.#answered = answered;
    this.#settling = !answered && this.#unasked;
    if (!answered) this.#unasked = false;
    clearTimeout(this.#timer);
    if (answered && (skipped || !this.#manual)) {
      this.#timer = setTimeout(() => {
        this.#unasked = !skipped;
        due("next");
      }, skipped ? 0 : MOMENT);
    } else if (this.#settling) {
      this.#timer = setTimeout(() => {
        this.#settling = false;
        due("settled");
      }, SETTLING);
    }
  }
}
