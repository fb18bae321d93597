/** Digests and recovery, as the wasm does them. The wasm must be loaded (`init`). */
import { wasm } from "./loader.ts";
import type { Address, Digest, Hex } from "./types.ts";

/** Keccak-256 of bytes. */
export const keccak256 = (bytes: Uint8Array): Digest => wasm().keccak256(bytes);

/**
 * Who signed this digest.
 * @throws TasteError `BallotError::HighS` for the high-s twin, `BallotError::Signature`, `BallotError::SignatureFormat`
 */
export const recover = (digest: Digest, signature: Hex): Address => wasm().recover(digest, signature);

/**
 * An address in EIP-55.
 * @throws TasteError `BallotError::Address`
 */
export const checksumAddress = (address: string): Address => wasm().checksumAddress(address);
