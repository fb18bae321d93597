/**
 * What the three wasm modules export, typed tighter than the generated declarations; `test/wasm.test.mjs` compares names and
 * parameters with the generated glue. The vote and the taste module speak in text: JSON where something has a shape, an
 * empty text for none, and `!` before an error. `session.ts` and `taste.ts` make values of that.
 */
import type { Address, Digest } from "./types.ts";

/** See `bindings/web/src/session.rs`. `now` in Unix seconds, `seed` 32 fresh random bytes. */
export interface WebSession {
  open(signed: string, expected: string, signer: string): string;
  checkOperator(signer: string): string;
  id(): string;
  voter(): string;
  signer(): string;
  model(): string;
  view(kind: string, now: number): string;
  delivery(now: number): string;
  tally(): string;
  votes(): string;
  cast(): number;
  chosen(): string;
  boardHidden(now: number): string;
  commitment(kind: string): string;
  checkText(candidate: string, text: string): string;
  wantedTexts(): string;
  takeAdvice(who: number, model: string, seed: Uint8Array): string;
  forgetTaste(): void;
  setOffline(offline: boolean): void;
  setStorageTrouble(code: string): void;
  setClock(now: number, server: number): void;
  trustServer(operator: string): string;
  ask(kind: string, now: number, seed: Uint8Array): string;
  pose(question: string, now: number, seed: Uint8Array): string;
  vote(kind: string, outcome: string, strength: number, reasons: string, now: number): string;
  undo(kind: string, now: number, seed: Uint8Array): string;
  next(kind: string, now: number, seed: Uint8Array): string;
  keepGoing(now: number, seed: Uint8Array): string;
  broken(candidate: string, now: number, seed: Uint8Array): string;
  draft(now: number): string;
  makeBallot(wallet: string, now: number): string;
  seal(ballot: string, signature: string): string;
  due(now: number): string;
  retryAt(): number;
  hurry(): void;
  acceptReceipt(receipt: string, signer: string): string;
  unchecked(): string;
  refuse(ballot: string, code: string, number: string, retryAfter: number, now: number, seed: Uint8Array): string;
  postpone(code: string, atLeast: number, now: number, seed: Uint8Array): number;
  export(): string;
  identify(signer: string, grant: string): string;
  save(): Uint8Array;
  merge(saved: Uint8Array, now: number): string;
  free(): void;
}

/** The vote module as it is once initialised. */
export interface Wasm {
  WebSession: new () => WebSession;
  hashTyped(primaryType: string, message: string): string;
  keccak256(bytes: Uint8Array): Digest;
  sha256(bytes: Uint8Array): Digest;
  checksumAddress(address: string): string;
  keyAddress(key: Uint8Array): Address;
}

/** See `bindings/taste/src/lib.rs`. */
export interface WebMind {
  read(features: Uint8Array, model: string, candidates: string, halves: boolean): string;
  learn(votes: string): void;
  plan(kind: string, also: string, broken: string, keepGoing: boolean, seed: Uint8Array): string;
  forecast(question: string): Uint32Array;
  predict(left: string, leftNumbers: Float32Array, right: string, rightNumbers: Float32Array): string;
  utility(id: string, numbers: Float32Array): string;
  likings(): Float64Array;
  free(): void;
}

/** A secp256k1 key inside the taste module. */
export interface Key {
  read(secret: Uint8Array): string;
  address(): Address;
  publicKey(): string;
  signDigest(digest: string): string;
  free(): void;
}

/** The taste module as it is once initialised. */
export interface TasteWasm {
  WebMind: new () => WebMind;
  Key: new () => Key;
  recover(digest: string, signature: string): string;
  verifyGrant(
    voter: string, session: string, scope: string, origin: string, notBefore: string, notAfter: string, signature: string, acceptance: string,
  ): string;
}

/** A taste model read from its ONNX file. */
export interface ContentModel {
  /** Utility of an embedding, then its features. */
  evaluate(embedding: Float32Array): Float32Array;
  free(): void;
}

/** The content module as it is once initialised. It throws `[code, message, hint]`. */
export interface ContentWasm {
  Model: new (file: Uint8Array) => ContentModel;
  embedText(text: string): Float32Array;
  embedVisual(width: number, height: number, pixels: Uint8Array | Uint8ClampedArray): Float32Array;
}
