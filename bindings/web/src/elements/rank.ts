/**
 * <taste-rank>: put them in order. Importing this defines it, and <taste-round>.
 */
import type { TasteClient } from "../client.ts";
import type { RankingView } from "../types.ts";
import { media, question } from "./sheets.ts";
import rank from "./rank.css";
import thing from "./thing.css";
import type { OnRequest } from "./draw/drawing.ts";
import type { RankDrawing } from "./draw/rank.ts";
import frame from "./rank.frame";
import { define } from "./element.ts";
import "./round.ts";
import { VotingElement } from "./voting.ts";

/**
 * So many works put in order, the best first: by dragging, by the arrows beside each, or by keys. What is looked at hangs side
 * by side where there is room; what is read or played is a list.
 *
 * Keys, on a work's handle: space or Enter lifts, arrows move (Home and End to the ends), space or Enter drops, Escape puts
 * back; S skip, Z undo.
 *
 * @tagname taste-rank
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
 * @csspart rank - The whole; its `data-phase` says where it stands.
 * @csspart question - What is asked; `hint` says how.
 * @csspart places - The list; each `place` has `ordinal`, `thumb`, `title`, `note`.
 * @csspart key - The keys; `grip`, `key-earlier` and `key-later` of each work, `key-confirm`, `key-skip`, `key-undo`.
 * @csspart strength - How clearly; each `key` and `key-strength`.
 * @csspart reasons - Why; each `key` and `key-reason`.
 * @csspart reveal - The sentence.
 * @csspart status - What is said about votes that have not arrived.
 * @cssprop --tm-label - A row's ground. Tokens as for taste-duel.
 */
export class TasteRank extends VotingElement<RankingView, RankDrawing> {
  static readonly styles = [question, media, thing, rank];
  protected override readonly styles = TasteRank.styles;
  protected override readonly kind = "ranking";

  protected override readonly frame = frame;

  protected override async build(root: ShadowRoot, request: OnRequest): Promise<RankDrawing> {
    const { RankDrawing } = await import("./draw/rank.ts");
    return new RankDrawing(root, request);
  }

  protected override view(client: TasteClient): RankingView {
    return client.ranking;
  }
}

define("taste-rank", TasteRank);
