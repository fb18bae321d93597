/**
 * What pictures, texts, sounds, films and palettes have in common wherever they hang. Nothing here is markup: candidates are
 * strangers' words and addresses.
 */
import { attribute, property, type Maker } from "./dom.ts";

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
export function storyClass(words: string): string {
  return words.length <= 110 ? "story" : words.length <= 260 ? "story long" : "story longest";
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

/**
 * Where a player finds its content. A candidate has no picture of its own for a film, so its first frame stands for it; of a film
 * that does not play, Safari draws no frame unless a moment in it is asked for.
 */
export function address(kind: string, src: string): string {
  return kind === "video" && !src.includes("#") ? `${src}#t=0.001` : src;
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
