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

/** Puts an element of a frame at the end of `parent`, without what is in it. */
function start(parent: ParentNode & Node, [tag, attributes]: FrameNode, locale: Locale): Element {
  const { ownerDocument } = parent as Element;
  const drawn = tag === "svg" || (parent as Element).namespaceURI === SVG;
  const element = drawn ? ownerDocument.createElementNS(SVG, tag) : ownerDocument.createElement(tag);
  for (const name in attributes) element.setAttribute(name, said(attributes[name]!, locale));
  return parent.appendChild(element);
}

const said = (words: string, locale: Locale): string => (!words.includes("{{") ? words : words.replace(/\{\{(\w+)\}\}/g, (_, key: string) => locale.say(key as WordKey)));

/** Makes an element of a frame at the end of `parent`. */
export function grow(parent: ParentNode & Node, node: FrameNode, locale: Locale): Element {
  const element = start(parent, node, locale);
  const [, , inside] = node;
  if (typeof inside === "string") element.textContent = said(inside, locale);
  else for (const each of inside) grow(element, each, locale);
  return element;
}

/** So many elements, and so many words, are put up and laid out at a time. */
const [ELEMENTS, WORDS] = [8, 4];

/** Frames that are on their way into a root. */
const growing = new WeakMap<ShadowRoot, Generator<void>>();

/**
 * Puts a frame into a root in steps, for whoever has to pause in between: a few places at a time, then, once all are `placed`,
 * word after word. None of it is seen before the last step.
 */
export function place(root: ShadowRoot, frame: Frame, locale: Locale, placed: () => void): Generator<void> {
  // In another language, before the first was done.
  growing.get(root)?.return(undefined);
  const steps = grown(root, frame, locale, placed);
  growing.set(root, steps);
  return steps;
}

/** Takes at once the steps that a frame has not taken yet: somebody needs it whole. */
export function finish(root: ShadowRoot): void {
  const steps = growing.get(root);
  while (steps && !steps.next().done);
}

function* grown(root: ShadowRoot, { nodes }: Frame, locale: Locale, placed: () => void): Generator<void> {
  const words: (() => void)[] = [];
  let count = 0;
  function* put(parent: ParentNode & Node, node: FrameNode, unseen = false): Generator<void> {
    const element = start(parent, node, locale) as HTMLElement;
    if (parent === root) {
      element.setAttribute("lang", locale.language);
      element.setAttribute("dir", locale.direction);
      element.style.opacity = "0";
    }
    unseen ||= "hidden" in node[1];
    const [, , inside] = node;
    if ((count += 1) % ELEMENTS === 0) yield;
    if (typeof inside !== "string") for (const each of inside) yield* put(element, each, unseen);
    else if (inside) {
      const say = () => void (element.textContent = said(inside, locale));
      if (unseen) say();
      else words.push(say);
    }
  }
  root.replaceChildren();
  for (const node of nodes) yield* put(root, node);
  placed();
  while (words.length > 0) {
    yield;
    for (const say of words.splice(0, WORDS)) say();
  }
  for (const wall of root.children) (wall as HTMLElement).style.opacity = "";
}
