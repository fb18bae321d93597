/**
 * <taste-points>: share a purse. Importing this defines it, and <taste-round>.
 */
import type { TasteClient } from "../client.ts";
import type { PointsView } from "../types.ts";
import points from "./points.css";
import { media, question } from "./sheets.ts";
import thing from "./thing.css";
import type { OnRequest } from "./draw/drawing.ts";
import type { PointsDrawing } from "./draw/points.ts";
import frame from "./points.frame";
import { define } from "./element.ts";
import "./round.ts";
import { VotingElement } from "./voting.ts";

/**
 * A purse of points shared out over works. Where points cost their square (the round's rules say so), each row shows the square.
 * Nobody can give more than there is.
 *
 * Keys, in a work's field: arrows one more or less, Page Up/Down five, or a number typed; S skip, Z undo elsewhere.
 *
 * @tagname taste-points
 * @attr {string} src - The round's address, where no `<taste-round>` is around.
 * @attr {"granted"|"required"|"pending"} consent - As in `<taste-round>`.
 * @attr {string} lang - The language of the words, where it is not the page's: en, zh, es, ar, or one that was registered.
 * @attr {boolean} strength - The person may say how clearly.
 * @attr {string} content - What is known of the works beforehand, so that the right place is kept: `text`, `untitled`, or both.
 * @attr {"auto"|"manual"} advance - `manual`: the next works wait for the person.
 * @slot header - Above the question.
 * @slot done - Where to go when enough is known.
 * @slot empty - Where the round has no works.
 * @slot error - What is said where the round did not open.
 * @slot 0x… - A work that only the page can draw, by its id.
 * @fires taste-vote-request - Before a vote; cancellable. Detail: VoteRequest.
 * @fires taste-voted - The vote is kept on this device. Detail: VoteRequest.
 * @fires taste-undone - The last vote was taken back. Detail: `{tally}`.
 * @fires taste-done - Little more can be learned. Detail: `{tally}`.
 * @fires taste-error - Something failed that the widget cannot put right. Detail: `{error}`.
 * @csspart points - The whole; its `data-phase` says where it stands.
 * @csspart question - What is asked; `hint` says how.
 * @csspart purse - What is left: `left` in words, `meter` as a bar.
 * @csspart shares - The list; each `share` has `thumb`, `title`, `note`, `stepper`, `field`, `cost`, `dots`.
 * @csspart key - The keys; `key-less` and `key-more` of each work, `key-confirm`, `key-skip`, `key-undo`.
 * @csspart strength - How clearly; each `key` and `key-strength`.
 * @csspart reasons - Why; each `key` and `key-reason`.
 * @csspart reveal - The sentence.
 * @csspart status - What is said about votes that have not arrived.
 * @cssprop --tm-you - Colour of the dots. Tokens as for taste-duel.
 */
export class TastePoints extends VotingElement<PointsView, PointsDrawing> {
  static readonly styles = [question, media, thing, points];
  protected override readonly styles = TastePoints.styles;
  protected override readonly kind = "points";

  protected override readonly frame = frame;

  protected override async build(root: ShadowRoot, request: OnRequest): Promise<PointsDrawing> {
    const { PointsDrawing } = await import("./draw/points.ts");
    return new PointsDrawing(root, request);
  }

  protected override view(client: TasteClient): PointsView {
    return client.points;
  }
}

define("taste-points", TastePoints);
