/**
 * A purse of points shared out over works: what is given, what it costs, what is left. It knows nothing of rounds; `points.ts`
 * does.
 */
import type { CandidateView } from "../../types.ts";
import { isolated, type Locale } from "../../locales/locale.ts";
import { attribute, property, text, toggle, type Maker } from "./dom.ts";
import { Thing, nameOf } from "./thing.ts";

export type Cost = "linear" | "quadratic";

/** What so many points cost. */
export function price(points: number, cost: Cost): number {
  return cost === "quadratic" ? points * points : points;
}

/** The most points that so much pays for. */
export function affordable(purse: number, cost: Cost): number {
  return cost === "quadratic" ? Math.floor(Math.sqrt(purse)) : purse;
}

interface Row {
  thing: Thing;
  title: string;
  item: HTMLElement;
  field: HTMLInputElement;
  less: HTMLElement;
  more: HTMLElement;
  cost: HTMLElement;
  dots: HTMLElement;
  given: number;
}

export class Share {
  readonly #hint: HTMLElement;
  readonly #purse: HTMLElement;
  readonly #figure: HTMLElement;
  readonly #rest: HTMLElement;
  readonly #meter: HTMLElement;
  readonly #list: HTMLElement;
  readonly #make: Maker;
  readonly #locale: () => Locale;
  readonly #say: (words: string) => void;
  readonly #changed: () => void;
  #rows: Row[] = [];
  #budget = 0;
  #cost: Cost = "linear";
  #still = false;

  constructor(make: Maker, parent: Node, locale: () => Locale, say: (words: string) => void, changed: () => void) {
    this.#make = make;
    this.#locale = locale;
    this.#say = say;
    this.#changed = changed;
    this.#hint = this.#make.add(parent, "p", "hint", "hint");
    this.#purse = this.#make.add(parent, "div", "purse", "purse");
    const left = this.#make.add(this.#purse, "p", "left", "left");
    this.#figure = this.#make.add(left, "span", "figure");
    this.#rest = this.#make.add(left, "span", "of");
    this.#meter = this.#make.add(this.#purse, "div", "meter", "meter");
    attribute(this.#meter, "role", "meter");
    attribute(this.#meter, "aria-valuemin", "0");
    this.#list = this.#make.add(parent, "ul", "shares", "shares");
    attribute(this.#list, "role", "list");
    this.#list.addEventListener("click", this.#press);
    this.#list.addEventListener("input", this.#typed);
    this.#list.addEventListener("change", this.#typed);
    this.#list.addEventListener("keydown", this.#key);
  }

  get things(): Thing[] {
    return this.#rows.map(({ thing }) => thing);
  }

  /** Points each, in the order shown: `5,0,3`. */
  get outcome(): string {
    return this.#rows.map(({ given }) => given).join();
  }

  get budget(): number {
    return this.#budget;
  }

  get cost(): Cost {
    return this.#cost;
  }

  get given(): number {
    return this.#rows.reduce((sum, { given }) => sum + given, 0);
  }

  get left(): number {
    return this.#budget - this.#rows.reduce((sum, { given }) => sum + price(given, this.#cost), 0);
  }

  set still(still: boolean) {
    this.#still = still;
    this.#draw();
  }

  /** Other works, a fresh purse. */
  set(candidates: readonly CandidateView[], budget: number, cost: Cost): void {
    this.free();
    this.#budget = budget;
    this.#cost = cost;
    this.#list.replaceChildren();
    this.#rows = candidates.map((candidate, at) => this.#row(candidate, at));
    this.#draw();
  }

  /** What was given before; anything that does not fit the works is nothing. */
  give(points: readonly number[]): void {
    if (points.length !== this.#rows.length) return;
    this.#rows.forEach((row, at) => (row.given = points[at]!));
    this.#draw();
  }

  free(): void {
    for (const { thing } of this.#rows) thing.free();
  }

  #row(candidate: CandidateView, at: number): Row {
    const item = this.#make.add(this.#list, "li", "share", "share");
    const thing = new Thing(this.#make, this.#make.add(item, "div", "thing"), candidate, this.#locale());
    const given = this.#make.add(item, "div", "given");
    const stepper = this.#make.add(given, "div", "stepper", "stepper");
    const button = (name: string): HTMLElement => {
      const made = this.#make.add(stepper, "button", `key ${name}`, `key ${name}`);
      attribute(made, "type", "button");
      return made;
    };
    const less = button("key-less");
    const field = this.#make.add(stepper, "input", "field", "field");
    for (const [name, value] of [["type", "number"], ["inputmode", "numeric"], ["min", "0"], ["step", "1"], ["autocomplete", "off"]] as const) attribute(field, name, value);
    const more = button("key-more");
    const cost = this.#make.add(given, "p", "cost", "cost");
    const dots = this.#make.add(item, "div", "dots", "dots");
    attribute(dots, "aria-hidden", "true");
    return { thing, title: nameOf(candidate, this.#locale().say("workAt", { place: at + 1 })), item, field, less, more, cost, dots, given: 0 };
  }

  /** "6 of 10 points left". */
  #leftWords(): string {
    const square = this.#cost === "quadratic";
    return `${this.#locale().number(this.left)} ${this.#locale().say(square ? "pointsLeftSquare" : "pointsLeft", { n: this.#budget })}`;
  }

  /** The most that this row can have, with what the others leave. */
  #most(row: Row): number {
    return affordable(this.left + price(row.given, this.#cost), this.#cost);
  }

  #draw(): void {
    const locale = this.#locale();
    const square = this.#cost === "quadratic";
    text(this.#hint, locale.say(square ? "pointsHintSquare" : "pointsHint", { n: this.#budget }));
    text(this.#figure, locale.number(this.left));
    text(this.#rest, locale.say(square ? "pointsLeftSquare" : "pointsLeft", { n: this.#budget }));
    const left = this.#leftWords();
    attribute(this.#meter, "aria-label", locale.say("pointsPurse"));
    attribute(this.#meter, "aria-valuemax", String(this.#budget));
    attribute(this.#meter, "aria-valuenow", String(this.left));
    attribute(this.#meter, "aria-valuetext", left);
    property(this.#meter, "--left", String(this.#budget > 0 ? this.left / this.#budget : 0));
    for (const row of this.#rows) {
      const { field, less, more, cost, dots, given } = row;
      const title = isolated(row.title);
      if (field.value !== String(given)) field.value = String(given);
      field.max = String(this.#most(row));
      field.readOnly = this.#still;
      attribute(field, "aria-label", locale.say("pointsField", { title }));
      attribute(less, "aria-label", locale.say("pointsLess", { title }));
      attribute(more, "aria-label", locale.say("pointsMore", { title }));
      attribute(less, "aria-disabled", this.#still || given === 0 ? "true" : undefined);
      attribute(more, "aria-disabled", this.#still || given >= this.#most(row) ? "true" : undefined);
      text(cost, given > 0 ? locale.say(square ? "pointsCost" : "pointsGiven", { n: given, price: price(given, this.#cost) }) : "");
      // Quadratic: a square of dots, because that is what it costs. Linear: a line of them.
      property(dots, "--n", String(given));
      property(dots, "--rows", String(square ? given : 1));
      toggle(dots, "some", given > 0);
      toggle(dots, "many", square ? given > 8 : this.#budget > 50);
    }
  }

  /** Gives a row so many points, or the most that can be paid, and says which. */
  #set(row: Row, wanted: number): void {
    const most = this.#most(row);
    const points = Math.max(0, Math.min(most, wanted));
    const refused = wanted > most;
    const moved = points !== row.given;
    row.given = points;
    this.#draw();
    toggle(this.#meter, "refused", refused);
    if (refused) this.#say(this.#locale().say("pointsRefused", { title: isolated(row.title), n: most }));
    else if (moved) this.#say(this.#leftWords());
    if (moved) this.#changed();
  }

  #rowOf(event: Event): Row | undefined {
    return this.#rows.find(({ item }) => event.composedPath().includes(item));
  }

  #press = (event: Event): void => {
    const row = this.#rowOf(event);
    if (row === undefined || this.#still) return;
    const way = event.composedPath().includes(row.more) ? 1 : event.composedPath().includes(row.less) ? -1 : 0;
    if (way !== 0) this.#set(row, row.given + way);
  };

  #typed = (event: Event): void => {
    const row = this.#rowOf(event);
    if (row === undefined || event.target !== row.field) return;
    if (this.#still) return this.#draw();
    const typed = row.field.value.trim();
    // A field that is emptied to type something else stays empty until it is left.
    if (typed === "" && event.type === "input") {
      row.given = 0;
      const { field } = row;
      this.#draw();
      field.value = "";
      this.#changed();
      return;
    }
    const wanted = Math.trunc(Number(typed));
    this.#set(row, Number.isFinite(wanted) ? wanted : row.given);
    row.field.value = String(row.given);
  };

  /** The browser steps a number by arrow keys by itself, but it does not know the purse. */
  #key = (event: KeyboardEvent): void => {
    const row = this.#rowOf(event);
    if (row === undefined || event.target !== row.field || this.#still || event.ctrlKey || event.altKey || event.metaKey) return;
    const to = ({ ArrowUp: row.given + 1, ArrowDown: row.given - 1, PageUp: row.given + 5, PageDown: row.given - 5 } as Record<string, number>)[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.#set(row, to);
  };
}
