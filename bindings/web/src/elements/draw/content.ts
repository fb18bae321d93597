/**
 * What a candidate looks (or sounds) like in a row or on a small wall: picture, text, sound, film, palette, or whatever the page
 * draws.
 */
import type { CandidateView } from "../../types.ts";
import { isolated, speak, type Locale } from "../../locales/locale.ts";
import { media as words } from "../../locales/en/media.ts";
import { attribute, text, type Maker } from "./dom.ts";
import { address, alone, colours, storyClass, swatches } from "./media.ts";
import type { Sight } from "./work.ts";

speak(words);

/** A candidate's content, drawn. */
export interface Content {
  element: HTMLElement;
  sight: Sight;
  /** Has controls of its own, so it may not lie inside a button. */
  player: boolean;
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
    element.src = address(kind, src);
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
