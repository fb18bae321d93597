/**
 * Who signs. The session key is the browser's own where it can be: a P-256 key of `crypto.subtle` that no script can read,
 * this package included. Where a page is not served securely there is none, and a secp256k1 key in the taste module stands in.
 *
 * `sessionAccount` is a viem-compatible local account of such a secp256k1 key: `createWalletClient({ account, … })` takes it
 * as it is. It signs Tastemaker's own typed data and plain messages. It holds no funds and refuses transactions; typed data
 * of other domains is refused too, so that what is passed on from elsewhere is not signed by mistake. `sign` takes the
 * caller's word for what a digest stands for: give it only digests that you computed.
 */
import { hashTyped, keccak256, keyAddress } from "./crypto.ts";
import { TasteError } from "./errors.ts";
import { tasting } from "./tasting.ts";
import { domain, types } from "./typed-data.ts";
import type { Address, Digest, Hex } from "./types.ts";

/** A session key as it is stored: structured cloning keeps a CryptoKey's secret from everybody. */
export type SessionKey =
  | { privateKey: CryptoKey; /** x ‖ y, 64 bytes. */ publicKey: Uint8Array }
  | { secret: Uint8Array };

/** A session key at work. */
export interface SessionSigner {
  readonly address: Address;
  sign(digest: Digest): Promise<Hex>;
}

const P256 = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** A fresh session key. */
export async function freshKey(): Promise<SessionKey> {
  const { subtle } = globalThis.crypto;
  if (subtle === undefined) return { secret: randomSecret() };
  const { privateKey, publicKey } = await subtle.generateKey(P256, false, ["sign"]);
  // 0x04, then x ‖ y.
  return { privateKey, publicKey: new Uint8Array(await subtle.exportKey("raw", publicKey)).slice(1) };
}

/** The key, ready to sign. The vote wasm must be loaded. */
export async function sessionSigner(key: SessionKey): Promise<SessionSigner> {
  if ("secret" in key) {
    const { address, sign } = (await tasting()).curveKey(key.secret);
    return { address, sign: async (digest) => sign(digest) };
  }
  const { privateKey, publicKey } = key;
  return {
    address: keyAddress(publicKey),
    sign: async (digest) => {
      const signature = new Uint8Array(await crypto.subtle.sign(P256, privateKey, fromHex(digest) as Uint8Array<ArrayBuffer>));
      const s = BigInt(toHex(signature.subarray(32)));
      // The same statement has two spellings; the one with the lower s is the one that is taken.
      const low = (2n * s > ORDER ? ORDER - s : s).toString(16).padStart(64, "0");
      return `${toHex(signature.subarray(0, 32))}${low}${toHex(publicKey).slice(2)}`;
    },
  };
}

/** Whether two are the same key. */
export function sameKey(one: SessionKey, other: SessionKey): boolean {
  const bytes = (key: SessionKey) => ("secret" in key ? key.secret : key.publicKey);
  const [ours, theirs] = [bytes(one), bytes(other)];
  return ours.length === theirs.length && ours.every((byte, at) => byte === theirs[at]);
}

export type PrimaryType = "Ballot" | "SessionGrant" | "Revocation" | "Receipt" | "Round";

export interface TypedData {
  domain?: unknown;
  types?: unknown;
  primaryType: string;
  message: unknown;
}

export interface LocalAccount {
  address: Address;
  publicKey: Hex;
  source: "tastemaker";
  type: "local";
  sign(parameters: { hash: Hex }): Promise<Hex>;
  signMessage(parameters: { message: string | { raw: Hex | Uint8Array } }): Promise<Hex>;
  signTypedData(parameters: any): Promise<Hex>;
  signTransaction(transaction: any): Promise<never>;
}

/** 32 random bytes that are a key. */
export function randomSecret(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(32));
}

/**
 * An account from a 32-byte secret. The vote wasm must be loaded; the taste module is loaded where it is not.
 * @throws TasteError `Client::NotReady`, `BallotError::Key`
 */
export async function sessionAccount(secret: Uint8Array): Promise<LocalAccount> {
  const { address, publicKey, sign } = (await tasting()).curveKey(secret);
  return {
    address,
    publicKey,
    source: "tastemaker",
    type: "local",
    sign: async ({ hash }) => sign(hash),
    signMessage: async ({ message }) => sign(hashMessage(message)),
    signTypedData: async (data: TypedData) => sign(hashTypedData(data)),
    signTransaction: async () => {
      throw new TasteError("Client::NoTransactions", "a session key signs no transactions", "Use the voter's wallet.");
    },
  };
}

/** EIP-191: the digest of a personal message. */
export function hashMessage(message: string | { raw: Hex | Uint8Array }): Digest {
  const bytes = typeof message === "string" ? utf8(message) : typeof message.raw === "string" ? fromHex(message.raw) : message.raw;
  const prefix = utf8(`\u0019Ethereum Signed Message:\n${bytes.length}`);
  const all = new Uint8Array(prefix.length + bytes.length);
  all.set(prefix);
  all.set(bytes, prefix.length);
  return keccak256(all);
}

/**
 * EIP-712: the digest of one of Tastemaker's messages, as viem writes them (bigint for `uint64`) or as canonical JSON.
 * @throws TasteError `Client::ForeignTypedData` for another domain or type
 */
export function hashTypedData(data: TypedData): Digest {
  const given = (data.domain ?? {}) as Record<string, unknown>;
  const fields = Object.values(given).filter((field) => field !== undefined);
  const ours = fields.length === 2 && given["name"] === domain.name && given["version"] === domain.version;
  if (!ours || !["Ballot", "SessionGrant", "Revocation", "Receipt", "Round"].includes(data.primaryType)) {
    throw new TasteError(
      "Client::ForeignTypedData",
      `a session key does not sign ${data.primaryType} of another domain`,
      "Sign it with the voter's wallet.",
    );
  }
  const primaryType = data.primaryType as PrimaryType;
  return hashTyped(primaryType, toWire(primaryType, data.message as Record<string, unknown>) as object);
}

/** A message as canonical JSON has it: `uint64` as decimal strings, smaller integers as numbers. */
export function toWire(type: string, value: unknown): unknown {
  if (type.endsWith("[]")) return (value as unknown[]).map((each) => toWire(type.slice(0, -2), each));
  if (type === "uint64") return String(value);
  if (type === "uint32" || type === "uint8") return Number(value);
  if (type === "bytes32") return String(value).toLowerCase();
  const fields = (types as unknown as Record<string, readonly { name: string; type: string }[]>)[type];
  if (fields === undefined) return value;
  const message = value as Record<string, unknown>;
  return Object.fromEntries(fields.map((field) => [field.name, toWire(field.type, message[field.name])]));
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function fromHex(hex: Hex): Uint8Array {
  return Uint8Array.from(hex.slice(2).match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

function toHex(bytes: Uint8Array): Hex {
  return `0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
