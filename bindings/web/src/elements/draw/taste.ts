/**
 * What is drawn of one person's taste. It draws what the view says and adds nothing: words are made of works that the person is
 * known to prefer, or not to, or that nobody can tell yet. `me.ts` brings the round, the downloads and the forgetting.
 */
import type { MeView, Tally, TasteRow } from "../../types.ts";
import { isolated, type Locale } from "../../locales/locale.ts";
import { attribute, percent as at, property, show, text, toggle, type Maker } from "./dom.ts";
import { glide } from "./flip.ts";
import { Thing, nameOf } from "./thing.ts";

/** Works named in a sentence, at most. */
const NAMED = 3;

/** The 95 % interval of a rate (Wilson): honest also for few tries and for all or none. */
export function wilson(hits: number, tries: number): [number, number] {
  if (tries === 0) return [0, 1];
  const z = 1.959964;
  const rate = hits / tries;
  const middle = (rate + (z * z) / (2 * tries)) / (1 + (z * z) / tries);
  const half = (z / (1 + (z * z) / tries)) * Math.sqrt((rate * (1 - rate)) / tries + (z * z) / (4 * tries * tries));
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

/** What can be said of a taste: works surely above the average, surely below, and the closest to a coin among the rest. */
export function leanings(rows: readonly TasteRow[]): { likes: TasteRow[]; passes: TasteRow[]; unsure: TasteRow[] } {
  const likes = rows.filter(({ low }) => low > 0.5).sort((a, b) => b.low - a.low).slice(0, NAMED);
  const passes = rows.filter(({ high }) => high < 0.5).sort((a, b) => a.high - b.high).slice(0, NAMED);
  const unsure = rows.filter(({ low, high }) => low <= 0.5 && high >= 0.5).sort((a, b) => b.high - b.low - (a.high - a.low)).slice(0, 1);
  return { likes, passes, unsure };
}

interface Hung {
  row: TasteRow;
  item: HTMLElement;
  place: HTMLElement;
  crowd: HTMLElement;
  sure: HTMLElement;
  said: HTMLElement;
}

/** The hit rate: a figure, its interval against a coin, the sentence, the last guesses. */
export class HitRate {
  readonly #make: Maker;
  readonly #figure: HTMLElement;
  readonly #note: HTMLElement;
  readonly #chance: HTMLElement;
  readonly #interval: HTMLElement;
  readonly #ends: HTMLElement[];
  readonly #record: HTMLElement;
  readonly #tally: HTMLElement;
  readonly #rings: HTMLElement[] = [];

  constructor(make: Maker, parent: Node) {
    this.#make = make;
    const rate = this.#make.add(parent, "div", "rate");
    this.#figure = this.#make.add(rate, "p", "figure", "hit-rate");
    this.#note = this.#make.add(rate, "p", "note");
    this.#chance = this.#make.add(parent, "div", "chance");
    this.#interval = this.#make.add(this.#chance, "div", "interval", "interval");
    attribute(this.#interval, "role", "img");
    this.#make.add(this.#interval, "span", "range");
    this.#make.add(this.#interval, "span", "estimate", "estimate");
    const ends = this.#make.add(this.#chance, "p", "ends");
    attribute(ends, "aria-hidden", "true");
    this.#ends = ["", "", ""].map(() => this.#make.add(ends, "span", ""));
    this.#record = this.#make.add(parent, "p", "note", "record");
    this.#tally = this.#make.add(parent, "div", "tally", "tally");
    attribute(this.#tally, "aria-hidden", "true");
  }

  draw({ hits, guessed, recent }: Tally, locale: Locale): void {
    const known = guessed > 0;
    const [low, high] = wilson(hits, guessed);
    show(this.#figure, known);
    show(this.#chance, known);
    show(this.#record, known);
    text(this.#figure, locale.percent(known ? hits / guessed : 0));
    text(this.#note, locale.say(known ? "meGuessed" : "meUnguessed"));
    const range = { hits, guessed, low: locale.percent(low), high: locale.percent(high) };
    text(this.#record, locale.say("meRecord", range));
    attribute(this.#interval, "aria-label", locale.say("meInterval", range));
    property(this.#interval, "--low", at(low));
    property(this.#interval, "--high", at(high));
    property(this.#interval, "--at", at(known ? hits / guessed : 0.5));
    [locale.number(0), locale.say("boardCoin", { half: locale.percent(0.5) }), locale.percent(1)].forEach((end, index) => text(this.#ends[index]!, end));
    while (this.#rings.length > recent.length) this.#rings.pop()!.remove();
    recent.forEach((hit, at) => toggle((this.#rings[at] ??= this.#make.add(this.#tally, "i")), "hit", hit));
  }
}

/** The wall that a mixture of the crowd's taste and mine would hang, and the slider between the two. */
export class Blend {
  readonly #section: HTMLElement;
  readonly #everyone: HTMLElement;
  readonly #onlyMe: HTMLElement;
  readonly #slider: HTMLInputElement;
  readonly #wall: HTMLElement;
  readonly #legend: HTMLElement[];
  readonly #make: Maker;
  readonly #locale: () => Locale;
  #rows: readonly TasteRow[] = [];
  /** Works that have hung once; what comes back has loaded already. */
  #hung = new Map<string, Hung & { thing: Thing }>();
  #shown: string[] = [];
  #limit = 6;

  constructor(make: Maker, parent: Node, locale: () => Locale) {
    this.#make = make;
    this.#locale = locale;
    this.#section = this.#make.add(parent, "div", "blend", "blend");
    const who = this.#make.add(this.#section, "div", "who");
    attribute(who, "aria-hidden", "true");
    this.#everyone = this.#make.add(who, "span", "");
    const me = this.#make.add(who, "span", "");
    this.#onlyMe = this.#make.add(me, "span", "");
    this.#make.add(me, "span", "mark you");
    this.#slider = this.#make.add(this.#section, "input", "slider", "slider");
    for (const [name, value] of [["type", "range"], ["min", "0"], ["max", "100"], ["step", "1"], ["value", "100"]] as const) attribute(this.#slider, name, value);
    this.#slider.addEventListener("input", () => this.#arrange());
    this.#wall = this.#make.add(this.#section, "ol", "wall-of", "wall");
    attribute(this.#wall, "role", "list");
    hearing(this.#wall, () => [...this.#hung.values()].map(({ thing }) => thing), locale);
    const legend = this.#make.add(this.#section, "p", "legend", "legend");
    this.#legend = ["dot", "range", "crowd"].map((mark) => {
      const entry = this.#make.add(legend, "span", "");
      const strip = this.#make.add(entry, "span", "sure");
      attribute(strip, "aria-hidden", "true");
      this.#make.add(strip, "span", mark);
      return this.#make.add(entry, "span", "");
    });
  }

  /** Where the slider stands: 0 everyone, 1 only me. */
  get me(): number {
    return Number(this.#slider.value ?? 100) / 100;
  }

  draw(rows: readonly TasteRow[], limit: number): void {
    const locale = this.#locale();
    this.#rows = rows;
    this.#limit = limit;
    show(this.#section, rows.length > 0);
    text(this.#everyone, locale.say("meEveryone"));
    text(this.#onlyMe, locale.say("meOnly"));
    attribute(this.#slider, "aria-label", locale.say("meSlider"));
    (["meLegendYou", "meLegendRange", "meLegendCrowd"] as const).forEach((key, index) => text(this.#legend[index]!, locale.say(key)));
    const here = new Set(rows.map(({ candidate }) => candidate.id as string));
    for (const [id, { thing, item }] of this.#hung) {
      if (here.has(id)) continue;
      thing.free();
      item.remove();
      this.#hung.delete(id);
    }
    this.#arrange();
  }

  /** Stops what plays, for now. */
  pause(): void {
    for (const { thing } of this.#hung.values()) thing.pause();
  }

  #arrange(): void {
    const locale = this.#locale();
    const { me } = this;
    attribute(this.#slider, "aria-valuetext", locale.say(me >= 1 ? "meOnly" : me <= 0 ? "meEveryone" : "meBlend", { mine: locale.percent(me), theirs: locale.percent(1 - me) }));
    property(this.#slider, "--me", String(me));
    const crowd = places(this.#rows, (row) => row.crowd);
    const mixed = [...this.#rows].sort((a, b) => blended(b, me) - blended(a, me));
    const wall = mixed.slice(0, this.#limit);
    const shown = wall.map(({ candidate }) => candidate.id as string);
    const fill = (): void => {
      wall.forEach((row, index) => {
        const hung = this.#hang(row);
        if (this.#wall.children[index] !== hung.item) this.#wall.insertBefore(hung.item, this.#wall.children[index] ?? null);
        text(hung.place, locale.number(index + 1));
        text(hung.crowd, locale.say("meCrowdPlace", { place: crowd.get(row.candidate.id)! }));
        property(hung.sure, "--low", at(row.low));
        property(hung.sure, "--high", at(row.high));
        property(hung.sure, "--mine", at(row.mine));
        property(hung.sure, "--crowd", at(row.crowd));
        text(hung.said, spoken(row, locale));
      });
      for (const item of [...(this.#wall.children ?? [])].slice(wall.length)) item.remove();
    };
    if (shown.join() === this.#shown.join()) return fill();
    this.#shown = shown;
    glide(this.#wall.children, fill);
  }

  #hang(row: TasteRow): Hung {
    const id = row.candidate.id as string;
    const before = this.#hung.get(id);
    if (before !== undefined && before.row.candidate.src === row.candidate.src && before.row.candidate.text === row.candidate.text) {
      before.row = row;
      return before;
    }
    before?.thing.free();
    before?.item.remove();
    const item = this.#make.add(this.#wall, "li", "hung-small", "hung");
    const thing = new Thing(this.#make, this.#make.add(item, "div", "thing"), row.candidate, this.#locale(), true);
    const note = this.#make.add(item, "p", "note", "note");
    attribute(note, "aria-hidden", "true");
    const [place, crowd] = [this.#make.add(note, "span", ""), this.#make.add(note, "span", "")];
    const sure = this.#make.add(item, "div", "sure", "sure");
    attribute(sure, "aria-hidden", "true");
    for (const mark of ["range", "crowd", "dot"]) this.#make.add(sure, "span", mark, mark === "dot" ? "you" : mark === "range" ? "interval" : "crowd");
    const said = this.#make.add(item, "p", "unseen");
    const made = { row, item, place, crowd, sure, said, thing };
    this.#hung.set(id, made);
    return made;
  }
}

/** Works near the ones that were liked, each with the one that it is near to. */
export class Near {
  readonly #make: Maker;
  readonly #section: HTMLElement;
  readonly #head: HTMLElement;
  readonly #list: HTMLElement;
  #shown = "";
  #drawn: { thing: Thing; line: HTMLElement; near: string }[] = [];

  constructor(make: Maker, parent: Node, locale: () => Locale) {
    this.#make = make;
    this.#section = make.add(parent, "div", "nearest", "nearest");
    this.#head = make.add(this.#section, "h3", "sub");
    this.#list = make.add(this.#section, "ul", "near");
    attribute(this.#list, "role", "list");
    hearing(this.#list, () => this.#drawn.map(({ thing }) => thing), locale);
  }

  draw(nearest: NonNullable<MeView["nearest"]>, locale: Locale): void {
    show(this.#section, nearest.length > 0);
    text(this.#head, locale.say("meNear"));
    const shown = nearest.map(({ candidate, near }) => `${candidate.id} ${candidate.src} ${candidate.text?.length} ${near.id}`).join();
    if (shown !== this.#shown) {
      this.#shown = shown;
      for (const { thing } of this.#drawn) thing.free();
      this.#list.replaceChildren();
      this.#drawn = nearest.map(({ candidate, near }, at) => {
        const item = this.#make.add(this.#list, "li", "hung-small", "hung");
        const thing = new Thing(this.#make, this.#make.add(item, "div", "thing"), candidate, locale, true);
        return { thing, line: this.#make.add(item, "p", "note"), near: nameOf(near, locale.say("workAt", { place: at + 1 })) };
      });
    }
    for (const { thing, line, near } of this.#drawn) {
      thing.say(locale);
      text(line, locale.say("meNearTo", { title: isolated(near) }));
    }
  }
}

/** A work that does not come says so on the wall, too. Events of pictures do not bubble; they are heard on the way down. */
function hearing(list: HTMLElement, things: () => readonly Thing[], locale: () => Locale): void {
  for (const kind of ["load", "error"]) list.addEventListener(kind, (event) => things().forEach((thing) => thing.hear(event, locale())), true);
}

function blended({ mine, crowd }: TasteRow, me: number): number {
  return mine * me + crowd * (1 - me);
}

/** Each work's place by a number, the largest first; equal ones share the better place. */
function places(rows: readonly TasteRow[], of: (row: TasteRow) => number): Map<string, number> {
  const sorted = rows.map(of).sort((a, b) => b - a);
  return new Map(rows.map((row) => [row.candidate.id as string, sorted.indexOf(of(row)) + 1]));
}

/** One work as a sentence: you, how sure, everyone. */
function spoken({ candidate, mine, low, high, crowd }: TasteRow, locale: Locale): string {
  const title = isolated(nameOf(candidate, locale.say("workAt", { place: 1 })));
  return locale.say("meWork", { title, mine: locale.percent(mine), low: locale.percent(low), high: locale.percent(high), crowd: locale.percent(crowd) });
}
