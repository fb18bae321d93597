/**
 * The instruments that questions share: the scale, the record of guesses, the notice that stands in for a question, and the
 * line about votes that have not arrived.
 */
import type { Locale } from "../../locales/locale.ts";
import type { Delivery, Tally } from "../../types.ts";
import { attribute, percent, property, show, text, toggle, type Maker } from "./dom.ts";

/**
 * Marks on a scale from 0 to 1: a dot where the person stands, a ring where the guess stood, a thick lean from the middle to
 * the ring.
 */
export class Scale {
  /** One tick every twentieth. */
  static readonly TICKS = 21;
  readonly element: HTMLElement;

  constructor(make: Maker, parent: Node, ticks = Scale.TICKS) {
    const scale = (this.element = make.add(parent, "div", "scale", "scale"));
    attribute(scale, "role", "img");
    const row = make.add(scale, "span", "ticks");
    for (let tick = 0; tick < ticks; tick += 1) make.add(row, "i");
    make.add(scale, "span", "lean", "lean");
    make.add(scale, "span", "mark us", "us");
    make.add(scale, "span", "mark you", "you");
  }

  /** Positions in [0, 1] from left (or top); none = not shown. */
  set(guess: number | undefined, answer: number | undefined, sentence: string): void {
    // A mark that goes keeps its place while it fades.
    if (guess !== undefined) property(this.element, "--p", percent(guess));
    if (answer !== undefined) property(this.element, "--v", percent(answer));
    toggle(this.element, "guessed", guess !== undefined);
    toggle(this.element, "answered", answer !== undefined);
    attribute(this.element, "aria-label", sentence);
  }
}

/** The last dozen guesses as small rings, filled where right, and the rate in words. */
export class Record {
  readonly element: HTMLElement;
  readonly #rings: HTMLElement;
  readonly #rate: HTMLElement;
  readonly #drawn: HTMLElement[] = [];

  constructor(make: Maker, parent: Node) {
    this.element = make.add(parent, "p", "record");
    this.#rings = make.add(this.element, "span", "tally", "tally");
    attribute(this.#rings, "aria-hidden", "true");
    this.#rate = make.add(this.element, "span", "rate", "hit-rate");
  }

  /** `before` is said until there is a rate to tell. */
  set(make: Maker, tally: Tally | undefined, before: string, locale: Locale): void {
    const recent = tally?.recent ?? [];
    while (this.#drawn.length > recent.length) this.#drawn.pop()!.remove();
    recent.forEach((hit, at) => toggle((this.#drawn[at] ??= make.add(this.#rings, "i")), "hit", hit));
    text(this.#rate, tally?.guessed ? locale.say("hitRate", { hits: tally.hits, guessed: tally.guessed }) : before);
  }
}

/** What stands where a question would: title, sentence, keys. */
export class Notice {
  readonly section: HTMLElement;
  readonly actions: HTMLElement;
  readonly #title: HTMLElement;
  readonly #sentence: HTMLElement;

  /** `seal`: with the large dot in a ring. */
  constructor(make: Maker, parent: Node, className: string, part: string, seal = false) {
    this.section = make.add(parent, "div", className, part);
    show(this.section, false);
    if (seal) attribute(make.add(this.section, "span", "seal"), "aria-hidden", "true");
    const words = make.add(this.section, "div", "words");
    attribute(words, "role", "status");
    this.#title = make.add(words, "p", "notice-title");
    this.#sentence = make.add(words, "p", "notice-sentence");
    this.actions = make.add(this.section, "div", "actions");
  }

  /** Says something, or nothing. */
  say(title?: string, sentence = ""): void {
    show(this.section, title !== undefined);
    text(this.#title, title ?? "");
    text(this.#sentence, sentence);
  }
}

/** The line about votes that have not arrived; its `data-code` is the last trouble's. */
export class DeliveryLine {
  readonly #notice: Notice;
  readonly #retry: HTMLElement;
  readonly #takeBack: HTMLElement;

  constructor(make: Maker, parent: Node) {
    this.#notice = new Notice(make, parent, "notice delivery", "status");
    this.#retry = make.key(this.#notice.actions, "key", "key", "retry");
    this.#takeBack = make.key(this.#notice.actions, "key bare", "key", "undo");
  }

  set(delivery: Delivery | undefined, canUndo: boolean, locale: Locale): void {
    text(this.#retry, locale.say("tryNow"));
    text(this.#takeBack, locale.say("takeBack"));
    attribute(this.#notice.section, "data-code", delivery?.trouble ?? delivery?.storage ?? undefined);
    const said = delivery && told(delivery, locale);
    show(this.#retry, said?.retry ?? false);
    show(this.#takeBack, Boolean(said?.retry && canUndo));
    this.#notice.say(said?.title, said?.sentence);
  }
}

interface Told {
  title: string;
  sentence: string;
  /** Whether trying now makes sense. */
  retry: boolean;
}

/** Refusals in a person's words, by the last part of their code. */
const REFUSED = {
  BudgetSpent: ["budgetTitle", "budgetSentence"],
  RoundClosed: ["lateTitle", "lateSentence"],
  RoundNotOpen: ["earlyTitle", "earlySentence"],
  ClockSkew: ["clockTitle", "clockSentence"],
  SessionClaimed: ["grantTitle", "grantSentence"],
  Grant: ["grantTitle", "grantSentence"],
} as const;

/** How a delivery that does not go well is told; nothing while all is well (votes on their way are nobody's worry). */
export function told(delivery: Delivery, locale: Locale): Told | undefined {
  const { kept, offline, trouble, retryIn, undeliverable } = delivery;
  const stored = delivery.storage === null || delivery.storage === undefined;
  if (trouble) {
    const name = trouble.slice(trouble.lastIndexOf(":") + 1);
    const refused = REFUSED[(name.startsWith("Grant") ? "Grant" : name) as keyof typeof REFUSED];
    if (refused) return { title: locale.say(refused[0]), sentence: locale.say(refused[1]), retry: name === "ClockSkew" };
    if (!offline) {
      const n = Math.max(kept, 1);
      const again = typeof retryIn === "number" ? ` ${locale.say("retryIn", { n: Math.max(retryIn, 1) })}` : "";
      return { title: locale.say("lostTitle", { n }), sentence: locale.say(stored ? "lostSafe" : "lostHere", { n }) + again, retry: true };
    }
  }
  if (offline) {
    const key = kept === 0 ? (stored ? "offlineNoneSafe" : "offlineNoneHere") : stored ? "offlineSafe" : "offlineHere";
    return { title: locale.say("offlineTitle"), sentence: locale.say(key, { n: kept }), retry: false };
  }
  if (!stored) return { title: locale.say("storageTitle"), sentence: locale.say("storageSentence"), retry: false };
  if (undeliverable > 0) {
    return { title: locale.say("undeliverableTitle"), sentence: locale.say("undeliverableSentence", { n: undeliverable }), retry: false };
  }
  return undefined;
}
