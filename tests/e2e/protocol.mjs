// The protocol as viem knows it, and nothing of ours: Node clients that sign ballots, and checks of what the page and
// the server signed. The typed-data table is the published one (`tests/vectors/types.json` says the same).

import assert from "node:assert/strict";
import { createHash } from "node:crypto";

import { accounts, domain, fromJson, toJson, types, viem } from "../vectors/oracle.mjs";

export const newAccount = () => accounts.privateKeyToAccount(accounts.generatePrivateKey());

const hash = (primaryType, json) =>
  viem.hashTypedData({ domain, types, primaryType, message: fromJson(primaryType, json) });

/** A ballot's id: its EIP-712 digest. */
export const ballotId = (ballot) => hash("Ballot", ballot);

/** Who signed: by viem, and where it is a browser's own key (r, s, x, y on P-256) by WebCrypto. */
async function recover(primaryType, json, signature) {
  if (signature.length !== 2 + 2 * 128) {
    return viem.recoverTypedDataAddress({ domain, types, primaryType, message: fromJson(primaryType, json), signature });
  }
  const bytes = viem.hexToBytes(signature);
  const point = bytes.slice(64);
  const key = await crypto.subtle.importKey("raw", new Uint8Array([4, ...point]), { name: "ECDSA", namedCurve: "P-256" }, true, ["verify"]);
  const digest = viem.hexToBytes(hash(primaryType, json));
  assert.ok(await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, bytes.slice(0, 64), digest), `${primaryType}: the signature is its key's`);
  return viem.getAddress(viem.slice(viem.keccak256(point), 12));
}

/** A duel's vote. */
export const duel = (left, right, outcome) => ({
  kind: "duel",
  candidates: [left, right],
  outcome,
  strength: 0,
  propensity: 0,
  reasons: [],
});

/** A ballot signed by a guest, as canonical JSON text, with its id. */
export async function guestBallot(account, round, sequence, votes) {
  const now = BigInt(Math.floor(Date.now() / 1000));
  const message = {
    round,
    voter: account.address,
    sequence: BigInt(sequence),
    issuedAt: now,
    deadline: now + 3600n,
    source: "",
    votes,
  };
  const signature = await account.signTypedData({ domain, types, primaryType: "Ballot", message });
  const ballot = toJson("Ballot", message);
  return {
    id: viem.hashTypedData({ domain, types, primaryType: "Ballot", message }),
    body: `{"ballot":${ballot},"signature":"${signature}","grant":null}`,
  };
}

/** Who signed a ballot, after everything about it was checked: the voter itself, or the session key of a good grant. */
export async function verifyBallot({ ballot, signature, grant }) {
  const signer = await recover("Ballot", ballot, signature);
  if (grant === null) {
    assert.equal(signer, ballot.voter, "a ballot without a grant is signed by its voter");
    return signer;
  }
  assert.equal(signer, grant.grant.session, "a granted ballot is signed by the session key");
  assert.equal(ballot.voter, grant.grant.voter);
  assert.equal(await recover("SessionGrant", grant.grant, grant.signature), grant.grant.voter);
  assert.equal(await recover("SessionGrant", grant.grant, grant.acceptance), grant.grant.session);
  return signer;
}

/** Checks that the operator signed this receipt, and that it is this log entry's. */
export async function verifyReceipt(signed, operator, entry) {
  assert.equal(await recover("Receipt", signed.receipt, signed.signature), operator, "the operator signed the receipt");
  assert.equal(signed.receipt.ballot, ballotId(entry.signed.ballot));
  assert.equal(signed.receipt.round, entry.signed.ballot.round);
  assert.equal(signed.receipt.index, entry.index);
  assert.equal(signed.receipt.acceptedAt, entry.acceptedAt);
}

/** Checks all of a round's log: order, signatures, and the receipt that the server gives for every entry. */
export async function verifyLog(server, round) {
  const { operator } = await server.json("/healthz");
  const entries = await server.ballots(round);
  for (const [at, entry] of entries.entries()) {
    assert.equal(entry.index, String(at));
    assert.equal(entry.signed.ballot.round, round);
    await verifyBallot(entry.signed);
    await verifyReceipt(await server.json(`/v1/ballots/${ballotId(entry.signed.ballot)}/receipt`), operator, entry);
  }
  return entries;
}

export const sha256 = (bytes) => `0x${createHash("sha256").update(bytes).digest("hex")}`;

/** A wallet for {@link announce}: a viem account that answers EIP-1193 requests in Node, where its key stays. */
export class Wallet {
  /** What the page asked for, oldest first. */
  asked = [];
  /** Set to refuse the next signature as a person would. */
  refuses = false;
  /** Set to leave a request for a signature unanswered. */
  waits = false;
  /** Set to answer the next signatures with this error: `{ code, message }`. */
  fails = undefined;

  constructor(account = newAccount(), { name = "Test wallet", signer = account } = {}) {
    this.account = account;
    this.signer = signer;
    this.info = {
      uuid: crypto.randomUUID(),
      name,
      icon: "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'/>",
      rdns: "test.tastemaker.wallet",
    };
  }

  async request({ method, params }) {
    this.asked.push({ method, params });
    switch (method) {
      case "eth_requestAccounts":
      case "eth_accounts":
        return { result: [this.account.address] };
      case "eth_chainId":
        return { result: "0x1" };
      case "eth_getCode":
        return { result: "0x" };
      case "eth_signTypedData_v4": {
        if (this.waits) return new Promise(() => undefined);
        if (this.fails) return { error: this.fails };
        if (this.refuses) return { error: { code: 4001, message: "User rejected the request." } };
        const { domain, types, primaryType, message } = JSON.parse(params[1]);
        // The domain's own type is implied, as viem has it.
        const { EIP712Domain: _, ...named } = types;
        return { result: await this.signer.signTypedData({ domain, types: named, primaryType, message }) };
      }
      default:
        return { error: { code: 4200, message: `${method} is not supported` } };
    }
  }

  /** Makes the wallet known to a page before it loads, by EIP-6963. */
  async announce(page) {
    const bridge = `wallet_${this.info.uuid.replaceAll("-", "")}`;
    await page.exposeFunction(bridge, (asked) => this.request(asked));
    await page.addInitScript(
      ({ bridge, info }) => {
        const listeners = new Map();
        // For the tests: what a wallet tells a page by itself.
        globalThis.walletTells = (event, data) => [...(listeners.get(event) ?? [])].forEach((listener) => listener(data));
        const provider = Object.freeze({
          request: async (asked) => {
            const { result, error } = await globalThis[bridge](asked);
            if (error) throw Object.assign(new Error(error.message), { code: error.code });
            return result;
          },
          on: (event, listener) => listeners.set(event, (listeners.get(event) ?? new Set()).add(listener)),
          removeListener: (event, listener) => listeners.get(event)?.delete(listener),
        });
        const announce = () => {
          const detail = Object.freeze({ info: Object.freeze(info), provider });
          globalThis.dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail }));
        };
        globalThis.addEventListener("eip6963:requestProvider", announce);
        announce();
      },
      { bridge, info: this.info },
    );
  }
}
