/**
 * What the two wasm modules export, typed tighter than the generated declarations. Kept beside `session.rs`, `crypto.rs`
 * and `bindings/content`; `test/wasm.test.mjs` compares names and parameters with the generated glue.
 */
import type {
  ApproveView, Ballot, BoardView, Delivery, Desk, Digest, DuelView, Address, Hex, Request, SessionGrant, SignedBallot,
  SignedGrant, SignedReceipt, SignedRound, Tally, WalletView,
} from "./types.ts";

/** A session key inside the wasm. */
export interface Key {
  readonly address: Address;
  readonly publicKey: Hex;
  signDigest(digest: Digest): Hex;
  free(): void;
}

/** One person in one round on this device. `now` in Unix seconds, `seed` 32 fresh random bytes. */
export interface WebSession {
  readonly id: Digest;
  readonly voter: Address;
  readonly signer: Address;
  readonly model: Digest | undefined;
  duelView(now: number): DuelView;
  approveView(now: number): ApproveView;
  boardView(): BoardView;
  walletView(): WalletView;
  delivery(now: number): Delivery;
  tally(): Tally;
  commitment(desk: Desk): [Digest, string?] | undefined;
  setBoard(board: unknown): void;
  setWallet(view: WalletView | undefined): void;
  setSource(candidate: Digest, src: string): void;
  setText(candidate: Digest, text: string): void;
  wantedTexts(): Digest[];
  installModel(features: Uint8Array, model: Digest): void;
  setOffline(offline: boolean): void;
  setStorageTrouble(code: string | undefined): void;
  setClock(now: number, server: number): void;
  trustServer(operator: Address): void;
  askDuel(now: number, seed: Uint8Array): void;
  askApproval(now: number, seed: Uint8Array): void;
  pose(left: Digest, right: Digest | undefined, now: number, seed: Uint8Array): void;
  request(request: Request, now: number, seed: Uint8Array): boolean;
  /** A Float32Array is content as the content module evaluated it: utility, then features. */
  predict(left: Digest | Float32Array, right: Digest | Float32Array): Float64Array;
  utilities(subjects: (Digest | Float32Array)[]): Float64Array;
  sign(now: number): Digest | undefined;
  makeBallot(now: number): Ballot | undefined;
  seal(signature: Hex, now: number): Digest;
  due(now: number): SignedBallot | undefined;
  dueId(now: number): Digest | undefined;
  retryAt(): number | undefined;
  hurry(): void;
  acceptReceipt(receipt: SignedReceipt): void;
  refuse(
    ballot: Digest, code: string, number: string | undefined, retryAfter: number | undefined, now: number, seed: Uint8Array,
  ): "sign-again" | "set-clock" | "smaller" | "fewer" | "new-grant" | "wait" | "give-up";
  postpone(code: string, atLeast: number | undefined, now: number, seed: Uint8Array): number;
  export(): SignedBallot[];
  makeGrant(voter: Address, scope: "*" | Digest, origin: string, notBefore: number, notAfter: number): SessionGrant;
  acceptGrant(grant: SessionGrant, signature: Hex): SignedGrant;
  identify(grant: SignedGrant | undefined): void;
  rekey(secret: Uint8Array): void;
  save(): object;
  merge(saved: object, now: number): void;
  free(): void;
}

/** The light module as it is once initialised. */
export interface Wasm {
  Key: new (secret: Uint8Array) => Key;
  WebSession: new (signed: SignedRound, expected: Digest | undefined, secret: Uint8Array) => WebSession;
  recover(digest: Digest, signature: Hex): Address;
  hashTyped(primaryType: "Ballot" | "SessionGrant" | "Receipt" | "Round", message: object): Digest;
  keccak256(bytes: Uint8Array): Digest;
  sha256(bytes: Uint8Array): Digest;
  checksumAddress(address: string): Address;
  setErrorClass(make: (code: string, message: string, hint: string) => Error): void;
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
