/**
 * The little of a document that the drawings need, where there is none: on a server. What was drawn is written down as HTML.
 * Custom properties are kept apart, because a strict content policy forbids style attributes.
 */

import type { FrameNode } from "./frame.ts";

const VOID = new Set(["img", "link"]);
const PRESSED = new Set(["type", "data-ask", "data-value"]);
const escaped = (words: string): string => words.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** A node without a page. Text is kept as the content of its element. */
export class ServedElement {
  readonly nodeType = 1;
  readonly localName: string;
  readonly ownerDocument = servedDocument;
  readonly properties = new Map<string, string>();
  readonly attributes = new Map<string, string>();
  children: ServedElement[] = [];
  parentNode: ServedElement | null = null;
  #text = "";

  constructor(name: string) {
    this.localName = name;
  }

  get nodeName(): string {
    return this.localName.toUpperCase();
  }
  // A picture counts as seen: the visitor's browser shows it as soon as it can.
  get complete(): boolean {
    return true;
  }
  get naturalWidth(): number {
    return 1;
  }
  get readyState(): number {
    return 1;
  }

  getAttribute(name: string): string | null {
    return this.attributes.get(name) ?? null;
  }
  hasAttribute(name: string): boolean {
    return this.attributes.has(name);
  }
  setAttribute(name: string, value: string): void {
    this.attributes.set(name, String(value));
  }
  removeAttribute(name: string): void {
    this.attributes.delete(name);
  }
  get classList() {
    return {
      toggle: (name: string, on: boolean): void => {
        const names = new Set(this.attributes.get("class")?.split(" ").filter(Boolean));
        if (on) names.add(name);
        else names.delete(name);
        if (names.size > 0 || this.attributes.has("class")) this.attributes.set("class", [...names].join(" "));
      },
    };
  }
  get style() {
    return { setProperty: (name: string, value: string): void => void this.properties.set(name, value) };
  }

  get textContent(): string {
    return this.#text + this.children.map((child) => child.textContent).join("");
  }
  set textContent(words: string) {
    this.children = [];
    this.#text = words;
  }
  get firstElementChild(): ServedElement | null {
    return this.children[0] ?? null;
  }
  get firstChild(): ServedElement | null {
    return this.firstElementChild;
  }
  get lastElementChild(): ServedElement | null {
    return this.children.at(-1) ?? null;
  }
  get childElementCount(): number {
    return this.children.length;
  }
  get previousElementSibling(): ServedElement | null {
    const around = this.parentNode?.children ?? [];
    return around[around.indexOf(this) - 1] ?? null;
  }
  appendChild(child: ServedElement): ServedElement {
    child.remove();
    child.parentNode = this;
    this.children.push(child);
    return child;
  }
  remove(): void {
    const around = this.parentNode?.children;
    around?.splice(around.indexOf(this), 1);
    this.parentNode = null;
  }
  replaceChildren(): void {
    this.textContent = "";
  }

  // Nobody is there yet to press, to focus, to measure.
  addEventListener(): void {}
  querySelector(): null {
    return null;
  }
  matches(): boolean {
    return false;
  }

  /** As a frame: without what only a press needs, and without what is hidden at the end of a place. The drawing brings both. */
  frame(): FrameNode {
    const attributes = [...this.attributes].filter(([name]) => !PRESSED.has(name));
    const last = this.children.findLastIndex((child) => !child.attributes.has("hidden"));
    const children = this.children.slice(0, last + 1).map((child) => child.frame());
    return [this.localName, Object.fromEntries(attributes), children.length > 0 ? children : this.#text];
  }

  /** As HTML; `rules` collects the custom properties, each by a mark that only this element has. */
  html(rules: string[] | undefined): string {
    const attributes = new Map(this.attributes);
    if (rules && this.properties.size > 0) {
      const mark = String(rules.length);
      attributes.set("data-served", mark);
      rules.push(`[data-served="${mark}"]{${[...this.properties].map(([name, value]) => `${name}:${value.replace(/[^\w\s.%#-]/g, "")}`).join(";")}}`);
    }
    const tag = this.localName;
    const written = [...attributes].map(([name, value]) => (value === "" ? ` ${name}` : ` ${name}="${escaped(value)}"`)).join("");
    if (VOID.has(tag)) return `<${tag}${written}>`;
    return `<${tag}${written}>${escaped(this.#text)}${this.children.map((child) => child.html(rules)).join("")}</${tag}>`;
  }
}

const servedDocument = {
  createElement: (name: string) => new ServedElement(name),
  createElementNS: (_space: string, name: string) => new ServedElement(name),
};
