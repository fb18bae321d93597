/** What a client is given and what it tells. */
import type { Content } from "./content.ts";
import type { TasteError } from "./errors.ts";
import type { WasmSource } from "./loader.ts";
import type { Store } from "./store.ts";
import type { Transport } from "./transport.ts";
import type { Digest, RoundStatus, RoundView, SignedRound } from "./types.ts";

/** How to open a round. */
export interface OpenOptions {
  /** `https://host/v1/rounds/0x…`, or the address of a static round file. */
  src?: string | URL;
  /** Instead: the round itself, as `GET /v1/rounds/{id}` answers it, or a SignedRound. Nothing is sent then. */
  round?: RoundView | SignedRound;
  /** Where things are kept; IndexedDB by default. */
  store?: Store;
  /** The way to the operator; `fetch` by default. */
  transport?: Transport;
  /** Where the vote wasm is; beside the module by default. For the others: `initTaste`, `initContent`. */
  wasm?: WasmSource;
  /** The address of the manifest of the round's encoder, where that has a network: content of the page is embedded by it. */
  encoder?: string | URL | undefined;
  /** Whom questions are for, once there is a model; `"both"` by default. See {@link Questions}. */
  questions?: Questions | undefined;
  /** `false`: nothing is stored or sent until `giveConsent()`. */
  consent?: boolean;
  /** `"wallet"`: the session key signs nothing; votes are kept until `signWithWallet()`. `"session"` by default. */
  signing?: "session" | "wallet";
  /** Seconds of quiet after a vote before it is sent, so that one signature covers several and undo is free; 2 by default. */
  sendAfter?: number;
}

/**
 * Whom questions are for. `"person"`: nearly all are what teaches most of this person's taste; what everybody says then tells little of
 * who is ahead, as each is asked what they cannot decide. `"board"`: every pair is as likely. `"both"`: half of either.
 */
export type Questions = "person" | "board" | "both";

/**
 * What can be predicted: a candidate's id, an embedding by the round's encoder, or content to embed. All but ids need
 * the content module and the model's own file, which are loaded at the first.
 */
export type Subject = Digest | Float32Array | Content;

/** The events of a client. `change` says that any view may have changed; the others have a `detail`. */
export interface ClientEvents {
  change: Event;
  /** A ballot was signed and kept. */
  "taste-ballot-signed": CustomEvent<{ id: Digest }>;
  /** The operator acknowledged a ballot. */
  "taste-ballot-accepted": CustomEvent<{ id: Digest; index: string }>;
  /** The operator refused a ballot; `remedy` says what follows. */
  "taste-ballot-refused": CustomEvent<{ id: Digest; code: string; remedy: string }>;
  /** A (better) taste model is in use. */
  "taste-model": CustomEvent<{ digest: Digest; logSize: number }>;
  "taste-status": CustomEvent<RoundStatus>;
  /** The client closed itself: the round is not what it says. */
  "taste-closed": CustomEvent<{ error: TasteError }>;
  /** Something failed in the background; nothing is lost. */
  "taste-trouble": CustomEvent<{ error: TasteError }>;
}
