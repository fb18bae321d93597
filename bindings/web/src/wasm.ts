/**
 * What the two wasm modules export, typed tighter than the generated declarations. Kept beside `session.rs`, `crypto.rs`
 * and `bindings/content`; `test/wasm.test.mjs` compares names and parameters with the generated glue.
 */
import type {
  ApproveView, Ballot, BoardView, Delivery, Desk, Digest, DuelView, Address, Hex, Request, SignedBallot,
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
  /** Why there is no board: a code, or nothing. */
  setBoardTrouble(code: string | undefined): void;
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
  /** Puts kept votes into a ballot; its id is what the session key signs. */
  draft(now: number): Digest | undefined;
  /** The same for a wallet to sign itself. */
  makeBallot(wallet: Address, now: number): Ballot | undefined;
  /** The signature over the ballot made last; `contract`: only the chain of the voter can check it. */
  seal(signature: Hex, now: number, contract: boolean): Digest;
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
  identify(grant: SignedGrant | undefined): void;
  rekey(signer: Address): void;
  save(): object;
  merge(saved: object, now: number): void;
  free(): void;
}

/** The light module as it is once initialised. The widgets' handles are typed where the elements use them. */
export interface Wasm {
  Key: new (secret: Uint8Array) => Key;
  /** `signer`: the session key's address. */
  WebSession: new (signed: SignedRound, expected: Digest | undefined, signer: Address) => WebSession;
  recover(digest: Digest, signature: Hex): Address;
  hashTyped(primaryType: "Ballot" | "SessionGrant" | "Revocation" | "Receipt" | "Round", message: object): Digest;
  /** Checks both signatures of a grant. */
  verifyGrant(signed: SignedGrant): void;
  /** The address of x ‖ y. */
  keyAddress(publicKey: Uint8Array): Address;
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
