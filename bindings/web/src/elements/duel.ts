/**
 * <taste-duel>: which of two do you like more? Importing this defines it, and <taste-round>.
 */
import type { TasteClient } from "../client.ts";
import type { DuelView } from "../types.ts";
import duel from "./duel.css";
import { media, question } from "./sheets.ts";
import type { DuelDrawing } from "./draw/duel.ts";
import type { OnRequest } from "./draw/drawing.ts";
import frame from "./duel.frame";
import { define } from "./element.ts";
import "./round.ts";
import { VotingElement } from "./voting.ts";

/**
 * Two works, five answers, and the guess that was made before.
 *
 * Keys, while focus is inside: ←/→ choose, ↑ tie, ↓ neither, S skip, Z undo; narrower than 560 px the works hang one
 * above the other and ↑/↓ choose, T tie, N neither.
 *
 * @tagname taste-duel
 * @attr {string} src - The round's address, where no `<taste-round>` is around.
 * @attr {"granted"|"required"|"pending"} consent - As for taste-round, where none is around.
 * @attr {string} lang - The language of the words, where it is not the page's: en, zh, es, ar, or one that was registered.
 * @attr {boolean} strength - The person may say how clearly: a little, rather, clearly (keys 1, 2, 3).
 * @attr {string} content - What is known of the works beforehand, so that the right place is kept: `text`, `untitled`, or both.
 * @attr {"auto"|"manual"} advance - `manual`: the next pair waits for the person.
 * @slot left - The left work, for kinds that only the page can draw (card, audio, video, palette).
 * @slot right - The right work, likewise.
 * @slot header - Above the question.
 * @slot empty - Beside the empty wall, where there is nothing to ask about.
 * @slot error - Instead of what is said where the round does not open.
 * @slot done - Where to go when enough is known: a link or a button.
 * @fires taste-vote-request - Before a vote; cancellable. Detail: VoteRequest.
 * @fires taste-voted - The vote is kept on this device. Detail: VoteRequest.
 * @fires taste-revealed - The guess is shown. Detail: Revealed.
 * @fires taste-undone - The last vote was taken back. Detail: `{tally}`.
 * @fires taste-done - Little more can be learned. Detail: `{tally}`.
 * @fires taste-error - Something failed that the widget cannot put right. Detail: `{error}`.
 * @csspart duel - The whole; its `data-phase` says where it stands.
 * @csspart pair - The two works.
 * @csspart side - One side; also `left` or `right`.
 * @csspart work - The work itself, a button.
 * @csspart text - A text candidate's words.
 * @csspart label - The label; in it `title`, `note`, `stickers`.
 * @csspart keys - The keys; each `key` and `key-left`, `key-tie`, `key-neither`, `key-right`, `key-skip`, `key-undo`.
 * @csspart strength - How clearly; each `key` and `key-strength`.
 * @csspart reasons - Why; each `key` and `key-reason`.
 * @csspart scale - The scale; in it `lean`, `us` (ring), `you` (dot).
 * @csspart reveal - The sentence.
 * @csspart tally - The last guesses; `hit-rate` says them in words.
 * @csspart status - What is said about votes that have not arrived.
 * @csspart done - What stands in for a question.
 * @cssprop --tm-wall - The ground. Likewise --tm-label, --tm-wash, --tm-ink, --tm-ink-2, --tm-edge, --tm-hair, --tm-you.
 * @cssprop --tm-serif - Titles and sentences. Likewise --tm-sans, --tm-mono.
 * @cssprop --tm-reserve - Height of everything but the works, so that a duel fits the window (350px).
 * @cssprop --tm-reserve-stacked - The same when stacked (232px).
 */
export class TasteDuel extends VotingElement<DuelView, DuelDrawing> {
  static readonly styles = [question, media, duel];
  protected override readonly styles = TasteDuel.styles;
  protected override readonly kind = "duel";

  protected override readonly frame = frame;

  protected override async build(root: ShadowRoot, request: OnRequest): Promise<DuelDrawing> {
    const { DuelDrawing } = await import("./draw/duel.ts");
    return new DuelDrawing(root, request);
  }

  protected override view(client: TasteClient): DuelView {
    return client.duel;
  }
}

define("taste-duel", TasteDuel);
