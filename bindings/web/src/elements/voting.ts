/**
 * What <taste-duel> and <taste-approve> share: the way of a request from the widget to the client, with the page's
 * say before a vote and the facts after it.
 */
import type { TasteClient } from "../client.ts";
import type { Digest, Guess, Request, Tally } from "../types.ts";
import { TasteElement, type Widget } from "./element.ts";

/** Before a vote: `preventDefault()` and it is not cast. */
export interface VoteRequest {
  kind: "duel" | "approval";
  /** Ids in the order shown. */
  candidates: string[];
  /** `left`, `right`, `tie`, `neither`, `skip`; or `for`, `against`, `skip`. */
  outcome: string;
}

/** What the person sees after a vote. */
export interface Revealed extends VoteRequest {
  guess: Guess;
  tally: Tally;
}

interface VotingWidget extends Widget {
  setManual(manual: boolean): void;
}

/** What both views have. */
interface QuestionView {
  phase: string;
  guess: Guess | null;
  tally: Tally;
}

/** A widget that asks. */
export abstract class VotingElement<W extends VotingWidget> extends TasteElement<W> {
  static override observedAttributes = ["src", "advance"];

  #phase = "";

  /** `manual`: the next question waits for the person. */
  get advance(): "auto" | "manual" {
    return this.getAttribute("advance") === "manual" ? "manual" : "auto";
  }
  set advance(advance: "auto" | "manual") {
    this.setAttribute("advance", advance);
  }

  /** The kind of question. */
  protected abstract readonly kind: "duel" | "approval";
  /** The session's view of it. */
  protected abstract view(client: TasteClient): QuestionView;
  /** The ids that are up, in the order shown. */
  protected abstract candidates(client: TasteClient): string[];

  protected override changed(widget: W): void {
    widget.setManual(this.advance === "manual");
    this.redraw();
  }

  /** Call from `draw`: tells the page when the question is spent or enough is known. */
  protected follow(client: TasteClient): void {
    const { phase } = this.view(client);
    if (phase === this.#phase) return;
    this.#phase = phase;
    if (phase === "done") this.tell("taste-done", { tally: this.view(client).tally });
  }

  /** A request of the widget. */
  protected request = (kind: string, value: string): void => {
    const client = this.client;
    if (!client) return;
    const done = kind === "duel" || kind === "approve" ? this.#vote(client, value) : this.#other(client, kind, value);
    done.catch((error: unknown) => {
      this.fail(error);
      // The widget waits for a view before it asks for anything else.
      this.redraw();
    });
  };

  async #vote(client: TasteClient, outcome: string): Promise<void> {
    const vote: VoteRequest = { kind: this.kind, candidates: this.candidates(client), outcome };
    const event = new CustomEvent("taste-vote-request", { bubbles: true, composed: true, cancelable: true, detail: vote });
    if (!this.dispatchEvent(event)) {
      // The question stays up; drawing it again makes the widget listen again.
      this.redraw();
      return;
    }
    const kept = client.request({ request: this.kind === "duel" ? "duel" : "approve", outcome } as Request);
    // The view is that of this vote now; by the time the vote is kept the next question may be up.
    const { guess, tally } = this.view(client);
    await kept;
    this.tell("taste-voted", vote);
    if (guess) this.tell("taste-revealed", { ...vote, guess, tally } satisfies Revealed);
  }

  async #other(client: TasteClient, kind: string, value: string): Promise<void> {
    if (kind === "broken") {
      await client.request({ request: "broken", candidate: value as Digest });
      return;
    }
    await client.request({ request: kind, desk: this.kind } as Request);
    if (kind === "undo") this.tell("taste-undone", { tally: this.view(client).tally });
  }
}
