/**
 * The taste module: learning, choosing questions, guessing, and whatever needs a curve. This module is imported on demand
 * only (`tasting.ts`), once the first question is up, or where a key or a signature wants it.
 */
import { TasteError } from "./errors.ts";
import { bytesOf } from "./hex.ts";
import type { Address, CarriedTaste, Digest, Explanation, Hex, Prediction, Round, SignedGrant } from "./types.ts";
import { WasmFile, type InitOptions, type WasmSource } from "./wasm-file.ts";
import type { TasteWasm, WebMind } from "./wasm.ts";

const file = new WasmFile<TasteWasm>(() => import("#taste-wasm"), () => new URL("./tastemaker-taste.wasm", import.meta.url));

/** Loads the taste wasm; later calls wait for the first. */
export function initTaste(source?: WasmSource, options: InitOptions = {}): Promise<TasteWasm> {
  return file.init(source, options);
}

function wasm(): TasteWasm {
  if (file.ready === undefined) throw new TasteError("Client::NotReady", "the taste module is not loaded yet", "Await initTaste() first.");
  return file.ready;
}

/** What the module says, as it is, or an error: `!`, then a line each for the code and what to do, then what happened. */
function told<T extends string = string>(text: string): T {
  if (!text.startsWith("!")) return text as T;
  const [code, hint, ...message] = text.slice(1).split("\n");
  throw new TasteError(code!, message.join("\n"), hint);
}

/** A candidate's id, or utility and features as the content module found them. */
export type Measured = Digest | Float32Array;

/** One person's taste in one round. */
export class Mind {
  /** What a session asks (`advisor.ts`). */
  readonly raw: WebMind;

  /** @throws TasteError `SdkError::Features`, `ModelError::…` */
  constructor(features: Uint8Array, model: Digest, { candidates, rules }: Round) {
    this.raw = new (wasm().WebMind)();
    told(this.raw.read(features, model, candidates.map(({ id }) => id).join(" "), rules.halves));
  }

  /** How likely this person prefers the first to the second. */
  predict(left: Measured, right: Measured): Prediction {
    const numbers = told(this.raw.predict(...apart(left), ...apart(right))).split(" ");
    const [probability, low, high] = numbers.map((millionths) => Number(millionths) / 1e6) as [number, number, number];
    return { probability, low, high, undecided: Math.abs(probability - 0.5) <= 0.02 };
  }

  /** This person's utility: only differences mean something. */
  utility(subject: Measured): number {
    return Number(told(this.raw.utility(...apart(subject))));
  }

  /** Why this person is thought to prefer the first to the second, or not. */
  explain(left: Measured, right: Measured): Explanation {
    const [ends, votes, ...nearest] = told(this.raw.explain(...apart(left), ...apart(right))).split("\n") as [string, string, ...string[]];
    const [before, after] = ends.split(" ").map(Number) as [number, number];
    return {
      before,
      after,
      votes: votes === "" ? [] : votes.split(" ").map(Number),
      nearest: nearest.map((line) => {
        const [candidate, side, likeness, moved] = line.split(" ") as [Digest, string, string, string];
        return { candidate, to: side === "l" ? "left" : "right", likeness: Number(likeness), moved: Number(moved) };
      }),
    };
  }

  /** Candidates not voted on that are like one that is liked, each with that one; the nearest first. */
  nearest(most: number): [candidate: Digest, near: Digest][] {
    const pairs = told(this.raw.nearest(most));
    return pairs === "" ? [] : pairs.split("\n").map((line) => line.split(" ") as [Digest, Digest]);
  }

  /** What was learned, under a signature. */
  async passport(round: Digest, at: number, sign: (digest: Digest) => Hex | Promise<Hex>): Promise<Uint8Array> {
    const [body, digest] = told(this.raw.passport(round, at)).split(" ") as [Hex, Digest];
    return bytesOf(`${body}${(await sign(digest)).slice(2)}`);
  }

  /**
   * Starts from what a passport brings that its owner signed; this round's votes come on top.
   * @throws TasteError `ModelError::Passport…`, `SdkError::PassportRound`, `BallotError::SignerMismatch`, …
   */
  carry(passport: Uint8Array, owner: Address, round: Digest, before: Uint8Array = new Uint8Array()): CarriedTaste {
    const [votes, at, origin] = told(this.raw.carry(passport, owner, round, before)).split(" ") as [string, string, Digest];
    return { votes: Number(votes), at: Number(at), round: origin };
  }

  /** Every candidate in the manifest's order: expected shares of duels won against the round's average. */
  likings(): { mine: number; low: number; high: number; crowd: number }[] {
    const numbers = this.raw.likings();
    return Array.from({ length: numbers.length / 4 }, (_, at) => {
      const [mine, low, high, crowd] = numbers.subarray(4 * at, 4 * at + 4) as unknown as [number, number, number, number];
      return { mine, low, high, crowd };
    });
  }
}

const apart = (subject: Measured): [string, Float32Array] => (typeof subject === "string" ? [subject, new Float32Array()] : ["", subject]);

/**
 * Who signed this digest.
 * @throws TasteError `BallotError::HighS` for the high-s twin, `BallotError::Signature`, `BallotError::SignatureFormat`
 */
export const recover = (digest: Digest, signature: Hex): Address => told<Address>(wasm().recover(digest, signature));

/**
 * Checks both signatures of a grant; its time and scope are not looked at.
 * @throws TasteError `BallotError::GrantSignature`, `BallotError::GrantAcceptance`, `BallotError::ContractSignature`
 */
export function verifyGrant({ grant, signature, acceptance }: SignedGrant): void {
  const { voter, session, scope, origin, notBefore, notAfter } = grant;
  told(wasm().verifyGrant(voter, session, scope, origin, notBefore, notAfter, signature, acceptance));
}

/** A secp256k1 key in the taste module, from 32 random bytes. */
export interface CurveKey {
  readonly address: Address;
  readonly publicKey: Hex;
  sign(digest: Digest): Hex;
}

/** @throws TasteError `BallotError::Key` for the few bytes that are no key */
export function curveKey(secret: Uint8Array): CurveKey {
  const key = new (wasm().Key)();
  told(key.read(secret));
  return { address: key.address(), publicKey: key.publicKey() as Hex, sign: (digest) => told<Hex>(key.signDigest(digest)) };
}
