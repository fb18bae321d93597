/** Digests and addresses, as the vote wasm does them; it must be loaded (`init`). Recovery wants the taste module. */
import { wasm } from "./loader.ts";
import { tasting } from "./tasting.ts";
import { told } from "./told.ts";
import type { Address, Digest, Hex } from "./types.ts";

/** Keccak-256 of bytes. */
export const keccak256 = (bytes: Uint8Array): Digest => wasm().keccak256(bytes);

/**
 * Who signed this digest.
 * @throws TasteError `BallotError::HighS` for the high-s twin, `BallotError::Signature`, `BallotError::SignatureFormat`,
 * `Client::WasmLoad`, `Client::WasmRefused`
 */
export const recover = async (digest: Digest, signature: Hex): Promise<Address> => (await tasting()).recover(digest, signature);

/**
 * An address in EIP-55.
 * @throws TasteError `BallotError::Address`
 */
export const checksumAddress = (address: string): Address => told<Address>(wasm().checksumAddress(address));

/**
 * `hashTypedData` of one of Tastemaker's messages as canonical JSON.
 * @throws TasteError `WebError::Argument`, …
 */
export const hashTyped = (primaryType: string, message: object): Digest => told<Digest>(wasm().hashTyped(primaryType, JSON.stringify(message)));
