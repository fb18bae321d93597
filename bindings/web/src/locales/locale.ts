/**
 * Words, numbers and plurals in the reader's language. English is there from the start, each widget's beside the widget;
 * other languages are chunks of their own. Whatever a language does not say is said in English.
 */
import type { English } from "./en/index.ts";

/** One thing to say: with `{names}` for what is put in, and where a number decides, one wording for each plural category. */
export type Phrase = string | ({ readonly [category in Intl.LDMLPluralRule]?: string } & { readonly other: string });
/** Everything that is said, by key. The keys and their English are in `locales/en`. */
export type WordKey = keyof English;
export type Words = Partial<Record<WordKey, Phrase>>;
/** What is put into a phrase: numbers are written as the language writes them. */
export type Values = Readonly<Record<string, string | number>>;

const english: Words = {};
const known = new Map<string, Words>();
const chunks: Record<string, () => Promise<{ default: Words }>> = {
  ar: () => import("./ar.ts"),
  es: () => import("./es.ts"),
  zh: () => import("./zh.ts"),
};
const loading = new Map<string, Promise<void>>();
const changed = new EventTarget();

/** Languages that are written from right to left, by their first subtag. */
const RIGHT_TO_LEFT = /^(ar|dv|fa|he|ku|ps|sd|ug|ur|yi)\b/;

/** A widget's English. Called where the widget is drawn, so that a page carries only the words that it may need. */
export function speak(words: Words): void {
  Object.assign(english, words);
}

/**
 * A language of the page's own, or other words for one that is known: `registerLocale("fr", { skip: "Passer" })`. What is
 * left out is taken from the known words of that language, and from English after them.
 */
export function registerLocale(language: string, words: Words): void {
  const tag = language.toLowerCase();
  // Words that come with the package are read first, or the later of the two would win.
  const before = chunks[tag] && !known.has(tag) ? load(tag).catch(() => {}) : undefined;
  const add = () => {
    known.set(tag, { ...known.get(tag), ...words });
    changed.dispatchEvent(new Event("change"));
  };
  if (before) void before.then(add);
  else add();
}

/** Calls when a language was added or the page's own language changed; gives what ends that. */
export function onLanguage(listener: () => void): () => void {
  watchPage();
  changed.addEventListener("change", listener);
  return () => changed.removeEventListener("change", listener);
}

let watched = false;
function watchPage(): void {
  if (watched || typeof MutationObserver === "undefined") return;
  watched = true;
  const told = () => changed.dispatchEvent(new Event("change"));
  new MutationObserver(told).observe(document.documentElement, { attributes: true, attributeFilter: ["lang"] });
}

/** `zh-Hant-TW`, `zh-Hant`, `zh`. */
function* lookup(tag: string): Generator<string> {
  for (let at = tag.toLowerCase(); at; at = at.replace(/-?[^-]*$/, "")) yield at;
}

function load(tag: string): Promise<void> {
  let running = loading.get(tag);
  if (!running) {
    running = chunks[tag]!().then(({ default: words }) => void known.set(tag, { ...words, ...known.get(tag) }));
    // What did not load may be asked for again.
    running.catch(() => loading.delete(tag));
    loading.set(tag, running);
  }
  return running;
}

/** The language of an element: its own `lang` or the nearest around it, across shadow roots. */
export function languageOf(element: Element): string {
  for (let at: Element | null = element; at; ) {
    const tagged: Element | null = at.closest("[lang]");
    if (tagged?.getAttribute("lang")) return tagged.getAttribute("lang")!;
    const root = at.getRootNode();
    at = (root as ShadowRoot).host ?? null;
  }
  return "";
}

/** The words of a language, where they are here; a promise of them where they are on their way. */
export function localeFor(language: string): Locale | Promise<Locale> {
  for (const tag of lookup(language)) {
    const words = known.get(tag);
    if (words) return new Locale(language, words);
    if (tag === "en") break;
    if (chunks[tag]) return load(tag).then(() => new Locale(language, known.get(tag)!), () => new Locale("en"));
  }
  return new Locale(/^en\b/i.test(language) ? language : "en");
}

/** How things are said in one language. */
export class Locale {
  /** Its BCP 47 tag. */
  readonly language: string;
  readonly direction: "ltr" | "rtl";
  readonly #words: Words;
  /** Made when they are first needed: on a phone each takes tens of milliseconds, and most phrases need none. */
  #number: Intl.NumberFormat | undefined;
  #plural: Intl.PluralRules | undefined;

  constructor(language: string, words: Words = {}) {
    const tag = valid(language);
    this.language = tag;
    this.direction = RIGHT_TO_LEFT.test(tag.toLowerCase()) ? "rtl" : "ltr";
    this.#words = words;
  }

  /** A phrase with its values. `n` decides the plural. */
  say(key: WordKey, values?: Values): string {
    const phrase = this.#words[key] ?? english[key] ?? key;
    const wording = typeof phrase === "string" ? phrase : (phrase[(this.#plural ??= new Intl.PluralRules(this.language)).select(Number(values?.["n"] ?? 0))] ?? phrase.other);
    if (!values) return wording;
    return wording.replace(/\{(\w+)\}/g, (hole, name: string) => {
      const value = values[name];
      return value === undefined ? hole : typeof value === "number" ? this.number(value) : value;
    });
  }

  /** "3,120". */
  number(value: number): string {
    return (this.#number ??= new Intl.NumberFormat(this.language)).format(value);
  }

  /** A share in [0, 1] as whole percent: "71%". */
  percent(share: number): string {
    return new Intl.NumberFormat(this.language, { style: "percent" }).format(whole(share) / 100);
  }

  /** Unix seconds as a day. */
  day(seconds: number): string {
    return new Intl.DateTimeFormat(this.language, { dateStyle: "long" }).format(seconds * 1000);
  }
}

/** A share in [0, 1] in whole percent. */
export function whole(share: number): number {
  return Math.round(Math.min(Math.max(share, 0), 1) * 100);
}

/** What comes from outside and stands in a sentence must not turn the sentence round. */
export function isolated(words: string): string {
  return `\u2068${words}\u2069`;
}

function valid(language: string): string {
  // To ask for the first time costs a phone ten milliseconds.
  if (language === "en" || language in chunks) return language;
  try {
    return Intl.getCanonicalLocales(language)[0] ?? "en";
  } catch {
    return "en";
  }
}
