/** My taste: what is thought of it, how sure that is, and the wall it would hang. */
import { isolated, speak, type Locale } from "../../locales/locale.ts";
import { board } from "../../locales/en/board.ts";
import { common } from "../../locales/en/common.ts";
import { me as words } from "../../locales/en/me.ts";
import type { MeView, TasteRow } from "../../types.ts";
import { Maker, asked, attribute, keepingFocus, show, text } from "./dom.ts";
import type { Drawing, OnRequest } from "./drawing.ts";
import { Notice } from "./instruments.ts";
import { Live } from "./live.ts";
import { Blend, HitRate, Near, leanings } from "./taste.ts";
import { nameOf } from "./thing.ts";

speak(common);
speak({ boardCoin: board.boardCoin });
speak(words);

/** What can be asked that cannot be taken back, and what is asked first. */
const ASKS = {
  reset: ["meResetTitle", "meResetSentence", "meResetYes"],
  forget: ["meForgetTitle", "meForgetSentence", "meForgetYes"],
} as const;
type Ask = keyof typeof ASKS;

/**
 * `<taste-me>`'s inside. It asks for `("download", "")`, `("download-taste", "")`, `("reset", "")`, `("forget", "")`; the last two
 * only after the person has said so twice.
 *
 * The element with part `me` carries `data-phase`: `loading`, `ready`, `unguessed` (no taste model), `empty` (no vote yet),
 * `forgotten`.
 */
export class MeDrawing implements Drawing<MeView> {
  readonly #make: Maker;
  readonly #onRequest: OnRequest;
  readonly #wall: HTMLElement;
  readonly #section: HTMLElement;
  readonly #head: HTMLElement;
  readonly #rate: HitRate;
  readonly #download: HTMLElement;
  readonly #downloadTaste: HTMLElement;
  readonly #reset: HTMLElement;
  readonly #forget: HTMLElement;
  readonly #own: HTMLElement;
  readonly #asks: Notice;
  readonly #yes: HTMLElement;
  readonly #no: HTMLElement;
  readonly #walls: HTMLElement;
  readonly #lean: HTMLElement;
  readonly #missing: Notice;
  readonly #empty: HTMLElement;
  readonly #blend: Blend;
  readonly #near: Near;
  readonly #forgotten: Notice;
  readonly #live: Live;
  #locale!: Locale;
  #view: MeView | undefined;
  #limit = 6;
  #asking: Ask | undefined;
  #gone = false;
  #first = true;

  constructor(root: ShadowRoot, request: OnRequest) {
    const make = (this.#make = new Maker(root));
    this.#onRequest = request;
    this.#wall = make.add(root, "div", "wall");
    make.slot(this.#wall, "header");
    const section = (this.#section = make.add(this.#wall, "section", "me", "me"));
    attribute(section, "role", "group");
    attribute(section, "tabindex", "-1");
    const self = make.add(section, "div", "self");
    this.#head = make.add(self, "h2", "head", "head");
    this.#rate = new HitRate(make, self);
    make.add(self, "hr", "rule");
    this.#own = make.add(self, "div", "actions", "keys");
    const key = (kind: string, bare = false): HTMLElement => make.key(this.#own, `key${bare ? " bare" : ""}`, `key ${kind}`, kind);
    this.#download = key("download");
    this.#downloadTaste = key("download-taste");
    this.#reset = key("reset", true);
    this.#forget = key("forget", true);
    this.#asks = new Notice(make, self, "asks", "ask");
    this.#yes = make.key(this.#asks.actions, "key solid", "key", "yes");
    this.#no = make.key(this.#asks.actions, "key bare", "key", "no");
    this.#live = new Live(make, self);
    this.#walls = make.add(section, "div", "walls");
    this.#lean = make.add(this.#walls, "p", "lean", "summary");
    this.#missing = new Notice(make, this.#walls, "missing", "status");
    this.#empty = make.slot(this.#walls, "empty");
    this.#blend = new Blend(make, this.#walls, () => this.#locale);
    this.#near = new Near(make, this.#walls, () => this.#locale);
    this.#forgotten = new Notice(make, this.#wall, "notice", "done");
    section.addEventListener("click", (event) => {
      const found = asked(event);
      if (found) this.#ask(found[0]);
    });
    section.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || this.#asking === undefined) return;
      event.preventDefault();
      this.#ask("no");
    });
  }

  /** How many works hang on the wall. */
  set limit(limit: number) {
    this.#limit = limit;
  }

  render(view: MeView | undefined, locale: Locale): void {
    this.#locale = locale;
    this.#view = view;
    attribute(this.#wall, "lang", locale.language);
    attribute(this.#wall, "dir", locale.direction);
    this.#draw();
    if (this.#first) this.#make.complete();
    this.#first = false;
  }

  rest(): void {
    this.#blend.pause();
  }

  /** Everything is gone; said in place of it all. */
  forgotten(): void {
    this.#gone = true;
    this.#asking = undefined;
    this.#draw();
  }

  /** Something was done, or did not work. */
  say(what: "meResetDone" | "meFailed"): void {
    this.#live.say(this.#locale.say(what));
  }

  #draw(): void {
    const view = this.#view;
    const locale = this.#locale;
    const phase = this.#gone ? "forgotten" : view === undefined || view.phase === "loading" ? "loading" : view.votes === 0 ? "empty" : view.model ? "ready" : "unguessed";
    attribute(this.#section, "data-phase", phase);
    attribute(this.#section, "aria-label", locale.say("meHead"));
    const known = phase === "ready" || phase === "unguessed";
    keepingFocus(this.#section, () => {
      text(this.#head, locale.say("meHead"));
      this.#rate.draw(view?.tally ?? { hits: 0, guessed: 0, recent: [] }, locale);
      this.#keys(phase === "ready");
      const sentences = phase === "ready" && view ? sentencesOf(view.rows, locale) : "";
      text(this.#lean, sentences);
      show(this.#lean, sentences !== "");
      show(this.#empty, phase === "empty");
      if (phase === "empty") this.#missing.say(locale.say("meNoVotesTitle"), locale.say("meNoVotesSentence"));
      else if (phase === "unguessed") this.#missing.say(locale.say("meNoModelTitle"), locale.say("meNoModelSentence"));
      else this.#missing.say();
      this.#blend.draw(phase === "ready" ? view!.rows : [], this.#limit);
      this.#near.draw(known ? (view!.nearest ?? []) : [], locale);
      show(this.#section, !this.#gone);
    });
    if (this.#gone) this.#forgotten.say(locale.say("meForgottenTitle"), locale.say("meForgottenSentence"));
    else this.#forgotten.say();
  }

  #keys(model: boolean): void {
    const locale = this.#locale;
    text(this.#download, locale.say("meDownload"));
    text(this.#downloadTaste, locale.say("meDownloadTaste"));
    text(this.#reset, locale.say("meReset"));
    text(this.#forget, locale.say("meForget"));
    show(this.#downloadTaste, model);
    show(this.#reset, model);
    const some = (this.#view?.votes ?? 0) > 0;
    attribute(this.#download, "aria-disabled", some ? undefined : "true");
    const ask = this.#asking && ASKS[this.#asking];
    show(this.#own, ask === undefined);
    text(this.#no, locale.say("meKeep"));
    if (!ask) return this.#asks.say();
    text(this.#yes, locale.say(ask[2]));
    this.#asks.say(locale.say(ask[0]), locale.say(ask[1]));
  }

  #ask(kind: string): void {
    if (kind === "reset" || kind === "forget") {
      this.#asking = kind;
      this.#draw();
      // What undoes nothing is what a second press in a hurry meets.
      this.#no.focus();
      return;
    }
    if (kind !== "yes" && kind !== "no") return this.#onRequest(kind, "");
    const asking = this.#asking;
    this.#asking = undefined;
    this.#draw();
    (asking === "reset" ? this.#reset : this.#forget).focus();
    if (kind === "yes" && asking) this.#onRequest(asking, "");
  }
}

/** What can be said of a taste in words: only what the numbers say. */
function sentencesOf(rows: readonly TasteRow[], locale: Locale): string {
  const { likes, passes, unsure } = leanings(rows);
  const list = new Intl.ListFormat(locale.language, { type: "conjunction" });
  const names = (some: readonly TasteRow[]): string => list.format(some.map(({ candidate }) => isolated(nameOf(candidate, locale.say("workAt", { place: rows.findIndex((row) => row.candidate === candidate) + 1 })))));
  return ([["meLikes", likes], ["mePasses", passes], ["meUnsure", unsure]] as const)
    .filter(([, some]) => some.length > 0)
    .map(([key, some]) => locale.say(key, { works: names(some) }))
    .join(" ");
}
