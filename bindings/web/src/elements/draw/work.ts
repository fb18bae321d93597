/**
 * One hung work: the picture, text or player, and the label beside it. It knows whether its content can be seen; what that
 * means for the question is the widget's business.
 */
import type { Locale } from "../../locales/locale.ts";
import type { CandidateView } from "../../types.ts";
import { attribute, measured, show, text, toggle, type Maker } from "./dom.ts";
import { address, alone, hush, storyClass, swatches } from "./media.ts";

/** How long an old picture stays while it fades, in milliseconds; a little longer than the longest fade. */
const FADED = 400;
/** So many characters of a text name the button; who wants to hear it all finds it in the text itself. */
const NAMED = 300;

/** A text is longer than its place: the work is not one button any more. */
export const OVERFLOWS = "tasteoverflow";

/** Whether the content can be seen: nothing hangs here, it is on its way, it is seen, it did not load. */
export type Sight = "bare" | "waiting" | "shown" | "away";

/** The marks on a label: the person chose it, the guess leaned to it. */
export interface Marks {
  you: boolean;
  us: boolean;
}

/** A work on the wall. */
export class Work {
  readonly figure: HTMLElement;
  readonly label: HTMLElement;
  readonly stickers: HTMLElement;
  #sight: Sight = "bare";
  #text = false;
  #untitled = false;
  #hung: CandidateView | undefined;
  readonly #make: Maker;
  /** The work itself, where pressing it answers. */
  readonly #button: HTMLElement | undefined;
  /** The work itself, where it has controls of its own, scrolls, or answers nothing when pressed. */
  readonly #panel: HTMLElement;
  #outer: HTMLElement;
  readonly #frame: HTMLElement;
  readonly #title: HTMLElement;
  readonly #note: HTMLElement;
  readonly #mark: HTMLElement;
  readonly #slot: string;
  #content: HTMLElement | undefined;
  #fading: ReturnType<typeof setTimeout> | undefined;

  /**
   * Builds an empty place on the wall. `ask`: what pressing the work asks for; without it the work is only looked at. `slot`:
   * the name under which the page brings the content of kinds that only it can draw.
   */
  constructor(make: Maker, parent: Node, part: string, slot: string, ask?: readonly [kind: string, value: string]) {
    this.#make = make;
    this.#slot = slot;
    this.figure = make.add(parent, "figure", part, part);
    this.#button = ask && make.key(this.figure, "work", "work", ...ask);
    this.#panel = make.add(this.figure, "div", "work panel", ask ? "" : "work");
    if (ask) {
      attribute(this.#panel, "data-ask", ask[0]);
      attribute(this.#panel, "data-value", ask[1]);
      show(this.#panel, false);
    }
    this.#outer = this.#button ?? this.#panel;
    this.#frame = make.add(this.#outer, "span", "frame");
    this.label = make.add(this.figure, "figcaption", "label", "label");
    this.#title = make.add(this.label, "bdi", "title", "title");
    this.#note = make.add(this.label, "bdi", "note", "note");
    this.stickers = make.add(this.label, "div", "stickers", "stickers");
    this.#mark = make.add(this.stickers, "span", "mark");
    show(this.stickers, false);
  }

  /** What will hang here, as far as the page knows: the place is kept in its shape. */
  expect(text: boolean, untitled: boolean): void {
    this.#text = text;
    this.#untitled = untitled;
  }

  /** Whether the content can be seen. */
  get sight(): Sight {
    return this.#sight;
  }

  /** The id of what hangs here. */
  get id(): string | undefined {
    return this.#hung?.id;
  }

  /** Whether pressing the work itself answers, by pointer and by keyboard. */
  get pressable(): boolean {
    return this.#outer === this.#button;
  }

  /**
   * Hangs a candidate (or takes the last one down), fading from one to the next. Pictures fetched ahead come from `ahead`,
   * where the widget fetches any.
   */
  hang(candidate: CandidateView | undefined, locale: Locale, ahead?: Ahead): void {
    const before = this.#hung;
    this.#hung = candidate;
    text(this.#title, candidate?.title ?? "");
    text(this.#note, candidate?.note ?? "");
    show(this.#note, candidate?.note !== "");
    // Before there is anything the label keeps its place.
    toggle(this.label, "blank", !candidate);
    show(this.label, candidate ? Boolean(candidate.title || candidate.note) : !this.#untitled);
    if (!candidate) toggle(this.figure, "text", this.#text);
    if (this.#sight === "away") this.#absent(locale);
    const same = before && candidate && before.id === candidate.id && before.src === candidate.src && before.text === candidate.text;
    if (same || (!before && !candidate)) return;
    this.#takeDown();
    if (candidate) this.#putUp(candidate, ahead);
    if (this.sight === "away") this.#absent(locale);
  }

  /** Loads the content anew. */
  reload(): void {
    this.#takeDown();
    if (this.#hung) this.#putUp(this.#hung);
  }

  #putUp(candidate: CandidateView, ahead?: Ahead): void {
    const { kind, src, text: words } = candidate;
    toggle(this.figure, "text", kind === "text");
    toggle(this.figure, "sound", kind === "audio");
    const played = (kind === "audio" || kind === "video") && src !== null;
    const drawn = kind === "card" || (!played && words === null && !(kind === "image" && src) && kind !== "text" && kind !== "palette");
    this.#open(played || drawn);
    if (kind === "palette" && words !== null) {
      const palette = swatches(this.#make, this.#frame, words);
      if (palette) this.#content = palette, this.#seen();
      else this.#lost();
    } else if (words !== null && !drawn) {
      const story = this.#make.add(this.#frame, "span", storyClass(words), "text");
      // The text's language may differ from the page's; let it find its own direction.
      attribute(story, "dir", "auto");
      text(story, words);
      this.#content = story;
      measured(story, () => {
        // What has to be scrolled needs the keyboard for it, and a button has none to give.
        const scrolls = this.#frame.scrollHeight > this.#frame.clientHeight + 1;
        if (story !== this.#content || scrolls === this.#frame.hasAttribute("tabindex")) return;
        this.#open(scrolls, scrolls);
        story.dispatchEvent(new Event(OVERFLOWS));
      });
      this.#seen();
    } else if (kind === "image" && src) {
      const image = this.#make.hung(this.#frame, src) ?? ahead?.take(src) ?? this.#make.image(src);
      if (image.parentNode !== this.#frame) this.#frame.appendChild(image);
      this.#content = image;
      this.#sight = "waiting";
      if (image.complete && image.naturalWidth > 0) this.#seen();
      // It finished before anybody listened: ask again, and hear how it goes.
      else if (image.complete) image.src = src;
    } else if (played) {
      const player = this.#make.add(this.#frame, kind, "player");
      for (const [name, value] of [["controls", ""], ["preload", "metadata"], ["playsinline", ""], ["src", address(kind, src)]] as const) attribute(player, name, value);
      alone(player);
      this.#content = player;
      // Some browsers load nothing before play is pressed: what has controls can be judged, until it says that it is broken.
      this.#seen();
    } else if (kind === "text" || kind === "palette") {
      // Its bytes are still on the way: the session tells when they are here.
      this.#sight = "waiting";
    } else {
      // Kinds that only the page can draw; without a drawing the title stands for the work.
      // The page may hang all its works beforehand, each under its id, or the one that is up under its place.
      const slot = this.#make.slot(this.#frame, this.#slot);
      text(this.#make.add(this.#make.slot(slot, candidate.id), "span", "story"), candidate.title);
      this.#content = slot;
      this.#seen();
    }
  }

  /** Whether the work is a panel with its own controls, or one button. */
  #open(open: boolean, scrolls = false): void {
    attribute(this.#frame, "tabindex", scrolls ? "0" : undefined);
    attribute(this.#frame, "role", scrolls ? "group" : undefined);
    const outer = open || !this.#button ? this.#panel : this.#button;
    if (outer === this.#outer) return;
    for (const each of [this.#panel, this.#button!]) {
      show(each, each === outer);
      attribute(each, "part", each === outer ? "work" : undefined);
    }
    outer.appendChild(this.#frame);
    this.#outer = outer;
  }

  #takeDown(): void {
    this.#sight = "bare";
    const old = this.#content;
    if (!old) return;
    this.#content = undefined;
    toggle(this.#outer, "away", false);
    hush(old);
    toggle(old, "in", false);
    toggle(old, "out", true);
    // A timer that is replaced has not removed its picture yet; only the newest may linger.
    while (old.previousElementSibling) old.previousElementSibling.remove();
    clearTimeout(this.#fading);
    this.#fading = setTimeout(() => old.remove(), FADED);
  }

  #seen(): void {
    if (this.#content) toggle(this.#content, "in", true);
    this.#sight = "shown";
  }

  /** Hears `load`, `loadedmetadata` and `error` of what hangs inside. Returns whether its sight changed. */
  hear(event: Event, locale: Locale): boolean {
    if (event.target !== this.#content || this.#sight === "away") return false;
    if (event.type === OVERFLOWS) return true;
    if (event.type !== "error") {
      if (this.#sight !== "waiting") return false;
      this.#seen();
      return true;
    }
    this.#lost();
    this.#absent(locale);
    return true;
  }

  /** Its content did not come, or is not what it should be. */
  #lost(): void {
    this.#sight = "away";
    this.#content?.remove();
    this.#content = this.#make.add(this.#frame, "span", "absent in");
    toggle(this.#outer, "away", true);
  }

  /** Stops what plays, for now. */
  pause(): void {
    if (this.#content instanceof HTMLMediaElement) this.#content.pause();
  }

  #absent(locale: Locale): void {
    if (this.#content) text(this.#content, locale.say("away"));
  }

  /** Names the work: the side, then what hangs there. */
  name(side: string): void {
    const { title = "", note = "", text: words } = this.#hung ?? {};
    const said = words && words.length > NAMED ? `${words.slice(0, NAMED)}…` : words;
    const away = this.#sight === "away" ? this.#content?.textContent : "";
    const name = [side, title, note, away || said].filter(Boolean).join(". ") || undefined;
    if (this.#button) attribute(this.#button, "aria-label", name);
    const scrolls = this.#frame.hasAttribute("tabindex");
    attribute(this.#frame, "aria-label", scrolls ? name : undefined);
    if (this.#content && this.#hung?.kind === "palette" && this.#sight === "shown") attribute(this.#content, "aria-label", name);
    if (this.#content?.localName === "audio" || this.#content?.localName === "video") attribute(this.#content, "aria-label", name);
  }

  /** Whether pressing the work is taken as an answer now. */
  disable(disabled: boolean): void {
    for (const each of [this.#button, this.#button && this.#panel]) {
      if (each) attribute(each, each === this.#button ? "aria-disabled" : "data-disabled", disabled ? "true" : undefined);
    }
  }

  /** Puts the marks on the label. */
  mark({ you, us }: Marks): void {
    attribute(this.#mark, "class", ["mark", you && "you", us && "us"].filter(Boolean).join(" "));
    attribute(this.#mark, "part", [you && "you", us && "us"].filter(Boolean).join(" ") || undefined);
    show(this.stickers, you || us);
  }
}

/** Pictures fetched and decoded ahead, so that the next question appears without a gap. */
export class Ahead {
  #pictures = new Map<string, HTMLImageElement>();

  /** Fetches what is likely to come; lets go of what is not. */
  fetch(make: Maker, coming: readonly CandidateView[]): void {
    const kept = this.#pictures;
    this.#pictures = new Map();
    for (const { kind, src } of coming) {
      if (kind !== "image" || src === null) continue;
      let image = kept.get(src);
      if (!image) {
        image = make.image(src);
        // A picture that does not decode is met again, and told, when it hangs.
        image.decode?.().catch(() => {});
      }
      this.#pictures.set(src, image);
    }
  }

  /** A picture that was fetched, for good. */
  take(src: string): HTMLImageElement | undefined {
    const image = this.#pictures.get(src);
    this.#pictures.delete(src);
    return image;
  }
}
