/**
 * What the elements tell the page, by the event's name. Requests can be prevented, facts cannot; all bubble and cross shadow
 * roots. The types of every framework are made from this list.
 */
import type { TasteClient } from "../client.ts";
import type { ClientEvents } from "../options.ts";
import type { Address, Tally } from "../types.ts";
import type { Revealed, VoteRequest } from "./voting.ts";

export interface TasteEvents {
  /** Before a vote; `preventDefault()` and it is not cast. */
  "taste-vote-request": CustomEvent<VoteRequest>;
  "taste-voted": CustomEvent<VoteRequest>;
  "taste-revealed": CustomEvent<Revealed>;
  "taste-undone": CustomEvent<{ tally: Tally }>;
  "taste-done": CustomEvent<{ tally: Tally }>;
  "taste-ballot-signed": ClientEvents["taste-ballot-signed"];
  "taste-ballot-accepted": ClientEvents["taste-ballot-accepted"];
  "taste-ballot-refused": ClientEvents["taste-ballot-refused"];
  "taste-open": CustomEvent<{ client: TasteClient }>;
  "taste-error": CustomEvent<{ error: unknown }>;
  "taste-exported": CustomEvent<{ name: string }>;
  "taste-reset": CustomEvent<Record<string, never>>;
  "taste-forgotten": CustomEvent<Record<string, never>>;
  "taste-wallet-connected": CustomEvent<{ address: Address; claimed: number }>;
  "taste-wallet-disconnected": CustomEvent<Record<string, never>>;
}
