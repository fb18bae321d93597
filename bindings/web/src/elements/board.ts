/**
 * <taste-board>: the ranking, as far as the votes allow one.
 */
import type { TasteClient } from "../client.ts";
import { handles, type WebBoard } from "./port.ts";
import board from "./board.css";
import { TasteElement } from "./element.ts";

/**
 * The board of a round: ranks as ranges, shares of duels won as intervals against a coin, fragile rows hatched, a dot
 * where you chose.
 *
 * @tagname taste-board
 * @attr {string} src - The round's address, where no `<taste-round>` is around.
 * @attr {number} limit - How many rows; all without it.
 * @fires taste-error - The board could not be read. Detail: `{error}`.
 * @csspart board - The whole; its `data-phase` says where it stands.
 * @csspart table - The table; in it `axis`, `row`, `rank`, `thumb`, `title`, `note`, `interval`, `estimate`, `votes`.
 * @csspart fragile - The votes of a row with fewer than ten.
 * @csspart you - The dot of what you chose.
 * @csspart legend - What the marks mean.
 * @cssprop --tm-edge - Bars. Tokens as for taste-duel.
 */
export class TasteBoard extends TasteElement<WebBoard> {
  static override observedAttributes = ["src", "limit"];

  protected override readonly styles = [board];

  /** How many rows; 0 = all. */
  get limit(): number {
    const limit = Number.parseInt(this.getAttribute("limit") ?? "", 10);
    return limit > 0 ? limit : 0;
  }
  set limit(limit: number) {
    this.setAttribute("limit", String(limit));
  }

  protected override build(root: ShadowRoot, client: TasteClient): WebBoard {
    const widget = new (handles().WebBoard)(root);
    // A board costs a request, so it is read only where one is shown; news of it come with the client's events.
    client.watchBoard().catch(this.fail);
    return widget;
  }

  protected override draw(widget: WebBoard, client: TasteClient): void {
    widget.render(client.session, this.limit);
  }
}
