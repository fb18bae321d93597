/** Digests and addresses, as the vote wasm does them; all of it must be loaded (`init`). Recovery wants the taste module. */
import { wasm } from "./loader.ts";
import { tasting } from "./tasting.ts";
import { told } from "./told.ts";
import type { Address, Digest, Hex } from "./types.ts";

function compute<T extends Hex = Digest>(name: string, text: string, bytes: Uint8Array = new Uint8Array()): T {
  return told<T>(wasm().compute(name, text, bytes));
}

/** Keccak-256 of bytes. */
export const keccak256 = (bytes: Uint8Array): Digest => compute("keccak256", "", bytes);

/** SHA-256 of bytes, also where a page is not served securely. */
export const sha256 = (bytes: Uint8Array): Digest => compute("sha256", "", bytes);

/** The address of a public key x ‖ y. The first half of the vote wasm is enough. */
export const keyAddress = (key: Uint8Array): Address => told<Address>(wasm().keyAddress(key));

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
export const checksumAddress = (address: string): Address => compute<Address>("checksum", address);

/**
 * `hashTypedData` of one of Tastemaker's messages as canonical JSON.
 * @throws TasteError `WebError::Argument`, …
 */
export const hashTyped = (primaryType: string, message: object): Digest => compute(primaryType, JSON.stringify(message));
