/**
 * What the three wasm modules export, typed tighter than the generated declarations; `test/wasm.test.mjs` compares names and
 * parameters with the generated glue. The vote and the taste module speak in text: JSON where something has a shape, an
 * empty text for none, and `!` before an error. `session.ts` and `taste.ts` make values of that.
 */
import type { Address, Digest } from "./types.ts";

/** See `bindings/web/src/session.rs`. */
export interface WebSession {
  call(name: string, now: number, seed: Uint8Array, given: string): string;
  /** In the rest of the module. */
  late(name: string, now: number, seed: Uint8Array, given: string): string;
  free(): void;
}

/** The vote module as it is once initialised. */
export interface Wasm {
  WebSession: new () => WebSession;
  keyAddress(key: Uint8Array): string;
  /** In the rest of the module. */
  compute(name: string, text: string, bytes: Uint8Array): string;
  /** Joins the rest of a module that came in two files. */
  join(rest: unknown): Promise<void>;
}

/** See `bindings/taste/src/lib.rs`. */
export interface WebMind {
  read(features: Uint8Array, model: string, candidates: string, halves: boolean): string;
  aim(board: number): void;
  learn(votes: string): void;
  plan(kind: string, also: string, broken: string, keepGoing: boolean, seed: Uint8Array): string;
  forecast(question: string): Uint32Array;
  predict(left: string, leftNumbers: Float32Array, right: string, rightNumbers: Float32Array): string;
  utility(id: string, numbers: Float32Array): string;
  likings(): Float64Array;
  explain(left: string, leftNumbers: Float32Array, right: string, rightNumbers: Float32Array): string;
  nearest(most: number): string;
  passport(round: string, at: number): string;
  carry(passport: Uint8Array, owner: string, round: string, before: Uint8Array): string;
  uncarry(): void;
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
  embedAudio(rate: number, samples: Float32Array): Float32Array;
  embedPalette(colours: Uint8Array): Float32Array;
  embedVisual(width: number, height: number, pixels: Uint8Array | Uint8ClampedArray): Float32Array;
}
