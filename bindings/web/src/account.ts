/**
 * A secp256k1 secret as a viem-compatible local account: `createWalletClient({ account, … })` takes it as it is. For hosts
 * that bring a secret of their own; the client's session key is in `session-key.ts`.
 *
 * It signs Tastemaker's own typed data and plain messages. It holds no funds and refuses transactions; typed data of
 * other domains is refused too, so that what is passed on from elsewhere is not signed by mistake. `sign` takes the
 * caller's word for what a digest stands for: give it only digests that you computed.
 */
import { hashTyped, keccak256 } from "./crypto.ts";
import { TasteError } from "./errors.ts";
import { bytesOf } from "./hex.ts";
import { tasting } from "./tasting.ts";
import { domain, types } from "./typed-data.ts";
import type { Address, Digest, Hex } from "./types.ts";

export type { SessionSigner } from "./session-key.ts";

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
  const bytes = typeof message === "string" ? utf8(message) : typeof message.raw === "string" ? bytesOf(message.raw) : message.raw;
  const prefix = utf8(`\u0019Ethereum Signed Message:\n${bytes.length}`);
  const all = new Uint8Array(prefix.length + bytes.length);
  all.set(prefix);
  all.set(bytes, prefix.length);
  return keccak256(all);
}

/**
 * EIP-712: the digest of one of Tastemaker's messages, as viem writes them (bigint for `uint64`) or as canonical JSON.
 * `types` may be left out; where they are given they must be Tastemaker's, field by field, or another digest would be
 * signed than the caller means.
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
  const other = data.types === undefined ? undefined : otherType(primaryType, data.types as Table);
  if (other !== undefined) {
    throw new TasteError(
      "Client::ForeignTypedData",
      `the given type ${other} is not Tastemaker's`,
      "Pass the `types` that this package exports; they change with the domain's version.",
    );
  }
  return hashTyped(primaryType, toWire(primaryType, data.message as Record<string, unknown>) as object);
}

type Table = Record<string, readonly { name: string; type: string }[] | undefined>;

/** The first type, of those that a message is made of, whose given fields are not ours. */
function otherType(name: string, given: Table): string | undefined {
  const ours = (types as unknown as Table)[name];
  if (ours === undefined) return undefined;
  const written = (fields: Table[string]) => fields?.map(({ name, type }) => `${type} ${name}`).join();
  if (written(given[name]) !== written(ours)) return name;
  for (const { type } of ours) {
    const inner = otherType(type.replace("[]", ""), given);
    if (inner !== undefined) return inner;
  }
  return undefined;
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
