/**
 * <taste-board>: the ranking, as far as the votes allow one. Importing this defines it, and <taste-round>.
 */
import type { TasteClient } from "../client.ts";
import board from "./board.css";
import type { BoardDrawing, BoardView } from "./draw/board.ts";
import frame from "./board.frame";
import { TasteElement, define } from "./element.ts";
import "./round.ts";

/**
 * The board of a round: ranks as ranges, shares of duels won as intervals against a coin, fragile rows hatched, a dot
 * where you chose.
 *
 * @tagname taste-board
 * @attr {string} src - The round's address, where no `<taste-round>` is around.
 * @attr {"granted"|"required"|"pending"} consent - As for taste-round, where none is around.
 * @attr {string} lang - The language of the words, where it is not the page's: en, zh, es, ar, or one that was registered.
 * @attr {number} limit - How many rows; all without it.
 * @attr {string} since - Says which rows surely moved since then: a distance back such as 12h or 7d, or Unix seconds.
 * @slot header - Above the rest.
 * @slot empty - Beside what is said while there is nothing to rank.
 * @slot error - Instead of what is said where the round does not open.
 * @fires taste-error - The board could not be read. Detail: `{error}`.
 * @csspart board - The whole; its `data-phase` says where it stands.
 * @csspart table - The table; in it `axis`, `row`, `rank`, `thumb`, `title`, `note`, `interval`, `estimate`, `votes`.
 * @csspart fragile - The votes of a row with fewer than ten.
 * @csspart you - The dot of what you chose.
 * @csspart moved - Beside the rank of a row that surely moved: where to, and how many places.
 * @csspart legend - What the marks mean.
 * @cssprop --tm-edge - Bars. Tokens as for taste-duel.
 */
export class TasteBoard extends TasteElement<BoardView, BoardDrawing> {
  static override observedAttributes = [...TasteElement.observedAttributes, "limit", "since"];
  static readonly styles = [board];
  protected override readonly styles = TasteBoard.styles;

  /** How many rows; 0 = all. */
  get limit(): number {
    const limit = Number.parseInt(this.getAttribute("limit") ?? "", 10);
    return limit > 0 ? limit : 0;
  }
  set limit(limit: number) {
    this.setAttribute("limit", String(limit));
  }

  /** Since when to say what moved, as it was given; empty = not at all. */
  get since(): string {
    return this.getAttribute("since") ?? "";
  }
  set since(since: string) {
    this.setAttribute("since", since);
  }

  protected override readonly frame = frame;

  protected override async build(root: ShadowRoot): Promise<BoardDrawing> {
    const { BoardDrawing } = await import("./draw/board.ts");
    return new BoardDrawing(root);
  }

  /** Rows that are limited have their place before they are there. */
  protected override framed(root: ShadowRoot): void {
    root.querySelector<HTMLElement>(".board")?.style.setProperty("--rows", String(this.limit));
  }

  protected override configure(): void {
    if (this.shadowRoot) this.framed(this.shadowRoot);
    if (this.client && this.since !== this.#asked) this.opened(this.client);
  }

  /** What `since` was when the board was asked for. */
  #asked = "";

  protected override opened(client: TasteClient): void {
    this.#asked = this.since;
    // A board costs a request, so it is read only where one is shown; news of it come with the client's events.
    client.watchBoard(past(this.since)).catch(this.fail);
  }

  protected override view(client: TasteClient): BoardView {
    const { rows, ...view } = client.board;
    // The server gives such a board to anybody; that a person votes before they look is the widget's part.
    const early = client.round.rules?.board === "voted" && !hasVoted(client);
    return { ...view, rows: this.limit ? rows.slice(0, this.limit) : rows, trouble: client.boardTrouble, early };
  }

  /** It asks for nothing. */
  protected override request(): void {}
}

const SPANS: Record<string, number> = { m: 60, h: 3600, d: 86_400, w: 604_800 };

/**
 * Unix seconds of what `since` says; none where it says nothing that can be read. A distance back is counted from the full
 * hour (of minutes: from the full minute): whoever looks in the same hour asks for the same board, which is then fitted once.
 */
function past(since: string): number | undefined {
  const [, count, span] = /^(\d{1,12})([mhdw]?)$/.exec(since.trim()) ?? [];
  if (count === undefined) return undefined;
  if (!span) return Number(count);
  const step = span === "m" ? 60 : 3600;
  return Math.max(1, Math.floor(Date.now() / 1000 / step) * step - Number(count) * SPANS[span]!);
}

/** Whether this person has voted in the round, as far as this device knows. */
function hasVoted({ wallet, delivery, board, duel }: TasteClient): boolean {
  return (wallet.state === "guest" && wallet.votes > 0) || delivery.kept > 0 || duel.tally.guessed > 0 || board.rows.some(({ yours }) => yours);
}

define("taste-board", TasteBoard);
