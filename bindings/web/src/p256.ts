/** P-256 signatures as the protocol writes them. */
import { hexOf } from "./hex.ts";
import type { Hex } from "./types.ts";

/** P-256's group order (NIST SP 800-186, section 3.2.1.3). */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** r ‖ s ‖ x ‖ y. Either of s and −s verifies; the protocol takes the lower, so that a statement has one spelling. */
export function p256Signature(made: Uint8Array, publicKey: Uint8Array): Hex {
  const s = BigInt(hexOf(made.subarray(32)));
  const low = s > ORDER / 2n ? ORDER - s : s;
  return `${hexOf(made.subarray(0, 32))}${low.toString(16).padStart(64, "0")}${hexOf(publicKey).slice(2)}`;
}
