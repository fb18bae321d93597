/**
 * The few verbs of the DOM that the drawings need. Every write is made only where something changed, and none needs markup,
 * an inline style or a Trusted Types policy. Nothing here reads the global `document`: a drawing is made for the document of
 * its root, which on a server is a small one of our own (`server.ts`).
 */

import { finish } from "./frame.ts";

const SVG = "http://www.w3.org/2000/svg";

/**
 * Makes the elements of one drawing. Where the root is not empty (a server has drawn into it) the elements that are there are
 * taken instead, in the order in which they were made, so that nothing flashes.
 */
export class Maker {
  readonly #document: Document;
  /** While adopting: the next child that may be taken, of each parent. */
  #places: Map<Node, ChildNode | null> | undefined;

  constructor(root: ShadowRoot) {
    this.#document = root.ownerDocument;
    finish(root);
    if (root.firstElementChild) this.#places = new Map();
  }

  /** `<tag class=… part=…>` at the end of `parent`. */
  add<K extends keyof HTMLElementTagNameMap>(parent: Node, tag: K, className = "", part = ""): HTMLElementTagNameMap[K] {
    // What a server drew has its classes; to set them anew would start what they animate once more.
    const taken = this.#take(parent, tag);
    if (taken) return taken as HTMLElementTagNameMap[K];
    const element = parent.appendChild(this.#document.createElement(tag));
    attribute(element, "class", className || undefined);
    attribute(element, "part", part || undefined);
    return element;
  }

  /** An SVG element at the end of `parent`. */
  addSvg(parent: Node, tag: string, attributes: Record<string, string>): Element {
    const element = this.#take(parent, tag) ?? parent.appendChild(this.#document.createElementNS(SVG, tag));
    for (const [name, value] of Object.entries(attributes)) attribute(element, name, value);
    return element;
  }

  /** A button that asks for `kind` and `value` when pressed (see `asked`). */
  key(parent: Node, className: string, part: string, kind: string, value = ""): HTMLButtonElement {
    const key = this.add(parent, "button", className, part);
    attribute(key, "type", "button");
    attribute(key, "data-ask", kind);
    attribute(key, "data-value", value);
    return key;
  }

  /** A named place for what the page brings. */
  slot(parent: Node, name: string, className = ""): HTMLSlotElement {
    const slot = this.add(parent, "slot", className);
    attribute(slot, "name", name);
    return slot;
  }

  /** An image that starts to load, not yet in the drawing. */
  image(src: string): HTMLImageElement {
    const image = this.#document.createElement("img");
    // What is around it carries the name; read twice it would be noise.
    image.setAttribute("alt", "");
    image.setAttribute("draggable", "false");
    image.setAttribute("decoding", "async");
    image.setAttribute("src", src);
    return image;
  }

  /** The image that a server hung here, if it is this one. */
  hung(parent: Node, src: string): HTMLImageElement | undefined {
    const place = this.#places && this.#place(parent);
    if (place?.nodeName !== "IMG" || (place as Element).getAttribute("src") !== src) return undefined;
    this.#places!.set(parent, place.nextSibling);
    return place as HTMLImageElement;
  }

  /** The first drawing is complete: what a server drew besides goes. */
  complete(): void {
    const places = this.#places;
    this.#places = undefined;
    for (let [, rest] of places ?? []) {
      while (rest) {
        const next: ChildNode | null = rest.nextSibling;
        if (!SHEETS.test(rest.nodeName)) rest.remove();
        rest = next;
      }
    }
  }

  #take(parent: Node, tag: string): Element | undefined {
    const place = this.#places && this.#place(parent);
    if (place?.nodeName.toLowerCase() !== tag.toLowerCase()) return undefined;
    this.#places!.set(parent, place.nextSibling);
    return place as Element;
  }

  #place(parent: Node): ChildNode | null {
    let place = this.#places!.has(parent) ? this.#places!.get(parent)! : parent.firstChild;
    while (place && (SHEETS.test(place.nodeName) || place.nodeType !== 1)) place = place.nextSibling;
    this.#places!.set(parent, place);
    return place;
  }
}

/** A server brings the style sheets with its drawing. */
const SHEETS = /^(link|style)$/i;

/** Sets the text, only where it differs: a live region speaks again on every write. */
export function text(node: Node, words: string): void {
  if (node.textContent !== words) node.textContent = words;
}

/** Sets an attribute, only where it differs; `undefined` takes it away. */
export function attribute(element: Element, name: string, value: string | undefined): void {
  if (value === undefined) element.removeAttribute(name);
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

let sizes: ResizeObserver | undefined;
const watched = new WeakMap<Element, () => void>();

/**
 * Calls once an element has its size, and whenever that changes, while the layout is at hand: to ask for a size in the middle
 * of drawing makes the browser lay everything out then and there.
 */
export function measured(element: Element, told: () => void): void {
  // On a server nothing has a size.
  if (!globalThis.ResizeObserver) return;
  sizes ??= new ResizeObserver((entries) => entries.forEach(({ target }) => watched.get(target)?.()));
  watched.set(element, told);
  sizes.observe(element);
}

/** Shows or hides. */
export function show(element: Element, visible: boolean): void {
  attribute(element, "hidden", visible ? undefined : "");
}

/** Adds or takes a class. */
export function toggle(element: Element, name: string, on: boolean): void {
  element.classList.toggle(name, on);
}

/** Sets a custom property through CSSOM, which a strict content policy allows (it forbids the attribute). */
export function property(element: HTMLElement, name: string, value: string): void {
  element.style.setProperty(name, value);
}

/** A position along a scale: `0.29` is `29%`, to a tenth. */
export function percent(share: number): string {
  return `${(Math.min(Math.max(share, 0), 1) * 100).toFixed(1)}%`;
}

/** What is worked by keys, and what is worked by pressing it: of the page, or a player of ours. */
const TYPED = "input, select, textarea, audio, video, [contenteditable]";
const PRESSED = "a, button, label, summary";

/** Whether an event is meant for a control with keys of its own, not for the widget it hangs in. */
export function isForPage(event: Event): boolean {
  const target = event.composedPath()[0];
  return target instanceof Element && target.closest(TYPED) !== null;
}

/**
 * What the pressed element asks for: the `data-ask` and `data-value` of the nearest one on the event's way, which leads
 * through slots: what the page hung in a work is part of the work. The page's own controls are its own.
 */
export function asked(event: Event): [kind: string, value: string] | undefined {
  if (isForPage(event)) return undefined;
  for (const at of event.composedPath()) {
    if (!(at instanceof Element)) continue;
    const kind = at.getAttribute("data-ask");
    if (kind === null && !at.matches(PRESSED)) continue;
    if (kind === null || at.matches("[aria-disabled=true], [data-disabled]")) return undefined;
    return [kind, at.getAttribute("data-value") ?? ""];
  }
  return undefined;
}

/**
 * The key of an event, where it is meant as a command: no modifier, no repeat of a held key (a held arrow must not vote on
 * and on), nobody handled it before, and no control with keys of its own has the keyboard.
 */
export function command(event: KeyboardEvent): string | undefined {
  const plain = !(event.ctrlKey || event.altKey || event.metaKey || event.repeat || event.isComposing);
  return plain && !event.defaultPrevented && !isForPage(event) ? event.key : undefined;
}

/** Runs `change`, and gives focus to `section` itself where what had it cannot have it any more. */
export function keepingFocus(section: HTMLElement, change: () => void): void {
  const held = section.querySelector<HTMLElement>(":focus");
  change();
  // A hidden element keeps `:focus` until the browser has drawn; its boxes are gone at once.
  if (held && (!held.isConnected || held.closest("[hidden], .gone") !== null)) section.focus();
}
