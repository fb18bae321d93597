/**
 * The session key: signs silently in this browser. Where `crypto.subtle` is there it is the browser's own P-256 key, made
 * so that no script can read it: a script on the page can have it sign while the page is open, and cannot carry it away.
 * Elsewhere (a page that is not served securely) it is a secp256k1 secret, as readable as anything that the page stores.
 */
import { keyAddress } from "./crypto.ts";
import { TasteError } from "./errors.ts";
import { bytesOf } from "./hex.ts";
import { p256Signature } from "./p256.ts";
import { tasting } from "./tasting.ts";
import type { Address, Digest, Hex } from "./types.ts";

/** Signs digests; where its key is, is its own business. */
export interface SessionSigner {
  /** Who signs: the last 20 bytes of the public key's Keccak-256. */
  readonly address: Address;
  /** Sign only what you computed: a digest says nothing of what it stands for. */
  sign(digest: Digest): Promise<Hex>;
}

/** A session key as it is stored. */
export type StoredKey =
  | { curve: "P-256"; privateKey: CryptoKey; /** x ‖ y */ publicKey: Uint8Array }
  | { curve: "secp256k1"; secret: Uint8Array };

const ECDSA = { name: "ECDSA", namedCurve: "P-256" };

/** A fresh key of the best kind there is; `readable`: of the kind that is stored as bytes. */
export async function freshKey(readable = false): Promise<StoredKey> {
  const subtle = globalThis.crypto?.subtle as SubtleCrypto | undefined;
  if (subtle === undefined || readable) return { curve: "secp256k1", secret: crypto.getRandomValues(new Uint8Array(32)) };
  const { privateKey, publicKey } = await subtle.generateKey(ECDSA, false, ["sign", "verify"]);
  // A public key may always be read. Uncompressed: 04, x, y.
  const point = new Uint8Array(await subtle.exportKey("raw", publicKey));
  return { curve: "P-256", privateKey, publicKey: point.slice(1) };
}

/** The signer of a stored key. The vote wasm must be loaded; a secp256k1 key loads the taste module. */
export async function signerOf(key: StoredKey): Promise<SessionSigner> {
  if (key.curve === "secp256k1") {
    const { address, sign } = (await tasting()).curveKey(key.secret);
    return { address, sign: async (digest) => sign(digest) };
  }
  const { privateKey, publicKey } = key;
  return {
    address: keyAddress(publicKey),
    sign: async (digest) => {
      try {
        const made = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, privateKey, bytesOf(digest));
        return p256Signature(new Uint8Array(made), publicKey);
      } catch (cause) {
        throw new TasteError("Client::Key", "the browser does not sign with this session key", "Reload the page; votes are kept.", { cause });
      }
    },
  };
}
