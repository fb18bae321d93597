/**
 * The row of stars itself: a slider as assistive technology knows it, worked by pointer, touch and keys. It knows nothing of
 * rounds or forms; `stars.ts` does.
 */
import type { Locale } from "../../locales/locale.ts";
import { attribute, property, toggle, type Maker } from "./dom.ts";

/** A five-pointed star in a box of 24, inner radius 0.45 of the outer. */
const STAR = "M12 1.6 14.86 8.46 22.27 9.06 16.62 13.9 18.35 21.14 12 17.26 5.65 21.14 7.38 13.9 1.73 9.06 9.14 8.46Z";

/** What the row is told to show. */
export interface RatingState {
  /** How many stars. */
  of: number;
  /** Half steps. */
  halves: boolean;
  /** What is given; 0 = nothing. */
  value: number;
  /** Nobody may change it now. */
  still: boolean;
  /** What is rated. */
  label: string;
  disabled?: boolean;
  required?: boolean;
  invalid?: boolean;
}

/** How a value is given, where it does not only move by keys: a star was let go of, or Enter or space was pressed. */
export type Given = "pointer" | "enter" | "space";

export class Rating {
  readonly slider: HTMLElement;
  #state: RatingState = { of: 0, halves: false, value: 0, still: false, label: "" };
  #stars: HTMLElement[] = [];
  /** What the pointer is over; shown, not given. */
  #preview: number | undefined;
  readonly #make: Maker;
  readonly #locale: () => Locale;
  readonly #hear: (value: number, given?: Given) => void;

  constructor(make: Maker, parent: Node, locale: () => Locale, hear: (value: number, given?: Given) => void) {
    this.#make = make;
    this.#locale = locale;
    this.#hear = hear;
    const slider = (this.slider = make.add(parent, "div", "rating", "rating"));
    attribute(slider, "role", "slider");
    attribute(slider, "aria-valuemin", "0");
    slider.addEventListener("keydown", this.#key);
    slider.addEventListener("pointerdown", this.#down);
    slider.addEventListener("pointermove", this.#move);
    slider.addEventListener("pointerleave", this.#leave);
    slider.addEventListener("pointerup", this.#up);
    slider.addEventListener("pointercancel", this.#leave);
  }

  /** The smallest step. */
  get step(): number {
    return this.#state.halves ? 0.5 : 1;
  }

  set(state: RatingState): void {
    const { slider } = this;
    if (state.of !== this.#state.of) {
      for (const star of this.#stars) star.remove();
      this.#stars = Array.from({ length: state.of }, () => this.#star());
    }
    this.#state = state;
    if (state.still) this.#preview = undefined;
    attribute(slider, "aria-valuemax", String(state.of));
    attribute(slider, "aria-disabled", state.still ? "true" : undefined);
    attribute(slider, "aria-invalid", state.invalid ? "true" : undefined);
    attribute(slider, "tabindex", state.disabled ? undefined : "0");
    toggle(slider, "off", state.disabled ?? false);
    attribute(slider, "aria-label", state.label);
    this.#draw();
  }

  #draw(): void {
    const { value, of } = this.#state;
    attribute(this.slider, "aria-valuenow", String(value));
    attribute(this.slider, "aria-valuetext", this.#locale().say(value > 0 ? "starsValue" : "starsNothing", { value, of }));
    const shown = this.#preview ?? value;
    toggle(this.slider, "preview", this.#preview !== undefined && this.#preview !== value);
    this.#stars.forEach((star, at) => {
      const fill = Math.max(0, Math.min(1, shown - at));
      property(star, "--fill", `${fill * 100}%`);
      attribute(star, "part", fill > 0 ? "star given" : "star");
    });
  }

  /** The value under a point: mirrored where the page reads from right to left. */
  #at(x: number): number {
    const { of, halves } = this.#state;
    const first = this.#stars[0]!.getBoundingClientRect();
    const last = this.#stars.at(-1)!.getBoundingClientRect();
    const rtl = first.left > last.left;
    // From the first star's outer edge: between two stars the nearer one counts.
    const pitch = this.#stars.length > 1 ? Math.abs(this.#stars[1]!.getBoundingClientRect().left - first.left) : first.width;
    const along = ((rtl ? first.right - x : x - first.left) + (pitch - first.width) / 2) / pitch;
    const raw = halves ? Math.ceil(along * 2) / 2 : Math.ceil(along);
    return Math.max(this.step, Math.min(of, raw));
  }

  #down = (event: PointerEvent): void => {
    if (event.button !== 0 || this.#state.still) return;
    // The page's own selection and a long press' menu stay away from a finger that is choosing.
    event.preventDefault();
    this.slider.focus();
    this.slider.setPointerCapture(event.pointerId);
    this.#show(this.#at(event.clientX));
  };

  #move = (event: PointerEvent): void => {
    if (this.#state.still) return;
    const pressed = this.slider.hasPointerCapture(event.pointerId);
    if (pressed || event.pointerType === "mouse") this.#show(this.#at(event.clientX));
  };

  #leave = (event: PointerEvent): void => {
    if (event.type === "pointerleave" && this.slider.hasPointerCapture(event.pointerId)) return;
    this.#show(undefined);
  };

  #up = (event: PointerEvent): void => {
    if (!this.slider.hasPointerCapture(event.pointerId) || this.#state.still) return;
    this.slider.releasePointerCapture(event.pointerId);
    const value = this.#at(event.clientX);
    // Far above or below, the finger has gone away: nothing is given.
    const { top, bottom } = this.slider.getBoundingClientRect();
    this.#show(undefined);
    if (event.clientY > top - 64 && event.clientY < bottom + 64) this.#give(value, "pointer");
  };

  #show(value: number | undefined): void {
    if (value === this.#preview) return;
    this.#preview = value;
    this.#draw();
  }

  #key = (event: KeyboardEvent): void => {
    if (this.#state.still || event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.defaultPrevented) return;
    const { value, of } = this.#state;
    const rtl = getComputedStyle(this.slider).direction === "rtl";
    const { step } = this;
    const to = ((): number | undefined => {
      switch (event.key) {
        case "ArrowUp": return value + step;
        case "ArrowDown": return value - step;
        case "ArrowRight": return value + (rtl ? -step : step);
        case "ArrowLeft": return value + (rtl ? step : -step);
        case "PageUp": return value + 1;
        case "PageDown": return value - 1;
        case "Home": return step;
        case "End": return of;
        case "0": case "Backspace": case "Delete": return 0;
        default: return /^[1-9]$/.test(event.key) && Number(event.key) <= of ? Number(event.key) : undefined;
      }
    })();
    if (event.key === "Enter" || event.key === " ") {
      // A held key must not give on and on.
      if (event.repeat) return;
      event.preventDefault();
      this.#hear(value, event.key === "Enter" ? "enter" : "space");
      return;
    }
    if (to === undefined) return;
    event.preventDefault();
    this.#preview = undefined;
    this.#give(Math.max(0, Math.min(of, to)));
  };

  #give(value: number, given?: Given): void {
    if (value !== this.#state.value) {
      this.#state = { ...this.#state, value };
      this.#draw();
      this.#hear(value);
    }
    if (given) this.#hear(value, given);
  }

  #star(): HTMLElement {
    const star = this.#make.add(this.slider, "span", "star", "star");
    const svg = this.#make.addSvg(star, "svg", { viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false" });
    for (const name of ["line", "fill"]) this.#make.addSvg(svg, "path", { d: STAR, class: name });
    return star;
  }
}
