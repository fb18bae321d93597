/**
 * Defines the custom elements. Safe where there are none (Node) and safe to run twice.
 */
import { TasteApprove } from "./approve.ts";
import { TasteBoard } from "./board.ts";
import { TasteDuel } from "./duel.ts";
import { TasteMe } from "./me.ts";
import { TastePoints } from "./points.ts";
import { TasteRank } from "./rank.ts";
import { TasteRound } from "./round.ts";
import { TasteStars } from "./stars.ts";
import { TasteWallet } from "./wallet.ts";

export { TasteApprove, TasteBoard, TasteDuel, TasteMe, TastePoints, TasteRank, TasteRound, TasteStars, TasteWallet };
export { registerLocale } from "../locales/locale.ts";
export type { Phrase, Words } from "../locales/locale.ts";
export type { Revealed, VoteKind, VoteRequest } from "./voting.ts";

/** Tag names and their classes, the provider first: widgets wait for it. */
export const elements = {
  "taste-round": TasteRound,
  "taste-duel": TasteDuel,
  "taste-approve": TasteApprove,
  "taste-stars": TasteStars,
  "taste-rank": TasteRank,
  "taste-points": TastePoints,
  "taste-board": TasteBoard,
  "taste-me": TasteMe,
  "taste-wallet": TasteWallet,
} as const;

/** Defines what is not defined yet; importing this module has done it for the page's own registry. */
export function register(registry: CustomElementRegistry | undefined = globalThis.customElements): void {
  if (!registry) return;
  for (const [tag, element] of Object.entries(elements)) {
    if (!registry.get(tag)) registry.define(tag, element);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "taste-round": TasteRound;
    "taste-duel": TasteDuel;
    "taste-approve": TasteApprove;
    "taste-stars": TasteStars;
    "taste-rank": TasteRank;
    "taste-points": TastePoints;
    "taste-board": TasteBoard;
    "taste-me": TasteMe;
    "taste-wallet": TasteWallet;
  }
}
