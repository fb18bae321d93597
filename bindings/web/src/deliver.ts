/**
 * One ballot to its operator, and what the answer means to the session. Which ballot is due and when, the session says
 * (`crates/taste-sdk/src/refusal.rs` decides); `client.ts` asks it, keeps, and tells the page.
 */
import { hashTyped } from "./crypto.ts";
import { asTasteError, type TasteError } from "./errors.ts";
import { refused } from "./loader.ts";
import type { Session } from "./session.ts";
import { tasting } from "./tasting.ts";
import type { Transport } from "./transport.ts";
import type { Address, Digest, SignedBallot, SignedReceipt } from "./types.ts";

/** An operator, as far as sending goes. */
export interface Operator {
  transport: Transport;
  /** `…/v1`. */
  api: string;
}

/** What came of it; `postponed`: the session plans the next attempt. */
export type Outcome = { accepted: string } | { refused: string; remedy: string } | "postponed";

/** Sends a ballot and hands the answer to the session. `now` in Unix seconds, `seed` 32 fresh random bytes. */
export async function deliver(
  session: Session, operator: Operator, ballot: SignedBallot, id: Digest, now: () => number, seed: () => Uint8Array,
): Promise<Outcome> {
  try {
    const receipt = await operator.transport.json<SignedReceipt>(`${operator.api}/ballots`, ballot);
    await acknowledge(session, operator, receipt);
    return { accepted: receipt.receipt.index };
  } catch (thrown) {
    const error = asTasteError(thrown);
    if (!isRefusal(error)) {
      session.postpone(error.code, error.retryAfter, now(), seed());
      return "postponed";
    }
    const number = /\d+/.exec(error.hint)?.[0];
    return { refused: error.code, remedy: session.refuse(id, error.code, number, error.retryAfter, now(), seed()) };
  }
}

/** Goes by the operator's clock from now on: the remedy `set-clock`. */
export async function setClock(session: Session, operator: Operator, now: () => number): Promise<void> {
  const { clock } = await health(operator);
  session.setClock(now(), Number(clock));
}

/**
 * Gives a receipt to the session with the name of who signed it. Where WebAssembly is refused nobody here can tell: the
 * session knows that, and asks for the check again another time (`Session.unchecked`).
 */
export async function acknowledge(session: Session, operator: Operator, receipt: SignedReceipt): Promise<void> {
  const signer = refused() ? undefined : (await tasting()).recover(hashTyped("Receipt", receipt.receipt), receipt.signature);
  try {
    session.acceptReceipt(receipt, signer);
  } catch (error) {
    if (asTasteError(error).code !== "BallotError::SignerMismatch") throw error;
    // A server may run rounds of other operators; it signs with its own key, which it names.
    session.trustServer((await health(operator)).operator);
    session.acceptReceipt(receipt, signer);
  }
}

/** The operator's own word, not a broken line or a server that is out of order. */
function isRefusal({ status, code }: TasteError): boolean {
  return status !== undefined && status < 500 && /^(Server|Ballot|Core)Error::/.test(code);
}

function health({ transport, api }: Operator): Promise<{ operator: Address; clock: string }> {
  return transport.json(`${api.slice(0, -"/v1".length)}/healthz`);
}
