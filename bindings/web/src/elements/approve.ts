/**
 * <taste-approve>: for or against? Importing this defines it, and <taste-round>.
 */
import type { TasteClient } from "../client.ts";
import type { ApproveView } from "../types.ts";
import approve from "./approve.css";
import { media, question } from "./sheets.ts";
import type { ApproveDrawing } from "./draw/approve.ts";
import type { OnRequest } from "./draw/drawing.ts";
import frame from "./approve.frame";
import { define } from "./element.ts";
import "./round.ts";
import { VotingElement } from "./voting.ts";

/**
 * One work, for or against, and the guess that was made before.
 *
 * Keys, while focus is inside: ← against, → for, S skip, Z undo.
 *
 * @tagname taste-approve
 * @attr {string} src - The round's address, where no `<taste-round>` is around.
 * @attr {"granted"|"required"|"pending"} consent - As for taste-round, where none is around.
 * @attr {string} lang - The language of the words, where it is not the page's: en, zh, es, ar, or one that was registered.
 * @attr {boolean} strength - The person may say how clearly: a little, rather, clearly (keys 1, 2, 3).
 * @attr {string} content - What is known of the works beforehand, so that the right place is kept: `text`, `untitled`, or both.
 * @attr {"auto"|"manual"} advance - `manual`: the next work waits for the person.
 * @slot work - The work, for kinds that only the page can draw.
 * @slot header - Above the question.
 * @slot empty - Beside the empty wall, where there is nothing to ask about.
 * @slot error - Instead of what is said where the round does not open.
 * @slot done - Where to go when enough is known.
 * @fires taste-vote-request - Before a vote; cancellable. Detail: VoteRequest.
 * @fires taste-voted - The vote is kept on this device. Detail: VoteRequest.
 * @fires taste-revealed - The guess is shown. Detail: Revealed.
 * @fires taste-undone - The last vote was taken back. Detail: `{tally}`.
 * @fires taste-done - Little more can be learned. Detail: `{tally}`.
 * @fires taste-error - Something failed that the widget cannot put right. Detail: `{error}`.
 * @csspart approve - The whole; its `data-phase` says where it stands.
 * @csspart work - The work itself; `text` its words.
 * @csspart label - The label; in it `title`, `note`, `stickers`.
 * @csspart question - What is asked.
 * @csspart keys - The keys; each `key` and `key-against`, `key-for`, `key-skip`, `key-undo`.
 * @csspart strength - How clearly; each `key` and `key-strength`.
 * @csspart reasons - Why; each `key` and `key-reason`.
 * @csspart scale - The scale; in it `lean`, `us` (ring), `you` (dot).
 * @csspart reveal - The sentence.
 * @csspart status - What is said about votes that have not arrived.
 * @cssprop --tm-reserve - Height of everything but the work (420px). Tokens as for taste-duel.
 */
export class TasteApprove extends VotingElement<ApproveView, ApproveDrawing> {
  static readonly styles = [question, media, approve];
  protected override readonly styles = TasteApprove.styles;
  protected override readonly kind = "approval";

  protected override readonly frame = frame;

  protected override async build(root: ShadowRoot, request: OnRequest): Promise<ApproveDrawing> {
    const { ApproveDrawing } = await import("./draw/approve.ts");
    return new ApproveDrawing(root, request);
  }

  protected override view(client: TasteClient): ApproveView {
    return client.approval;
  }
}

define("taste-approve", TasteApprove);
