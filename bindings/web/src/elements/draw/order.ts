/**
 * A list that people put in order: by dragging, by keys, and by buttons for those who can do neither (WCAG 2.2, dragging
 * movements). It knows nothing of rounds; `rank.ts` does.
 *
 * The keyboard's way is the one the ARIA practices describe for rearranging: space lifts, arrows move, space drops, Escape
 * puts back. What happens is announced by whoever is told (`Heard`).
 */
import { isolated, type Locale } from "../../locales/locale.ts";
import { attribute, property, text, toggle, type Maker } from "./dom.ts";
import { glide } from "./flip.ts";

/** So near an edge of the window (pixels) a dragged thing scrolls the page. */
const EDGE = 72;
const FASTEST = 14;
/** So far a mouse moves before a press is a drag. */
const SLACK = 4;

export interface OrderedThing {
  id: string;
  title: string;
  /** Draws what stands in the row: picture, title, note. */
  draw(row: HTMLElement): void;
}

interface Row {
  thing: OrderedThing;
  item: HTMLElement;
  ordinal: HTMLElement;
  grip: HTMLElement;
  earlier: HTMLElement;
  later: HTMLElement;
}

interface Drag {
  row: Row;
  pointer: number;
  /** Where the pointer is, in the window; and where it took hold, in the page. */
  at: [number, number];
  from: [number, number];
  order: Row[];
  /** A press that has not moved yet. */
  begun: boolean;
  frame: number;
}

export class Order {
  readonly list: HTMLElement;
  #rows: Row[] = [];
  #still = false;
  #drag: Drag | undefined;
  #lifted: { row: Row; before: Row[] } | undefined;
  /** The click that ends a drag lifts nothing. */
  #swallow = false;
  readonly #make: Maker;
  readonly #locale: () => Locale;
  readonly #say: (words: string) => void;
  readonly #changed: () => void;

  constructor(make: Maker, parent: Node, locale: () => Locale, say: (words: string) => void, changed: () => void) {
    this.#make = make;
    this.#locale = locale;
    this.#say = say;
    this.#changed = changed;
    this.list = make.add(parent, "ol", "places", "places");
    // Safari takes the list's role away where it has no markers.
    attribute(this.list, "role", "list");
    this.list.addEventListener("keydown", this.#key);
    this.list.addEventListener("click", this.#press);
    this.list.addEventListener("pointerdown", this.#down);
    this.list.addEventListener("focusout", this.#left);
  }

  /** The things' ids, first place first. */
  get ids(): string[] {
    return this.#rows.map(({ thing }) => thing.id);
  }

  /** Shows these things, in this order. */
  set(things: readonly OrderedThing[]): void {
    this.#cancel();
    this.list.replaceChildren();
    this.#rows = things.map((thing) => this.#row(thing));
    property(this.list, "--k", String(things.length));
    this.#name();
  }

  /** Puts what is shown in another order. */
  arrange(ids: readonly string[]): void {
    if (ids.join() === this.ids.join()) return;
    const rows = ids.map((id) => this.#rows.find(({ thing }) => thing.id === id)!);
    if (!rows.includes(undefined!)) this.#place(rows);
  }

  /** Nobody may change it now. */
  set still(still: boolean) {
    if (still === this.#still) return;
    this.#still = still;
    if (still) this.#cancel();
    this.#name();
  }

  /** Says every word again, in another language. */
  reword(): void {
    this.#name();
  }

  /** Lets go of everything that is going on. */
  free(): void {
    this.#cancel();
  }

  #row(thing: OrderedThing): Row {
    const item = this.#make.add(this.list, "li", "place", "place");
    const ordinal = this.#make.add(item, "span", "ordinal", "ordinal");
    // The list's place says the number to those who hear it.
    attribute(ordinal, "aria-hidden", "true");
    thing.draw(this.#make.add(item, "div", "thing"));
    const tools = this.#make.add(item, "div", "tools");
    const button = (name: string): HTMLElement => {
      const made = this.#make.add(tools, "button", `key bare ${name}`, `key ${name}`);
      attribute(made, "type", "button");
      return made;
    };
    const earlier = button("key-earlier");
    const grip = button("grip");
    const later = button("key-later");
    for (let dot = 0; dot < 6; dot += 1) this.#make.add(grip, "i", "");
    return { thing, item, ordinal, grip, earlier, later };
  }

  #name(): void {
    const locale = this.#locale();
    const of = this.#rows.length;
    this.#rows.forEach(({ thing, item, ordinal, grip, earlier, later }, at) => {
      const title = isolated(thing.title);
      text(ordinal, locale.number(at + 1));
      attribute(grip, "aria-label", locale.say("rankGrip", { title, place: at + 1, of }));
      attribute(grip, "aria-pressed", this.#lifted?.row.grip === grip ? "true" : "false");
      attribute(grip, "aria-disabled", this.#still ? "true" : undefined);
      attribute(earlier, "aria-label", locale.say("rankEarlier", { title }));
      attribute(later, "aria-label", locale.say("rankLater", { title }));
      attribute(earlier, "aria-disabled", this.#still || at === 0 ? "true" : undefined);
      attribute(later, "aria-disabled", this.#still || at === of - 1 ? "true" : undefined);
      toggle(item, "lifted", this.#lifted?.row.item === item || (this.#drag?.begun === true && this.#drag.row.item === item));
    });
  }

  #rowOf(event: Event): Row | undefined {
    return this.#rows.find(({ item }) => event.composedPath().includes(item));
  }

  /** Puts the rows in this order; what has the keyboard stays in the document, or it would lose it. */
  #place(order: Row[], except?: Element): void {
    const held = this.#rows.find(({ item }) => item.matches(":focus-within"));
    glide(this.#rows.map(({ item }) => item), () => {
      this.#rows = order;
      const at = held === undefined ? -1 : order.indexOf(held);
      if (at < 0) for (const { item } of order) this.list.appendChild(item);
      else {
        for (const { item } of order.slice(0, at)) this.list.insertBefore(item, held!.item);
        this.list.append(...order.slice(at + 1).map(({ item }) => item));
      }
      this.#name();
    }, except);
  }

  /** Moves a row to a place (from 0). Gives whether that is another one. */
  #move(row: Row, to: number): boolean {
    const from = this.#rows.indexOf(row);
    const place = Math.max(0, Math.min(this.#rows.length - 1, to));
    if (place === from) return false;
    const order = this.#rows.filter((each) => each !== row);
    order.splice(place, 0, row);
    this.#place(order);
    this.#changed();
    return true;
  }

  // ---- buttons and keys ----------------------------------------------------------------------------------

  #press = (event: MouseEvent): void => {
    const row = this.#rowOf(event);
    if (row === undefined || this.#still) return;
    const path = event.composedPath();
    if (path.includes(row.grip)) return this.#toggle(row);
    const way = path.includes(row.earlier) ? -1 : path.includes(row.later) ? 1 : 0;
    if (way === 0) return;
    if (this.#move(row, this.#rows.indexOf(row) + way)) this.#tell("rankMoved", row);
    // At the end of the way the button has nothing more to do; the keyboard stays in the row.
    const pressed = way < 0 ? row.earlier : row.later;
    if (pressed.getAttribute("aria-disabled") === "true") row.grip.focus();
  };

  /** A press on the handle: by keyboard, by a screen reader, by a controller, and by a pointer that did not drag. */
  #toggle(row: Row): void {
    if (this.#swallow) return;
    if (this.#lifted?.row === row) return this.#drop();
    this.#drop();
    this.#lifted = { row, before: this.#rows };
    this.#name();
    this.#tell("rankLifted", row);
  }

  #drop(): void {
    const lifted = this.#lifted;
    if (lifted === undefined) return;
    this.#lifted = undefined;
    this.#name();
    this.#tell("rankDropped", lifted.row);
  }

  #key = (event: KeyboardEvent): void => {
    const row = this.#rowOf(event);
    this.#swallow = false;
    if (row === undefined || this.#still || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (this.#lifted?.row !== row) return;
    const rtl = getComputedStyle(this.list).direction === "rtl";
    const at = this.#rows.indexOf(row);
    const to = ((): number | undefined => {
      switch (event.key) {
        case "ArrowUp": return at - 1;
        case "ArrowDown": return at + 1;
        case "ArrowLeft": return at + (rtl ? 1 : -1);
        case "ArrowRight": return at + (rtl ? -1 : 1);
        case "Home": return 0;
        case "End": return this.#rows.length - 1;
        default: return undefined;
      }
    })();
    if (to !== undefined) {
      event.preventDefault();
      if (this.#move(row, to)) this.#tell("rankMoved", row);
    } else if (event.key === "Escape") {
      event.preventDefault();
      this.#putBack();
    }
  };

  #putBack(): void {
    const lifted = this.#lifted;
    if (lifted === undefined) return;
    this.#lifted = undefined;
    this.#place(lifted.before);
    this.#changed();
    this.#tell("rankPutBack", lifted.row);
  }

  /** Who goes on with Tab has dropped it where it is. */
  #left = (event: FocusEvent): void => {
    const { row } = this.#lifted ?? {};
    if (row !== undefined && event.relatedTarget !== row.grip && event.target === row.grip) this.#drop();
  };

  #tell(what: "rankLifted" | "rankMoved" | "rankDropped" | "rankPutBack", row: Row): void {
    this.#say(this.#locale().say(what, { title: isolated(row.thing.title), place: this.#rows.indexOf(row) + 1, of: this.#rows.length }));
  }

  // ---- dragging ------------------------------------------------------------------------------------------

  #down = (event: PointerEvent): void => {
    const row = this.#rowOf(event);
    if (row === undefined || this.#still || this.#drag !== undefined || event.button !== 0) return;
    const path = event.composedPath();
    const grip = path.includes(row.grip);
    // A finger on the work itself scrolls the page; the handle is for dragging. A mouse may take the work anywhere.
    if (!grip && event.pointerType !== "mouse") return;
    // A player or a link in the work keeps its own.
    if (!grip && path.some((node) => node instanceof Element && node.matches("button, a, audio, video, input"))) return;
    if (!grip) event.preventDefault();
    if (!grip) this.#drop();
    this.#swallow = false;
    this.#drag = { row, pointer: event.pointerId, at: [event.clientX, event.clientY], from: [event.clientX + scrollX, event.clientY + scrollY], order: this.#rows, begun: false, frame: 0 };
    addEventListener("pointermove", this.#dragged);
    addEventListener("pointerup", this.#dropped);
    addEventListener("pointercancel", this.#cancelled);
    addEventListener("keydown", this.#escaped, true);
  };

  #dragged = (event: PointerEvent): void => {
    const drag = this.#drag;
    if (drag === undefined || event.pointerId !== drag.pointer) return;
    drag.at = [event.clientX, event.clientY];
    if (!drag.begun) {
      if (Math.hypot(event.clientX + scrollX - drag.from[0], event.clientY + scrollY - drag.from[1]) < SLACK) return;
      drag.begun = true;
      this.#swallow = true;
      this.#lifted = undefined;
      // The row in which focus is must not be moved in the document while others move around it.
      drag.row.grip.focus({ preventScroll: true });
      this.#name();
      drag.frame = requestAnimationFrame(this.#scroll);
    }
    this.#follow(drag);
  };

  /** The row stays under the pointer, the others make room. */
  #follow(drag: Drag): void {
    const { row, at: [x, y], from } = drag;
    // Where rows belong, not where they are while they glide: two that change places would do so for ever.
    const own = centre(row.item);
    const target = { x: own.x + x + scrollX - from[0], y: own.y + y + scrollY - from[1] };
    const far = (item: HTMLElement): number => Math.hypot(centre(item).x - target.x, centre(item).y - target.y);
    const nearest = this.#rows.reduce((a, b) => (far(b.item) < far(a.item) ? b : a));
    if (nearest !== row) {
      const order = this.#rows.filter((each) => each !== row);
      order.splice(this.#rows.indexOf(nearest), 0, row);
      this.#place(order, row.item);
      // Its place in the list is another one now; from there it is as far to the pointer as that moved.
      const moved = centre(row.item);
      drag.from = [from[0] + moved.x - own.x, from[1] + moved.y - own.y];
    }
    row.item.style.translate = `${x + scrollX - drag.from[0]}px ${y + scrollY - drag.from[1]}px`;
  }

  /** Near an edge of the window the page scrolls, the faster the nearer. */
  #scroll = (): void => {
    const drag = this.#drag;
    if (drag === undefined || !drag.begun) return;
    drag.frame = requestAnimationFrame(this.#scroll);
    const [, y] = drag.at;
    const over = y < EDGE ? y - EDGE : y > innerHeight - EDGE ? y - innerHeight + EDGE : 0;
    if (over === 0) return;
    const before = scrollY;
    scrollBy({ top: Math.max(-1, Math.min(1, over / EDGE)) * FASTEST, behavior: "instant" });
    if (scrollY !== before) this.#follow(drag);
  };

  #dropped = (event: PointerEvent): void => {
    if (event.pointerId !== this.#drag?.pointer) return;
    const { begun, row, order } = this.#drag;
    this.#release();
    if (!begun || order === this.#rows) return;
    this.#changed();
    this.#tell("rankDropped", row);
  };

  #cancelled = (event: PointerEvent): void => {
    if (event.pointerId === this.#drag?.pointer) this.#cancel();
  };

  #escaped = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || this.#drag?.begun !== true) return;
    event.preventDefault();
    event.stopPropagation();
    const { row } = this.#drag;
    this.#cancel();
    this.#tell("rankPutBack", row);
  };

  /** Back to where it was before it was taken. */
  #cancel(): void {
    this.#lifted = undefined;
    const drag = this.#drag;
    if (drag === undefined) return;
    this.#release();
    if (drag.order !== this.#rows) this.#place(drag.order);
  }

  #release(): void {
    const drag = this.#drag;
    if (drag === undefined) return;
    this.#drag = undefined;
    cancelAnimationFrame(drag.frame);
    removeEventListener("pointermove", this.#dragged);
    removeEventListener("pointerup", this.#dropped);
    removeEventListener("pointercancel", this.#cancelled);
    removeEventListener("keydown", this.#escaped, true);
    // From the hand it glides into its place.
    const { item } = drag.row;
    glide([item], () => item.style.removeProperty("translate"));
    this.#name();
  }
}

/** The middle of a row in the list, wherever it is drawn at the moment. */
function centre(item: HTMLElement): { x: number; y: number } {
  return { x: item.offsetLeft + item.offsetWidth / 2, y: item.offsetTop + item.offsetHeight / 2 };
}
