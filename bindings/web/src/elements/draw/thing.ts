/**
 * A work in a row or on a small wall: its content, its title, its note; and whether it can be seen.
 */
import type { CandidateView } from "../../types.ts";
import type { Locale } from "../../locales/locale.ts";
import { after, draw, say, type Content } from "./content.ts";
import { attribute, show, text, toggle, type Maker } from "./dom.ts";
import { hush } from "./media.ts";
import type { Sight } from "./work.ts";

export class Thing {
  readonly candidate: CandidateView;
  readonly #make: Maker;
  readonly #root: HTMLElement;
  readonly #thumb: HTMLElement;
  #content: Content | undefined;
  #sight: Sight = "bare";

  constructor(make: Maker, parent: HTMLElement, candidate: CandidateView, locale: Locale, lazy = false) {
    this.candidate = candidate;
    this.#make = make;
    this.#root = parent;
    this.#thumb = make.add(parent, "div", "thumb", "thumb");
    const name = make.add(parent, "div", "name");
    const { title, note, kind } = candidate;
    text(make.add(name, "bdi", "title", "title"), title);
    const line = make.add(name, "bdi", "note", "note");
    text(line, note);
    show(line, note !== "");
    show(name, !(title === "" && note === ""));
    // Words and players need the row's width, pictures and palettes do not.
    toggle(parent, "wide", kind === "text" || kind === "audio" || kind === "video");
    this.#put(lazy);
    this.say(locale);
  }

  get id(): string {
    return this.candidate.id;
  }

  /** Whether it can be judged. */
  get sight(): Sight {
    return this.#sight;
  }

  /** Says its own words in a language. */
  say(locale: Locale): void {
    if (this.#sight === "away") return text(this.#content!.element, locale.say("away"));
    if (!this.#content) return;
    say(this.#content, this.candidate, locale);
    // What has to be scrolled needs the keyboard for it.
    const { element } = this.#content;
    if (this.candidate.kind !== "text") return;
    const scrolls = element.scrollHeight > element.clientHeight + 1;
    attribute(element, "tabindex", scrolls ? "0" : undefined);
    attribute(element, "role", scrolls ? "group" : undefined);
    attribute(element, "aria-label", scrolls ? nameOf(this.candidate, this.candidate.kind) : undefined);
  }

  /** Hears how its content loads. Returns whether its sight changed. */
  hear(event: Event, locale: Locale): boolean {
    if (this.#content === undefined || this.#sight === "away") return false;
    const sight = after(this.#content, event);
    if (sight === this.#sight) return false;
    if (sight === "away") this.#away();
    else this.#sight = this.#content.sight = sight;
    this.say(locale);
    return true;
  }

  /** Loads the content anew. */
  reload(): void {
    this.free();
    this.#put(false);
  }

  /** Stops what plays, for now. */
  pause(): void {
    if (this.#content?.player) (this.#content.element as HTMLMediaElement).pause?.();
  }

  /** Takes the content down. */
  free(): void {
    if (this.#content) hush(this.#content.element);
    this.#content?.element.remove();
    this.#content = undefined;
    toggle(this.#root, "away", false);
  }

  #put(lazy: boolean): void {
    this.#content = draw(this.#make, this.#thumb, this.candidate, lazy);
    this.#sight = this.#content?.sight ?? "waiting";
    if (this.#sight === "away") this.#away();
  }

  #away(): void {
    this.free();
    this.#sight = "away";
    toggle(this.#root, "away", true);
    this.#content = { element: this.#make.add(this.#thumb, "span", "absent"), sight: "away", player: false };
  }
}

/** What a work is called where it has no title: its first words, else what it is. */
export function nameOf({ title, text: words, note, kind }: CandidateView, fallback: string): string {
  if (title !== "") return title;
  if (kind === "text" && words) return words.length > 60 ? `${words.slice(0, 59)}…` : words;
  return note || fallback;
}

/** Whether the same works, with the same content, are meant, in the same order. */
export function sameWorks(a: readonly CandidateView[], b: readonly CandidateView[]): boolean {
  return a.length === b.length && a.every((one, at) => {
    const other = b[at]!;
    return one.id === other.id && one.src === other.src && one.text === other.text && one.title === other.title && one.note === other.note;
  });
}
