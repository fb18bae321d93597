/**
 * Widgets drawn by a server: the element with its shadow root in the page's HTML, so that a visitor sees it before any script
 * has run, in the place and the words that it will have. The element then takes over what is there; nothing flashes or moves.
 *
 * Nothing here needs a document, a network or a clock; it runs in Node and its like.
 */
import { TasteElement } from "./elements/element.ts";
import type { Frame } from "./elements/draw/frame.ts";
import { ServedElement } from "./elements/draw/served.ts";
import { elements } from "./elements/register.ts";
import base from "./elements/base.css";
import { TasteError } from "./errors.ts";
import { Locale, localeFor, registerLocale, speak, type WordKey, type Words } from "./locales/locale.ts";
import { english } from "./locales/en/index.ts";
import type { RoundView } from "./types.ts";

export { registerLocale };
export type { Phrase, Words } from "./locales/locale.ts";

speak(english);

/** The elements that can be drawn. `taste-round` draws nothing and is written by hand around the others. */
export type ServedTag = Exclude<keyof typeof elements, "taste-round">;

/** What is drawn, and how the page may be styled. */
export interface RenderOptions {
  /** The round, as `GET /v1/rounds/{id}` answers it: the widget keeps its place in the right shape, with the round's question. */
  round?: RoundView;
  /**
   * Instead: a view to show, as `client.duel`, `client.approval`, `client.board` give it. The visitor sees these works at
   * once, and the widget asks about them first.
   */
  view?: object;
  /** The language, a BCP 47 tag; English without it. Give the page or the element the same `lang`. */
  locale?: string;
  /** Where the widget's style sheet lies (`dist/styles/taste-duel.css`), for a policy of `style-src 'self'`. */
  stylesheet?: string;
  /** Else the style sheet is written into the page, with this nonce. */
  nonce?: string;
}

/**
 * The HTML of an element: `renderToString("taste-duel", { src: "/v1/rounds/0x…" }, { round, locale: "es" })`.
 * `inside`: HTML of the host's for the element's slots, which the host answers for.
 * @throws TasteError `Client::UnknownElement`
 */
export async function renderToString(
  tag: ServedTag, attributes: Readonly<Record<string, string | boolean | undefined>> = {}, options: RenderOptions = {}, inside = "",
): Promise<string> {
  const Element = classOf(tag);
  const given = Object.entries(attributes).flatMap(([name, value]) => (value === undefined || value === false ? [] : [[name, value === true ? "" : value] as const]));
  for (const [name] of given) {
    if (!/^[a-z][\w-]*$/i.test(name)) throw new TasteError("Client::Argument", `"${name}" is no name of an attribute`, "Use letters, digits and hyphens.");
  }
  const host = new ServedElement(tag);
  const element = new Element();
  for (const [name, value] of given) {
    host.setAttribute(name, value);
    // Where there are elements already (a browser that renders for others), this one is in no page and has no attributes yet.
    element.setAttribute(name, value);
  }
  if (options.locale && !host.hasAttribute("lang")) host.setAttribute("lang", options.locale);
  const shape = options.round && shapeOf(options.round);
  if (shape && !host.hasAttribute("content")) {
    host.setAttribute("content", shape);
    element.setAttribute("content", shape);
  }
  const locale = await localeFor(options.locale ?? host.getAttribute("lang") ?? "en");
  const root = new ServedElement("template");
  root.setAttribute("shadowrootmode", "open");
  const view = options.view ?? (options.round && waiting(options.round));
  await element.drawInto(root as unknown as ShadowRoot, view as never, locale as Locale);
  if (options.view) root.children[0]?.setAttribute("data-view", JSON.stringify(options.view));

  const rules: string[] | undefined = options.stylesheet ? undefined : [];
  const drawn = root.children.map((child) => child.html(rules)).join("");
  const nonce = options.nonce ? ` nonce="${attribute(options.nonce)}"` : "";
  const sheet = options.stylesheet
    ? `<link rel="stylesheet" href="${attribute(options.stylesheet)}">`
    : `<style${nonce}>${styleSheet(tag)}${rules!.join("")}</style>`;
  // A field of a form: a press on its label goes on to what is inside.
  const focus = "formAssociated" in Element ? " shadowrootdelegatesfocus" : "";
  const [open, close] = host.html(undefined).split(/(?=<\/[^>]+>$)/);
  return `${open}<template shadowrootmode="open"${focus}>${sheet}${drawn}</template>${inside}${close}`;
}

/** The style sheet of an element's shadow root, as it lies in `dist/styles`. */
export function styleSheet(tag: ServedTag): string {
  return [base, ...classOf(tag).styles].join("\n");
}

/** The tags that can be drawn. */
export const tags = Object.keys(elements).filter((tag): tag is ServedTag => tag !== "taste-round");

/** The frames of all elements, by tag: what first paint is made of. For `build.mjs`. @internal */
export async function frames(): Promise<Record<string, Frame>> {
  const made: Record<string, Frame> = {};
  for (const tag of tags) {
    const root = new ServedElement("template");
    await new (classOf(tag))().drawInto(root as unknown as ShadowRoot, undefined, new Keys());
    const words: Words = {};
    for (const [, key] of JSON.stringify(root.frame()).matchAll(/\{\{(\w+)\}\}/g)) words[key as WordKey] = english[key as WordKey];
    made[tag] = { nodes: root.children.map((child) => child.frame()), words };
  }
  return made;
}

/** Says which word it is, instead of a word. */
class Keys extends Locale {
  constructor() {
    super("en");
  }
  override say(key: WordKey): string {
    return `{{${key}}}`;
  }
  override number(): string {
    return "";
  }
  override percent(): string {
    return "";
  }
}

type Drawable = { new (): TasteElement<never, never>; readonly styles: readonly string[] };

function classOf(tag: ServedTag): Drawable {
  const found = Object.hasOwn(elements, tag) && tag !== ("taste-round" as string) ? elements[tag] : undefined;
  if (!found) throw new TasteError("Client::UnknownElement", `<${String(tag)}> is not drawn`, `Use one of ${tags.join(", ")}.`);
  return found as unknown as Drawable;
}

/** A view of a round in which nothing is asked yet: the place, in the shape that the round's works will need. */
function waiting({ signed: { round } }: RoundView): object {
  const tally = { hits: 0, guessed: 0, recent: [] };
  return {
    phase: "loading", question: round.question, title: round.title, rows: [], votes: 0, voters: 0, outcome: null, guess: null,
    pair: null, candidate: null, candidates: null, upcoming: null, progress: [0, 0], tally, canUndo: false,
    delivery: { kept: 0, offline: false, trouble: null, storage: null, retryIn: null, undeliverable: 0 },
  };
}

/** What is known of a round's works beforehand, as the `content` attribute says it. */
function shapeOf({ signed: { round } }: RoundView): string {
  const text = round.candidates.every(({ kind }) => kind === "text");
  const untitled = round.candidates.every(({ title, note }) => !title && !note);
  return [text && "text", untitled && "untitled"].filter(Boolean).join(" ");
}

const attribute = (words: string): string => words.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
