/**
 * What every question's drawing shares: where it stands, what keys and presses ask for, the guess after the answer, undo,
 * the notices and the way of the votes. A widget adds its works, its keys and how an answer is shown.
 */
import type { Locale, WordKey } from "../../locales/locale.ts";
import { speak } from "../../locales/locale.ts";
import { common } from "../../locales/en/common.ts";
import { question as words } from "../../locales/en/question.ts";
import type { TasteClient } from "../../client.ts";
import { pause } from "../../pause.ts";
import type { CandidateView, Delivery, Desk, Guess, Phase, Tally } from "../../types.ts";
import { Advance } from "./advance.ts";
import { Maker, asked, attribute, command, keepingFocus, show, text, toggle } from "./dom.ts";
import type { Drawing, OnRequest } from "./drawing.ts";
import { DeliveryLine, Notice, Record } from "./instruments.ts";
import { OVERFLOWS, type Work } from "./work.ts";

speak(common);
speak(words);

/** What the views of all questions have. */
export interface QuestionView {
  phase: Phase;
  question: string;
  outcome: string | null;
  tally: Tally;
  canUndo: boolean;
  delivery: Delivery;
  /** What a vote may be tagged with. */
  reasons?: readonly string[];
  /** Little more can be learned. */
  enough?: boolean;
  /** The answer that was given before there was a client: it is shown, and cast when the client comes. */
  held?: Parameters<OnRequest>;
  /** The works that it is about: which of these there are depends on its kind. */
  pair?: readonly CandidateView[] | null;
  candidate?: CandidateView | null;
  candidates?: readonly CandidateView[] | null;
}

/**
 * Where a drawing stands (`data-phase`): beside the view's phases `hanging` (content on its way), `settling` (it came by itself
 * a blink ago and takes no answer yet) and `away` (content missing).
 */
export type Standing = Phase | "hanging" | "settling" | "away";

/** What a widget needs to know to draw its own. */
export interface Stand {
  phase: Standing;
  /** Keys count: asking or answered. */
  ready: boolean;
  answered: boolean;
  /** The answer, once given. */
  outcome: string | null;
  locale: Locale;
}

/** The three strengths that a person may choose from; a plain vote has the last. */
const STRENGTHS = [["strengthLow", 30], ["strengthMiddle", 65], ["strengthHigh", 100]] as const;

export interface Names {
  /** The drawing's own part and class: `duel`. */
  part: string;
  /** What a vote's request is called: `duel`, `approve`, … */
  request: string;
  /** What is said while works are on their way, and where one did not load. */
  hanging: WordKey;
  broken: readonly [title: WordKey, sentence: WordKey];
  /** The key that goes past a broken one. */
  past: WordKey;
}

/** What a question has to know of a work that is up. */
export type Seen = Pick<Work, "sight" | "id" | "hear" | "reload"> & Partial<Pick<Work, "expect">>;

export abstract class QuestionDrawing<V extends QuestionView> implements Drawing<V> {
  protected readonly make: Maker;
  /** The container that layout is measured by. */
  protected readonly wall: HTMLElement;
  /** The widget's group; it has `data-phase`. */
  protected readonly section: HTMLElement;
  /** What is gone while a notice stands in for the question. */
  protected readonly stage: HTMLElement;
  protected readonly advance = new Advance();
  protected view: V | undefined;
  protected locale!: Locale;
  readonly #names: Names;
  readonly #request: OnRequest;
  #reveal!: HTMLElement;
  #record!: Record;
  #undo!: HTMLElement;
  #skip!: HTMLElement;
  #notice!: Notice;
  #keepGoing!: HTMLElement;
  #empty!: HTMLElement;
  #away!: Notice;
  #reload!: HTMLElement;
  #past!: HTMLElement;
  #delivery!: DeliveryLine;
  #extras: HTMLElement | undefined;
  #reasons: HTMLElement | undefined;
  #strengths: HTMLElement | undefined;
  #strength = 100;
  #chosen = new Set<string>();
  #asksStrength = false;
  /** A request is up and its view has not come yet; a second press would answer the next question. */
  #asked = false;
  #first = true;

  constructor(root: ShadowRoot, request: OnRequest, names: Names) {
    this.#names = names;
    this.#request = request;
    const make = (this.make = new Maker(root));
    this.wall = make.add(root, "div", "wall");
    make.slot(this.wall, "header");
    this.section = make.add(this.wall, "section", `question-widget ${names.part}`, names.part);
    attribute(this.section, "role", "group");
    attribute(this.section, "tabindex", "-1");
    this.stage = make.add(this.section, "div", "stage");
  }

  /** The place for how clearly and why, above the keys. */
  protected extras(parent: Node): void {
    this.#extras = this.make.add(parent, "div", "extras");
  }

  /** Call once the stage is built: what comes under every question, and the listeners. */
  protected finish(): void {
    const { make, section } = this;
    if (!this.#extras) this.extras(this.stage);
    this.#notice = new Notice(make, section, "notice whole", "done", true);
    // The page's own way on (a link to the person's taste) comes first.
    make.slot(this.#notice.actions, "done");
    this.#keepGoing = make.key(this.#notice.actions, "key", "key", "keep-going");
    this.#empty = make.slot(section, "empty");
    this.#away = new Notice(make, section, "notice delivery", "status");
    this.#reload = make.key(this.#away.actions, "key", "key", "reload");
    this.#past = make.key(this.#away.actions, "key bare", "key", "broken");
    this.#delivery = new DeliveryLine(make, section);
    section.addEventListener("click", (event) => this.#pressed(event));
    section.addEventListener("keydown", (event) => this.#key(event));
    // Events of pictures and players do not bubble; they are heard on the way down.
    for (const kind of ["load", "loadedmetadata", "error", OVERFLOWS]) {
      section.addEventListener(kind, (event) => {
        if (this.works().reduce((changed, work) => work.hear(event, this.locale) || changed, false)) this.refresh();
      }, true);
    }
  }

  /** The row with the sentence, the record of guesses and undo. */
  protected status(parent: Node): HTMLElement {
    const status = this.make.add(parent, "div", "status");
    this.#reveal = this.make.add(status, "p", "reveal", "reveal");
    attribute(this.#reveal, "role", "status");
    // The question is the host's, in whatever language.
    attribute(this.#reveal, "dir", "auto");
    this.#record = new Record(this.make, status);
    this.#undo = this.make.key(status, "key bare key-undo", "key key-undo", "undo");
    return status;
  }

  /** A key that answers. */
  protected answerKey(parent: Node, name: string, value: string, bare = false): HTMLElement {
    const key = this.make.key(parent, `key${bare ? " bare" : ""} ${name}`, `key ${name}`, this.#names.request, value);
    if (value === "skip") this.#skip = key;
    return key;
  }

  /** The works that are up: what has to be seen before anybody can answer. */
  protected abstract works(): readonly Seen[];
  /** Hangs what the view shows; `undefined`: nothing yet. */
  protected abstract hang(view: V | undefined): void;
  /** Draws the widget's own. */
  protected abstract paint(view: V | undefined, stand: Stand): void;
  /** What a key asks for: a request and its value. */
  protected abstract keys(key: string): readonly [kind: string, value: string] | undefined;
  /** The guess in words, once it may be told; an empty string where there is none. */
  protected abstract thought(view: V): string;
  /** What is said before the answer, in the sentence's place. */
  protected before(view: V | undefined): string {
    return view?.question ?? "";
  }
  /** What is said where no rate is known yet. */
  protected beforeRate(): string {
    return this.locale.say("answerFirst");
  }
  /** What is said while works are on their way. */
  protected hanging(): string {
    return this.locale.say(this.#names.hanging);
  }

  render(view: V | undefined, locale: Locale): void {
    this.locale = locale;
    this.view = view;
    this.#asked = false;
    attribute(this.wall, "lang", locale.language);
    attribute(this.wall, "dir", locale.direction);
    this.hang(view);
    this.#record.set(this.make, view?.tally, this.beforeRate(), locale);
    const answered = view?.phase === "answered";
    if (!answered) this.#chosen.clear();
    this.advance.follow(answered && !view.held, view?.outcome === "skip", (due) => {
      if (due === "next") this.ask("next", "");
      else this.refresh();
    });
    this.refresh();
    if (this.#first) this.make.complete();
    this.#first = false;
  }

  prepare(view: V, locale: Locale): void {
    this.locale = locale;
    this.hang(view);
  }

  rest(): void {
    this.advance.rest();
  }

  replay(presses: (() => void)[]): void {
    this.#early = presses;
    this.refresh();
  }
  #early: (() => void)[] = [];

  hold(served: V, asked: Parameters<OnRequest>): V {
    // The first answer counts.
    if (served.held || asked[0] !== this.#names.request) return served;
    return { ...served, phase: "answered", outcome: asked[1], held: asked };
  }

  /** The works that a question is about, in the order shown. */
  shown({ pair, candidates, candidate }: V): readonly CandidateView[] {
    return pair ?? candidates ?? (candidate ? [candidate] : []);
  }

  /** Unless this person has a question up already; answered, what was drawn is the question. */
  resume(served: V, client: TasteClient): Parameters<OnRequest> | [] | undefined {
    const { request } = this.#names;
    const kind = request === "approve" ? "approval" : (request as Desk);
    const works = this.shown(served);
    if (!works[0] || !(served.held || /asking|loading/.test(client[kind].phase))) return undefined;
    try {
      client.ask(kind, works.map(({ id }) => id));
      // What can be read here already need not come again; the session looks whether it is what the round says.
      for (const { id, text: words } of works) if (words !== null) client.session.setText(id, words);
    } catch {
      // It drew another round's works, or too long ago: the session asks its own.
      return undefined;
    }
    return served.held ?? [];
  }

  /**
   * `manual`: the next question waits for the person. `strength`: how clearly may be said. `text`, `untitled`: what the works
   * will be, before there are any.
   */
  configure({ manual, strength, text: texts, untitled }: { manual: boolean; strength: boolean; text: boolean; untitled: boolean }): void {
    this.advance.manual = manual;
    this.#asksStrength = strength;
    for (const work of this.works()) work.expect?.(texts, untitled);
  }

  /** Where it stands: what the view says, and whether the works can be seen. */
  #standing(): Standing {
    const phase = this.view?.phase ?? "loading";
    if (phase !== "asking") return phase;
    const sights = this.works().map((work) => work.sight);
    if (sights.includes("away")) return "away";
    if (sights.some((sight) => sight !== "shown")) return "hanging";
    return this.advance.settling ? "settling" : "asking";
  }

  /** Draws what depends on the view and on whether the works can be seen. */
  protected refresh(): void {
    const { view, locale, section } = this;
    if (!locale) return;
    const phase = this.#standing();
    attribute(section, "data-phase", phase);
    attribute(section, "aria-label", view?.question || locale.say(this.#names.hanging));
    keepingFocus(section, () => {
      const answered = phase === "answered";
      const ready = phase === "asking" || phase === "settling" || answered;
      this.paint(view, { phase, ready, answered, outcome: answered ? view!.outcome : null, locale });
      attribute(this.#skip, "aria-disabled", ready ? undefined : "true");
      text(this.#skip, locale.say(answered && this.advance.manual ? "next" : "skip"));
      text(this.#undo, locale.say("undo"));
      show(this.#undo, view?.canUndo ?? false);
      this.#paintMore(view, ready && !answered);

      const thought = answered ? this.thought(view!) : "";
      toggle(this.#reveal, "after", thought !== "");
      text(this.#reveal, thought || this.#sentence(phase));
      this.#paintNotices(phase);
    });
    // The works may be on their way still: nobody answers for what was not seen.
    if (phase === "asking") for (const press of this.#early.splice(0)) press();
  }

  #sentence(phase: Standing): string {
    switch (phase) {
      case "loading":
      case "hanging":
        return this.hanging();
      case "empty":
        return this.locale.say("nothingYet");
      case "asking":
      case "settling":
      case "away":
        return this.before(this.view);
      default:
        return "";
    }
  }

  #paintNotices(phase: Standing): void {
    const { view, locale } = this;
    // Enough is known, or there is nothing left to ask.
    const spent = phase === "done" && view?.enough === false;
    const instead = spent ? [locale.say("allTitle"), locale.say("allSentence")] as const
      : phase === "done" ? enough(view!.tally, locale)
      : phase === "upcoming" ? [locale.say("upcomingTitle"), locale.say("upcomingSentence")] as const
      : phase === "closed" ? [locale.say("closedTitle"), locale.say("closedSentence")] as const
      : [];
    text(this.#keepGoing, locale.say("keepGoing"));
    show(this.#keepGoing, phase === "done" && !spent);
    show(this.#empty, phase === "empty");
    // Gone but still there: the page below keeps its place.
    toggle(this.stage, "gone", instead.length > 0);
    this.#notice.say(...instead);
    text(this.#reload, locale.say("tryAgain"));
    text(this.#past, locale.say(this.#names.past));
    const [title, sentence] = this.#names.broken;
    if (phase === "away") this.#away.say(locale.say(title), locale.say(sentence));
    else this.#away.say();
    this.#delivery.set(view?.delivery, view?.canUndo ?? false, locale);
  }

  /** How clearly, and why: only where the page and the round ask for it. */
  #paintMore(view: V | undefined, open: boolean): void {
    const { locale, make } = this;
    if (this.#asksStrength || this.#strengths) {
      if (!this.#strengths) {
        this.#strengths = make.add(this.#extras!, "div", "more strengths", "strength");
        attribute(this.#strengths, "role", "group");
        make.add(this.#strengths, "span", "more-title");
        for (const [, strength] of STRENGTHS) make.key(this.#strengths, "key chip", "key key-strength", "strength", String(strength));
      }
      show(this.#strengths, this.#asksStrength);
      const [title, ...keys] = this.#strengths.children;
      text(title!, locale.say("strengthTitle"));
      attribute(this.#strengths, "aria-label", locale.say("strengthTitle"));
      STRENGTHS.forEach(([word, strength], at) => {
        text(keys[at]!, locale.say(word));
        attribute(keys[at]!, "aria-pressed", String(strength === this.#strength));
        attribute(keys[at]!, "aria-disabled", open ? undefined : "true");
      });
    }
    const reasons = view?.reasons ?? [];
    if (reasons.length > 0 || this.#reasons) {
      if (!this.#reasons) {
        this.#reasons = make.add(this.#extras!, "div", "more reasons", "reasons");
        attribute(this.#reasons, "role", "group");
        make.add(this.#reasons, "span", "more-title");
      }
      const row = this.#reasons;
      show(row, reasons.length > 0);
      attribute(row, "aria-label", locale.say("whyTitle"));
      text(row.firstElementChild!, locale.say("whyTitle"));
      while (row.childElementCount - 1 > reasons.length) row.lastElementChild!.remove();
      reasons.forEach((reason, at) => {
        const chip = row.children[at + 1] ?? make.key(row, "key chip", "key key-reason", "reason");
        attribute(chip, "data-value", reason);
        attribute(chip, "dir", "auto");
        text(chip, reason);
        attribute(chip, "aria-pressed", String(this.#chosen.has(reason)));
        attribute(chip, "aria-disabled", open ? undefined : "true");
      });
    }
  }

  #pressed(event: Event): void {
    const found = asked(event);
    if (found) this.ask(...found);
    // Safari does not focus a pressed button; without focus the arrow keys would go elsewhere. It can wait: who asks for it has
    // everything laid out at once.
    void pause().then(() => {
      if (!this.section.matches(":focus-within")) this.section.focus({ preventScroll: true });
    });
  }

  #key(event: KeyboardEvent): void {
    const key = command(event);
    if (key === undefined) return;
    if (this.press(key)) event.preventDefault(); // Arrows would scroll the page away from under the question.
  }

  /** A key, as the keyboard or a gamepad has it. Returns whether it means anything here. */
  press(key: string): boolean {
    const found = key === "z" || key === "Z" ? (["undo", ""] as const)
      : key === "s" || key === "S" ? ([this.#names.request, "skip"] as const)
      : this.#asksStrength && /^[123]$/.test(key) ? (["strength", String(STRENGTHS[Number(key) - 1]![1])] as const)
      : this.keys(key);
    if (!found) return false;
    const phase = this.section.getAttribute("data-phase");
    if (found[0] === "undo" || phase === "asking" || phase === "settling" || phase === "answered") this.ask(...found);
    return true;
  }

  /** What was asked by hand, seen against where the question stands. */
  protected ask(kind: string, value: string): void {
    const { request } = this.#names;
    const answered = this.view?.phase === "answered";
    switch (kind) {
      case request:
        if (answered) return this.#send("next", "");
        if (this.#standing() !== "asking") return;
        return this.#send(kind, value);
      case "undo":
        return this.view?.canUndo ? this.#send(kind, value) : undefined;
      case "strength":
        this.#strength = Number(value);
        return this.refresh();
      case "reason":
        if (!this.#chosen.delete(value)) this.#chosen.add(value);
        return this.refresh();
      case "reload":
        for (const work of this.works()) if (work.sight === "away") work.reload();
        return this.refresh();
      case "broken": {
        const gone = this.works().find((work) => work.sight === "away")?.id;
        return gone === undefined ? undefined : this.#send(kind, gone);
      }
      default:
        return this.#send(kind, value);
    }
  }

  #send(kind: string, value: string): void {
    // One question, one answer; the others do not touch the question that is up.
    const moves = [this.#names.request, "next", "undo", "broken", "keep-going"].includes(kind);
    if (moves && this.#asked) return;
    this.#asked ||= moves;
    if (kind !== this.#names.request || value === "skip") return this.#request(kind, value);
    const reasons = (this.view?.reasons ?? []).filter((reason) => this.#chosen.has(reason));
    const strength = this.#asksStrength ? this.#strength : 100;
    this.#strength = 100;
    this.#request(kind, value, { ...(strength < 100 && { strength }), ...(reasons.length > 0 && { reasons }) });
  }
}

/** What is said when little more can be learned. */
function enough({ hits, guessed }: Tally, locale: Locale): [title: string, sentence: string] {
  const tenths = guessed < 10 ? 0 : Math.floor((hits * 10 + Math.floor(guessed / 2)) / guessed);
  const rate = tenths === 0 ? "" : tenths === 10 ? locale.say("doneNearly") : locale.say("doneRate", { tenths });
  return [locale.say("doneTitle"), [rate, locale.say("doneSentence")].filter(Boolean).join(" ")];
}

/** How sure a guess is of the side it takes, in [0, 1]: a guess is never certain. */
export function sure(probability: number): number {
  return Math.min(Math.max(probability, 1 - probability, 0.5), 0.99);
}

/** The guess as a sentence: "We thought: left, 71%." */
export function thought(guess: Guess, side: string, locale: Locale): string {
  return guess.undecided ? locale.say("couldNotTell") : locale.say("thought", { side, percent: locale.percent(sure(guess.probability)) });
}

/** The scale as sentences: the guess with its range on the side that it took, then the answer. */
export function spoken(guess: Guess | null, side: string, answer: string, locale: Locale): string {
  const chose = locale.say("chose", { answer });
  if (!guess) return chose;
  if (guess.undecided) return `${locale.say("couldNotTell")} ${chose}`;
  const first = guess.probability >= 0.5;
  const [low, high] = first ? [guess.low, guess.high] : [1 - guess.high, 1 - guess.low];
  const whole = (share: number) => Math.round(Math.min(Math.max(share, 0), 1) * 100);
  const values = { side, sure: whole(sure(guess.probability)), low: whole(low), high: whole(high) };
  return `${locale.say("thoughtSpoken", values)} ${chose}`;
}
