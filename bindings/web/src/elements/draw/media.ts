/**
 * What a candidate looks (or sounds) like: picture, text, sound, film, palette, or whatever the page draws. Every voting widget
 * hangs its works with this. Nothing here is markup: candidates are strangers' words and addresses.
 */
import type { CandidateView } from "../../types.ts";
import { isolated, speak, type Locale } from "../../locales/locale.ts";
import { media as words } from "../../locales/en/media.ts";
import { attribute, property, text, type Maker } from "./dom.ts";
import type { Sight } from "./work.ts";

speak(words);

/** A candidate's content, drawn. */
export interface Content {
  element: HTMLElement;
  sight: Sight;
  /** Has controls of its own, so it may not lie inside a button. */
  player: boolean;
}

/** The longest list of colours that is drawn; beyond it they are hairlines. */
const MOST_COLOURS = 64;
const COLOUR = /^#(?:[0-9a-f]{3}|[0-9a-f]{4}|[0-9a-f]{6}|[0-9a-f]{8})$/i;

/** The colours of a palette candidate (`["#aabbcc", …]`); none where it holds anything else. */
export function colours(content: string): string[] | undefined {
  try {
    const list: unknown = JSON.parse(content);
    const good = Array.isArray(list) && list.length > 0 && list.length <= MOST_COLOURS && list.every((each) => typeof each === "string" && COLOUR.test(each));
    return good ? list : undefined;
  } catch {
    return undefined;
  }
}

/** Longer texts are set smaller, so that the sheet holds them. */
function storyClass(words: string): string {
  const length = [...words.slice(0, 600)].length;
  return length <= 110 ? "story" : length <= 260 ? "story long" : "story longest";
}

/** A palette as bands of its colours; none where the content is no palette. */
export function swatches(make: Maker, frame: HTMLElement, content: string): HTMLElement | undefined {
  const list = colours(content);
  if (list === undefined) return undefined;
  const element = make.add(frame, "span", "palette", "palette");
  attribute(element, "role", "img");
  for (const colour of list) property(make.add(element, "span", "swatch", "swatch"), "--colour", colour);
  return element;
}

/** What is heard at the moment, anywhere in the page: two sounds at once are none. */
let playing: HTMLMediaElement | undefined;

/** Whatever else plays stops when this does. */
export function alone(player: HTMLMediaElement): void {
  player.addEventListener("play", only);
}

function only(event: Event): void {
  const player = event.currentTarget as HTMLMediaElement;
  if (playing !== player) playing?.pause();
  playing = player;
}

/** Stops what plays in here: the work is taken down. */
export function hush(content: Element): void {
  if (content.localName !== "audio" && content.localName !== "video") return;
  const player = content as HTMLMediaElement;
  player.pause();
  if (playing === player) playing = undefined;
  // Lets go of the download too.
  player.removeAttribute("src");
  player.load();
}

/**
 * Draws a candidate's content at the end of `frame`; none where its bytes are still on the way. What only the page can draw goes
 * in the slot named by the candidate's id.
 */
export function draw(make: Maker, frame: HTMLElement, candidate: CandidateView, lazy = false): Content | undefined {
  const { kind, src, text: content } = candidate;
  if (kind === "palette" && content !== null) {
    const element = swatches(make, frame, content);
    return element ? { element, sight: "shown", player: false } : { element: make.add(frame, "span", "absent"), sight: "away", player: false };
  }
  if (content !== null && kind !== "card") {
    const element = make.add(frame, "span", storyClass(content), "text");
    // The person's language may differ from the page's; let the text find its own direction.
    attribute(element, "dir", "auto");
    text(element, content);
    return { element, sight: "shown", player: false };
  }
  if (kind === "image" && src !== null) {
    const element = make.add(frame, "img");
    // Its name is said by what it hangs in; read twice it would be noise. `src` comes last, or `loading` would come too late.
    for (const [name, value] of [["alt", ""], ["draggable", "false"], ["decoding", "async"], ["loading", lazy ? "lazy" : "eager"], ["src", src]] as const) attribute(element, name, value);
    if (element.complete && element.naturalWidth === 0) element.src = src; // It failed before anybody listened: ask again.
    return { element, sight: element.complete && element.naturalWidth > 0 ? "shown" : "waiting", player: false };
  }
  if ((kind === "audio" || kind === "video") && src !== null) {
    const element = make.add(frame, kind);
    element.controls = true;
    element.preload = "metadata";
    element.className = "player";
    attribute(element, "part", `player ${kind}`);
    if (kind === "video") (element as HTMLVideoElement).playsInline = true;
    alone(element);
    element.src = src;
    // Some browsers load nothing before play is pressed: what has controls can be judged, until it says that it is broken.
    return { element, sight: "shown", player: true };
  }
  // Text whose bytes are on the way: the session draws again when they are here.
  if (kind === "text" || kind === "palette") return undefined;
  // Kinds that only the page can draw; without a drawing the title stands for the work.
  const element = make.slot(frame, candidate.id, "story");
  text(element, candidate.title);
  return { element, sight: "shown", player: false };
}

/** Names content that does not speak for itself: a palette by its colours, a player by its work. */
export function say({ element, player }: Content, { kind, title, text: content }: CandidateView, locale: Locale): void {
  if (kind === "palette" && content !== null) attribute(element, "aria-label", locale.say("colours", { list: (colours(content) ?? []).join(", ") }));
  else if (player) attribute(element, "aria-label", locale.say("workPlayer", { title: isolated(title) }));
}

/** What a sight becomes by an event of the content: `load` and `error` of pictures, `error` of players. */
export function after(content: Content, event: Event): Sight {
  if (event.target !== content.element) return content.sight;
  if (event.type === "error") return "away";
  return content.sight === "waiting" ? "shown" : content.sight;
}
