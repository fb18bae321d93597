/** The board: ranks as ranges, shares as intervals against a coin. */
import { speak, type Locale } from "../../locales/locale.ts";
import { board as words } from "../../locales/en/board.ts";
import type { BoardView as SessionBoard } from "../../types.ts";
import { Maker, attribute, percent, property, show, text, toggle } from "./dom.ts";
import type { Drawing } from "./drawing.ts";
import { Notice } from "./instruments.ts";

speak(words);

/** What the board shows, and why it did not come: a code; one that came before is still shown. */
export interface BoardView extends SessionBoard {
  trouble?: string | undefined;
  /** The round's rules show it only once this person has voted. */
  early?: boolean;
}
type RowView = BoardView["rows"][number];

const COLUMNS = [["rank", "boardRank"], ["thumb"], ["name", "boardWork"], ["share", "boardShare"], ["votes", "boardVotes"]] as const;
const LEGEND = ["boardLegendRange", "boardLegendFragile", "boardLegendYours", "boardLegendMoved"] as const;

const UP = "↑";
const DOWN = "↓";

/** Where a row surely moved to: the interval of how its rating moved leaves out zero. Up, down, or neither. */
const surely = ({ drift }: RowView): 1 | -1 | 0 => (drift === undefined ? 0 : drift.low > 0 ? 1 : drift.high < 0 ? -1 : 0);

/**
 * `<taste-board>`'s inside. It asks for nothing.
 *
 * On a narrow container the rows become grids; the roles are written out so that assistive technology still meets a table.
 * The element with part `board` carries `data-phase`: `loading`, `ready`, `empty`, `hidden` (the round's rules do not show it
 * yet), `trouble` (it did not come; `data-code` says why).
 */
export class BoardDrawing implements Drawing<BoardView> {
  readonly #make: Maker;
  readonly #wall: HTMLElement;
  readonly #section: HTMLElement;
  readonly #table: HTMLElement;
  readonly #heads: HTMLElement[] = [];
  readonly #axis: HTMLElement[];
  readonly #body: HTMLElement;
  readonly #legend: HTMLElement;
  readonly #items: { item: HTMLElement; words: HTMLElement }[];
  readonly #notice: Notice;
  readonly #empty: HTMLElement;
  readonly #rows: Row[] = [];

  constructor(root: ShadowRoot) {
    const make = (this.#make = new Maker(root));
    const wall = (this.#wall = make.add(root, "div", "wall"));
    make.slot(wall, "header");
    this.#section = make.add(wall, "section", "board", "board");
    this.#table = withRole(make.add(this.#section, "table", "table", "table"), "table");
    const row = withRole(make.add(withRole(make.add(this.#table, "thead"), "rowgroup"), "tr"), "row");
    for (const [name] of COLUMNS) {
      // Pictures need no heading, and an empty one would be read out as such.
      const head = name === "thumb" ? withRole(make.add(row, "td", name), "cell") : withRole(make.add(row, "th", name), "columnheader");
      if (name !== "thumb") attribute(head, "scope", "col");
      this.#heads.push(head);
    }
    const axis = make.add(this.#heads[3]!, "div", "axis", "axis");
    this.#axis = [0, 1, 2].map(() => make.add(axis, "span"));
    this.#body = withRole(make.add(this.#table, "tbody"), "rowgroup");
    this.#legend = make.add(this.#section, "p", "legend", "legend");
    this.#items = ["interval", "interval fragile", "mark you", "moved"].map((sample) => {
      const item = make.add(this.#legend, "span", "item");
      const mark = make.add(item, "span", sample);
      if (sample === "moved") text(mark, `${UP} ${DOWN}`);
      else if (sample !== "mark you") {
        make.add(mark, "span", "range");
        make.add(mark, "span", "estimate");
      }
      return { item, words: make.add(item, "span") };
    });
    this.#notice = new Notice(make, this.#section, "notice", "status");
    this.#empty = make.slot(this.#section, "empty");
  }

  rest(): void {}

  render(view: BoardView | undefined, locale: Locale): void {
    attribute(this.#wall, "lang", locale.language);
    attribute(this.#wall, "dir", locale.direction);
    const rows = view?.early ? [] : (view?.rows ?? []);
    const waits = !view || view.phase === "loading";
    const trouble = waits ? view?.trouble : undefined;
    const hidden = trouble === "ServerError::BoardHidden";
    const phase = hidden || view?.early ? "hidden" : trouble ? "trouble" : waits ? "loading" : rows.length === 0 ? "empty" : "ready";
    attribute(this.#section, "data-phase", phase);
    attribute(this.#section, "data-code", trouble);
    attribute(this.#table, "aria-label", view?.title);
    COLUMNS.forEach(([name, word], at) => {
      const head = this.#heads[at]!;
      if (name === "share") attribute(head, "aria-label", locale.say("boardShare"));
      else if (word) text(head, locale.say(word));
    });
    [locale.number(0), locale.say("boardCoin", { half: locale.percent(0.5) }), locale.percent(1)].forEach((mark, at) => text(this.#axis[at]!, mark));
    const from = Number(view?.since);
    const since = from > 0 && from < 1e11 ? locale.day(from) : "";
    LEGEND.forEach((word, at) => text(this.#items[at]!.words, locale.say(word, { since })));
    show(this.#table, phase === "ready");
    show(this.#legend, phase === "ready");
    show(this.#items[1]!.item, rows.some((row) => row.fragile));
    show(this.#items[2]!.item, rows.some((row) => row.yours));
    // Also where none did: that is news, too.
    show(this.#items[3]!.item, since !== "");
    toggle(this.#table, "plain", !rows.some(({ candidate }) => candidate.kind === "image"));
    // Texts come one by one as they are asked about; a ragged table would tell of nothing but that.
    toggle(this.#table, "texts", rows.every(({ candidate }) => candidate.text !== null));
    if (phase === "loading") this.#notice.say(locale.say("boardLoading"));
    else if (phase === "hidden" && hidden) this.#notice.say(locale.say("boardClosedTitle"), locale.say("boardClosedSentence"));
    else if (phase === "hidden") this.#notice.say(locale.say("boardVotedTitle"), locale.say("boardVotedSentence"));
    else if (phase === "trouble") this.#notice.say(locale.say("boardTroubleTitle"), locale.say("boardTroubleSentence"));
    else if (phase === "empty") this.#notice.say(locale.say("boardEmptyTitle"), locale.say("boardEmptySentence"));
    else this.#notice.say();
    show(this.#empty, phase === "empty");
    while (this.#rows.length > rows.length) this.#rows.pop()!.row.remove();
    rows.forEach((row, at) => (this.#rows[at] ??= new Row(this.#make, this.#body)).render(row, locale, since));
    this.#make.complete();
  }
}

function withRole<E extends HTMLElement>(element: E, role: string): E {
  attribute(element, "role", role);
  return element;
}

class Row {
  readonly row: HTMLElement;
  readonly #make: Maker;
  readonly #rank: HTMLElement;
  readonly #moved: HTMLElement;
  readonly #thumb: HTMLElement;
  readonly #title: HTMLElement;
  readonly #you: HTMLElement;
  readonly #note: HTMLElement;
  readonly #interval: HTMLElement;
  readonly #votes: HTMLElement;
  #picture: HTMLElement | undefined;
  #src: string | null = null;

  constructor(make: Maker, body: HTMLElement) {
    this.#make = make;
    this.row = withRole(make.add(body, "tr", "row", "row"), "row");
    const cell = (name: string, part = "") => withRole(make.add(this.row, "td", name, part), "cell");
    const rank = cell("rank", "rank");
    this.#rank = make.add(rank, "span");
    this.#moved = withRole(make.add(rank, "span", "moved", "moved"), "img");
    this.#thumb = cell("thumb", "thumb");
    const name = withRole(make.add(this.row, "th", "name"), "rowheader");
    attribute(name, "scope", "row");
    this.#title = make.add(name, "bdi", "title", "title");
    this.#you = withRole(make.add(name, "span", "mark you", "you"), "img");
    this.#note = make.add(name, "bdi", "note", "note");
    this.#interval = withRole(make.add(cell("share"), "div", "interval", "interval"), "img");
    make.add(this.#interval, "span", "range");
    make.add(this.#interval, "span", "estimate", "estimate");
    this.#votes = cell("votes", "votes");
  }

  render(row: RowView, locale: Locale, since: string): void {
    const { candidate, ranks: [best, worst], share, low, high, votes, fragile, yours, drift, rank = best } = row;
    const src = candidate.kind === "image" ? candidate.src : null;
    if (src !== this.#src) {
      this.#src = src;
      this.#picture?.remove();
      this.#picture = undefined;
      if (src !== null) {
        this.#picture = this.#make.hung(this.#thumb, src) ?? this.#thumb.appendChild(this.#make.image(src));
        attribute(this.#picture, "loading", "lazy");
      }
    }
    const range = { best, worst };
    text(this.#rank, best === worst ? locale.number(best) : locale.say("boardRange", range));
    attribute(this.#rank, "aria-label", best === worst ? undefined : locale.say("boardRangeSpoken", range));
    attribute(this.#rank, "role", best === worst ? undefined : "img");
    const way = since === "" ? 0 : surely(row);
    show(this.#moved, way !== 0);
    if (way !== 0) {
      // A row that gained may still have been passed by one that gained more: then the arrow stands alone.
      const places = Math.max(0, way * (drift!.rankThen - rank));
      text(this.#moved, places > 0 ? `${way > 0 ? UP : DOWN} ${locale.number(places)}` : way > 0 ? UP : DOWN);
      const words = locale.say(way > 0 ? (places > 0 ? "boardUp" : "boardGained") : places > 0 ? "boardDown" : "boardLost", { n: places, since });
      for (const name of ["aria-label", "title"]) attribute(this.#moved, name, words);
    }
    text(this.#title, candidate.title);
    // A text is its own picture; an image's note belongs on the wall, not in the ranking.
    text(this.#note, candidate.text ?? "");
    show(this.#note, candidate.text !== null);
    show(this.#you, yours);
    for (const name of ["aria-label", "title"]) attribute(this.#you, name, locale.say("boardYours"));
    toggle(this.#interval, "fragile", fragile);
    for (const [name, at] of [["--low", low], ["--high", high], ["--at", share]] as const) property(this.#interval, name, percent(at));
    const values = { share: locale.percent(share), low: locale.percent(low), high: locale.percent(high) };
    attribute(this.#interval, "aria-label", locale.say(fragile ? "boardFragileInterval" : "boardInterval", values));
    toggle(this.#votes, "few", fragile);
    attribute(this.#votes, "part", fragile ? "votes fragile" : "votes");
    text(this.#votes, !fragile ? locale.number(votes) : votes === 0 ? locale.say("boardNoVotes") : locale.say("boardFragile", { n: votes }));
  }
}
