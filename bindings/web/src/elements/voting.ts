/**
 * What the elements that ask share: the way of a request from the drawing to the client, with the page's say before a vote
 * and the facts after it.
 */
import type { TasteClient } from "../client.ts";
import type { Digest, Guess, Request, Tally, VoteKind } from "../types.ts";
import type { OnRequest } from "./draw/drawing.ts";
import type { QuestionDrawing, QuestionView } from "./draw/question.ts";
import { controllable } from "./controllers.ts";
import { TasteElement } from "./element.ts";

export type { VoteKind } from "../types.ts";

/** Before a vote: `preventDefault()` and it is not cast. */
export interface VoteRequest {
  kind: VoteKind;
  /** Ids in the order shown. */
  candidates: string[];
  /** `left`, `right`, `tie`, `neither`; `for`, `against`; `3.5/5`; `3>1>2`; `5,0,3`; or `skip`. */
  outcome: string;
  /** How clearly, 1 to 100; a plain vote has 100. */
  strength?: number;
  /** Tags of the round that the vote carries. */
  reasons?: string[];
}

/** What the person sees after a vote. */
export interface Revealed extends VoteRequest {
  guess: Guess;
  tally: Tally;
}

/** A widget that asks. */
export abstract class VotingElement<V extends QuestionView & { guess?: unknown }, D extends QuestionDrawing<V>> extends TasteElement<V, D> {
  static override observedAttributes = [...TasteElement.observedAttributes, "advance", "strength", "content"];

  #phase = "";
  #uncontrolled: (() => void) | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#uncontrolled = controllable(this);
  }

  override disconnectedCallback(): void {
    this.#uncontrolled?.();
    super.disconnectedCallback();
  }

  /** `manual`: the next question waits for the person. */
  get advance(): "auto" | "manual" {
    return this.getAttribute("advance") === "manual" ? "manual" : "auto";
  }
  set advance(advance: "auto" | "manual") {
    this.setAttribute("advance", advance);
  }

  /** Whether the person may say how clearly. */
  get strength(): boolean {
    return this.hasAttribute("strength");
  }
  set strength(strength: boolean) {
    this.toggleAttribute("strength", strength);
  }

  /** What is known of the works beforehand: `text`, `untitled`, or both. */
  get content(): string {
    return this.getAttribute("content") ?? "";
  }
  set content(content: string) {
    this.setAttribute("content", content);
  }

  /** The kind of question. */
  protected abstract readonly kind: VoteKind;
  /** The ids that are up, in the order shown. */
  protected abstract candidates(view: V): string[];

  protected override configure(drawing: D): void {
    const content = this.content.split(/\s+/);
    drawing.configure({
      manual: this.advance === "manual", strength: this.strength, text: content.includes("text"), untitled: content.includes("untitled"),
    });
  }

  protected override framed(root: ShadowRoot): void {
    const content = this.content.split(/\s+/);
    for (const figure of root.querySelectorAll(".side")) figure.classList.toggle("text", content.includes("text"));
    for (const label of root.querySelectorAll(".label")) label.toggleAttribute("hidden", content.includes("untitled"));
  }

  protected override drawn({ phase, tally }: V): void {
    if (phase === this.#phase) return;
    this.#phase = phase;
    if (phase === "done") this.tell("taste-done", { tally });
  }

  /** The question that a server drew is asked first, unless this person has a question up already. */
  protected override resume(client: TasteClient, served: V): void {
    const [left, right] = this.candidates(served) as Digest[];
    if (left === undefined || this.view(client).phase !== "asking" || (this.kind !== "duel" && this.kind !== "approval")) return;
    try {
      client.ask(left, right);
    } catch {
      // It drew another round's works, or too long ago: the session asks its own.
    }
  }

  protected override request(client: TasteClient, ...[kind, value, more]: Parameters<OnRequest>): void {
    const name = this.kind === "approval" ? "approve" : this.kind;
    const done = kind === name ? this.#vote(client, name, value, more) : this.#other(client, kind, value);
    done.catch((error: unknown) => {
      this.fail(error);
      // The drawing waits for a view before it asks for anything else.
      this.redraw();
    });
  }

  async #vote(client: TasteClient, request: string, outcome: string, more: Parameters<OnRequest>[2]): Promise<void> {
    const vote: VoteRequest = { kind: this.kind, candidates: this.candidates(this.view(client)), outcome, ...more };
    const event = new CustomEvent("taste-vote-request", { bubbles: true, composed: true, cancelable: true, detail: vote });
    if (!this.dispatchEvent(event)) {
      // The question stays up; drawing it again makes the drawing listen again.
      this.redraw();
      return;
    }
    const kept = client.request({ request, outcome, ...more } as Request);
    // The view is that of this vote now; by the time the vote is kept the next question may be up.
    const { guess, tally } = this.view(client);
    await kept;
    this.tell("taste-voted", vote);
    if (guess) this.tell("taste-revealed", { ...vote, guess, tally } as Revealed);
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
