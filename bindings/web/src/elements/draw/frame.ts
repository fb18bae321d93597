/**
 * A widget before there is anything to show: its frame. It is what the drawing draws without a view, written down while the
 * package is built (`build.mjs`, `frames` in `server.ts`), so that first paint needs none of the drawing's code. The drawing
 * then takes over the elements that are there.
 */
import type { Locale, WordKey, Words } from "../../locales/locale.ts";

/** An element: its name, its attributes, and what is in it: elements, or words with `{{keys}}` for what is said. */
export type FrameNode = readonly [tag: string, attributes: Readonly<Record<string, string>>, inside: string | readonly FrameNode[]];
/** A widget's frame and the English of what is said in it. */
export interface Frame {
  nodes: readonly FrameNode[];
  words: Words;
}

const SVG = "http://www.w3.org/2000/svg";

/** Makes an element of a frame at the end of `parent`. */
export function grow(parent: ParentNode & Node, [tag, attributes, inside]: FrameNode, locale: Locale): Element {
  const { ownerDocument } = parent as Element;
  const drawn = tag === "svg" || (parent as Element).namespaceURI === SVG;
  const element = drawn ? ownerDocument.createElementNS(SVG, tag) : ownerDocument.createElement(tag);
  const said = (words: string): string => words.replace(/\{\{(\w+)\}\}/g, (_, key: string) => locale.say(key as WordKey));
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, said(value));
  if (typeof inside === "string") element.textContent = said(inside);
  else for (const node of inside) grow(element, node, locale);
  parent.appendChild(element);
  return element;
}

/** Puts a frame into a root. */
export function place(root: ShadowRoot, { nodes }: Frame, locale: Locale): void {
  root.replaceChildren();
  for (const node of nodes) {
    const wall = grow(root, node, locale);
    wall.setAttribute("lang", locale.language);
    wall.setAttribute("dir", locale.direction);
  }
}
