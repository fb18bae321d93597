// One bench, run by bench-ballots.mjs in Node.js and in Chromium from the same bundle: the digest of a ballot, the
// digest and a signature, and the recovery of the signer, ours and viem's by turns; and a session key's own curve, P-256, where
// the browser signs.

import { hashTypedData, recoverTypedDataAddress } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { bytesOf } from "../../../bindings/web/src/hex.ts";
import { p256Signature } from "../../../bindings/web/src/p256.ts";
import { median, turn, TURNS } from "./turns.mjs";

const types = {
  Vote: [
    { name: "kind", type: "string" },
    { name: "candidates", type: "bytes32[]" },
    { name: "outcome", type: "string" },
    { name: "strength", type: "uint8" },
    { name: "propensity", type: "uint32" },
    { name: "reasons", type: "string[]" },
  ],
  Ballot: [
    { name: "round", type: "bytes32" },
    { name: "voter", type: "address" },
    { name: "sequence", type: "uint64" },
    { name: "issuedAt", type: "uint64" },
    { name: "deadline", type: "uint64" },
    { name: "source", type: "string" },
    { name: "votes", type: "Vote[]" },
  ],
};
const domain = { name: "Tastemaker", version: "2" };

const bytes32 = (n) => `0x${n.toString(16).padStart(64, "0")}`;

/** A ballot of one duel, as the widget signs it. */
function ballot(voter) {
  return {
    round: bytes32(0xabcdefn),
    voter,
    sequence: 7n,
    issuedAt: 1_800_000_000n,
    deadline: 1_800_000_600n,
    source: "",
    votes: [
      { kind: "duel", candidates: [bytes32(17n), bytes32(23n)], outcome: "left", strength: 0, propensity: 500_000_000, reasons: [] },
    ],
  };
}

/** uint64 crosses to wasm, and travels in JSON, as a decimal string. */
const asJson = (message) => ({
  ...message,
  sequence: `${message.sequence}`,
  issuedAt: `${message.issuedAt}`,
  deadline: `${message.deadline}`,
});

/** The key that a session has: the browser's, which no script reads. */
async function browserKey(vote) {
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const { privateKey, publicKey } = await crypto.subtle.generateKey(algorithm, false, ["sign", "verify"]);
  const point = new Uint8Array(await crypto.subtle.exportKey("raw", publicKey)).slice(1);
  const hashed = { name: "ECDSA", hash: "SHA-256" };
  const sign = async (digest) => p256Signature(new Uint8Array(await crypto.subtle.sign(hashed, privateKey, bytesOf(digest))), point);
  const verify = (digest, signature) => crypto.subtle.verify(hashed, publicKey, bytesOf(signature).subarray(0, 64), bytesOf(digest));
  return { address: vote.keyAddress(point), sign, verify };
}

/** @param vote the vote module, initialised; @param taste the taste module, likewise */
export async function bench(vote, taste) {
  const secret = new Uint8Array(32).map((_, at) => at + 1);
  const key = new taste.Key();
  key.read(secret);
  const account = privateKeyToAccount(`0x${[...secret].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`);
  const message = ballot(account.address);
  const typedData = { domain, types, primaryType: "Ballot", message };
  const json = asJson(message);
  // As the package does it: what crosses is text.
  const digest = () => vote.compute("Ballot", JSON.stringify(json), new Uint8Array());
  const signature = await account.signTypedData(typedData);

  const browsers = await browserKey(vote);
  const signed = await browsers.sign(digest());
  const pairs = [
    ["EIP-712 digest of a ballot", () => digest(), () => hashTypedData(typedData)],
    [
      "digest and signature of a ballot",
      () => key.signDigest(digest()),
      () => account.signTypedData(typedData),
    ],
    [
      "digest and recovery of the signer",
      () => taste.recover(digest(), signature),
      () => recoverTypedDataAddress({ ...typedData, signature }),
    ],
    [
      "digest and signature of a ballot by the browser's P-256 key",
      () => browsers.sign(digest()),
      () => account.signTypedData(typedData),
      // Another curve, and another nonce each time: what was signed says who signed it.
      (ours, viems) => taste.recover(digest(), ours) === browsers.address && taste.recover(digest(), viems) === account.address,
    ],
    [
      "P-256 signature verified",
      () => taste.recover(digest(), signed),
      async () => (await browsers.verify(digest(), signed)) && browsers.address,
      undefined,
      "WebCrypto",
    ],
  ];
  const rows = [];
  for (const [name, ours, peer, agree = (a, b) => a === b, peerName] of pairs) {
    const [a, b] = [await ours(), await peer()];
    if (!agree(a, b)) throw new Error(`${name}: ours ${a}, theirs ${b}: a fast wrong answer is not measured`);
    await turn(ours);
    await turn(peer);
    const [mine, theirs] = [[], []];
    for (let at = 0; at < TURNS; at += 1) {
      mine.push(await turn(ours));
      theirs.push(await turn(peer));
    }
    rows.push({ name, ours: median(mine), peer: median(theirs), peerName });
  }
  return rows;
}
