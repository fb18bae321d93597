/**
 * <taste-round>: opens a round and lends its client to the widgets inside. It draws nothing.
 */
import type { TasteClient } from "../client.ts";
import { Base, define, passOn, type Provider } from "./element.ts";
import { addressOf, borrow, giveBack } from "./port.ts";

/**
 * One round for the widgets inside it.
 *
 * @tagname taste-round
 * @slot - The widgets and anything else.
 * @attr {string} src - The round's address: `…/v1/rounds/0x…`, or a static file holding a SignedRound.
 * @attr {"granted"|"required"|"pending"} consent - `required`: the round is read and people can vote, but nothing is
 *   stored or sent until `giveConsent()` or until the attribute says `granted`. `pending`: not even read.
 * @attr {string} encoder - The address of the manifest of the round's encoder, where that has a network: what the page
 *   brings (`client.embed`, `predict`, `rank`) is embedded by it. Nothing of it is fetched before.
 * @attr {"both"|"person"|"board"} questions - Whom questions are for, once there is a model. `person`: nearly all are what teaches
 *   most of this person's taste; answers then tell little of who is ahead. `board`: every pair is as likely. `both`, the default: half of either.
 * @fires taste-open - The round is open; `detail.client`.
 * @fires taste-ballot-signed - A ballot was signed and kept; `detail.id`.
 * @fires taste-ballot-accepted - The operator acknowledged a ballot; `detail.id` and `detail.index`.
 * @fires taste-ballot-refused - The operator refused a ballot; `detail.id`, `detail.code` and `detail.remedy`.
 * @fires taste-error - It could not be opened; `detail.error`.
 */
export class TasteRound extends Base implements Provider {
  static observedAttributes = ["src", "consent"];

  #src: string | undefined;
  #client = later<TasteClient>();
  #failed = false;
  #quiet: (() => void) | undefined;

  /** The client; waits for the address and for consent. Asked for again after a failure, it tries again. */
  get client(): Promise<TasteClient> {
    if (this.#failed) {
      this.#close();
      this.#open();
    }
    return this.#client.promise;
  }

  /** The round's address. */
  get src(): string {
    return this.getAttribute("src") ?? "";
  }
  set src(src: string) {
    this.setAttribute("src", src);
  }

  get consent(): "granted" | "required" | "pending" {
    const consent = this.getAttribute("consent") ?? "granted";
    // What is no word of ours was meant to hold something back.
    return consent === "granted" || consent === "pending" ? consent : "required";
  }
  set consent(consent: "granted" | "required" | "pending") {
    this.setAttribute("consent", consent);
  }

  /** The person agreed: what was voted so far is stored and sent, and so is what follows. */
  async giveConsent(): Promise<void> {
    this.setAttribute("consent", "granted");
    await (await this.client).giveConsent();
  }

  connectedCallback(): void {
    this.#open();
  }

  disconnectedCallback(): void {
    this.#close();
  }

  attributeChangedCallback(_name: string, before: string | null, after: string | null): void {
    if (before !== after && this.isConnected) this.#open();
  }

  #open(): void {
    const { consent } = this;
    const src = this.src && consent !== "pending" ? addressOf(this) : undefined;
    if (src === this.#src) {
      if (src && consent === "granted") this.#client.promise.then((client) => client.giveConsent()).catch(() => {});
      return;
    }
    this.#close();
    if (!src) return;
    this.#src = src;
    const waiting = this.#client;
    borrow(src, consent === "granted").then(
      (client) => {
        if (this.#client !== waiting) return;
        // It reads the attributes `encoder` and `questions` once content or a model needs them.
        client.encoder = this;
        waiting.resolve(client);
        this.#quiet = passOn(client, this);
        this.dispatchEvent(new CustomEvent("taste-open", { bubbles: true, composed: true, detail: { client } }));
      },
      (error: unknown) => {
        if (this.#client !== waiting) return;
        this.#failed = true;
        waiting.reject(error);
        this.dispatchEvent(new CustomEvent("taste-error", { bubbles: true, composed: true, detail: { error } }));
      },
    );
  }

  #close(): void {
    if (!this.#src) return;
    this.#quiet?.();
    this.#quiet = undefined;
    giveBack(this.#src);
    this.#src = undefined;
    this.#failed = false;
    const waiting = this.#client;
    this.#client = later();
    // Who still waits for the round that was named before gets the next one.
    waiting.resolve(this.#client.promise);
    this.dispatchEvent(new Event("taste-close"));
  }
}

define("taste-round", TasteRound);

/** A promise to be kept elsewhere. (`Promise.withResolvers` is younger than the browsers we support.) */
function later<T>() {
  let resolve!: (value: T | Promise<T>) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((yes, no) => ([resolve, reject] = [yes, no]));
  // Nobody may be waiting; a refusal is told by the event.
  promise.catch(() => {});
  return { promise, resolve, reject };
}
