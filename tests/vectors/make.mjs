// Makes the vectors with viem and checks each with ethers. See README.md for how to run it.
// Seeded: a second run writes the same bytes.

import { writeFileSync } from "node:fs";
import { accounts, closure, digest, domain, ethers, path, signer, toJson, types, viem } from "./oracle.mjs";

// ── Randomness: xorshift128, seeded ────────────────────────────────────────────────────────────────────────────────

let state = [0x7a57e, 0x3a4e5, 0x20260, 0x1];

function next() {
  let t = state[3];
  const s = state[0];
  state = [s, state[0], state[1], state[2]];
  t ^= t << 11;
  t ^= t >>> 8;
  state[0] = (t ^ s ^ (s >>> 19)) >>> 0;
  return state[0];
}
for (let i = 0; i < 64; i++) next();

const below = (n) => next() % n;
const pick = (list) => list[below(list.length)];
const many = (count, make) => Array.from({ length: count }, make);
const bytes32 = () => `0x${Array.from({ length: 8 }, () => next().toString(16).padStart(8, "0")).join("")}`;

/** A key (below the group order but for a chance of 2⁻¹²⁸) and its address. */
function keyed() {
  const key = bytes32();
  return { key, address: accounts.privateKeyToAddress(key) };
}

// ── Values that break naive implementations ────────────────────────────────────────────────────────────────────────

const U64_MAX = 2n ** 64n - 1n;
const U64S = [0n, 1n, 2n ** 31n, 2n ** 32n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n, U64_MAX];
const uint64 = () => (below(3) ? BigInt(1_750_000_000 + below(99_999_999)) : pick(U64S));

const TEXTS = [
  "",
  " ",
  "plain",
  "two\nlines\tand \\ \"quotes\"",
  "\u0000\u0001\u001f\u007f",
  "é as one, e\u0301 as two, a\u0308\u0323 stacked",
  "עברית ו-العربية, mixed \u202eright to left\u202c",
  "日本語と中文和한국어",
  "👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽 🇨🇭",
  "𝒻𝒶𝓃𝒸𝓎 \u{10ffff} \ufeff \u2028\u2029 \ufffd",
  "</script><!-- & ' ` ${x}",
  "0x", "*", "null",
];

/** A text of exactly this many bytes of UTF-8, not cut inside of a character. */
function filled(bytes) {
  const alphabet = ["a", "ß", "語", "🎨"];
  let text = "";
  let left = bytes;
  while (left > 0) {
    const piece = pick(alphabet);
    const size = Buffer.byteLength(piece);
    if (size <= left) {
      text += piece;
      left -= size;
    }
  }
  return text;
}
const text = (longest) => (below(12) ? pick(TEXTS) : filled(longest));

// ── Messages ───────────────────────────────────────────────────────────────────────────────────────────────────────

const candidate = () => ({
  id: bytes32(),
  kind: pick(["image", "text", "audio", "video", "palette", "card"]),
  mediaType: pick(["image/svg+xml", "text/plain", "application/octet-stream", ""]),
  title: text(200),
  note: text(500),
});

/** Places 1 to n in any order. */
function places(n) {
  const left = Array.from({ length: n }, (_, at) => at + 1);
  return Array.from({ length: n }, () => left.splice(below(left.length), 1)[0]);
}

const KINDS = ["duel", "approval", "stars", "ranking", "points"];
/** Tags as an operator writes them: any language, at most 40 bytes. */
const REASONS = ["colour", "composition", "too \"busy\"", "颜色", "اللون", "👍🏽", "line\nbreak", "ß".repeat(20), " "];
const some = (list) => list.filter(() => below(4) === 0);

/** Of each kind: how many candidates, and an outcome. */
const OUTCOMES = {
  duel: () => [2, pick(["left", "right", "tie", "neither", "skip"])],
  approval: () => [1, pick(["for", "against", "skip"])],
  stars: () => [1, pick(["0.5/5", "4/5", "3.5/5", "5/5", "1/2", "10/10", "9.5/10", "skip"])],
  ranking: () => {
    const shown = pick([2, 3, 4, 12]);
    return [shown, below(6) ? places(shown).join(">") : "skip"];
  },
  points: () => {
    const shown = pick([2, 3, 5, 24]);
    return [shown, below(6) ? many(shown, () => pick([0, 0, 1, 3, 10, 1000])).join(",") : "skip"];
  },
};

function vote() {
  const kind = pick(["duel", "duel", ...KINDS]);
  const [shown, outcome] = OUTCOMES[kind]();
  return {
    kind,
    candidates: many(shown, bytes32),
    outcome,
    strength: pick([0, 0, 1, 50, 100]),
    propensity: pick([0, 1, 250_000_000, 1_000_000_000]),
    reasons: below(3) ? [] : some(REASONS),
  };
}

const rules = () => ({
  kinds: below(2) ? [] : some(KINDS),
  stars: pick([2, 5, 5, 10]),
  halves: below(2) === 1,
  points: pick([1, 10, 100, 1000]),
  cost: pick(["linear", "quadratic"]),
  ranking: pick([2, 4, 12]),
  reasons: below(2) ? [] : some(REASONS),
  board: pick(["open", "voted", "closed"]),
});

const ballot = (voter, votes) => ({
  round: bytes32(),
  voter,
  sequence: uint64(),
  issuedAt: uint64(),
  deadline: uint64(),
  source: below(2) ? "" : text(300),
  votes: many(votes, vote),
});

const grant = (voter, session) => ({
  voter,
  session,
  scope: below(2) ? "*" : bytes32(),
  origin: below(3) ? pick(["https://example.org", "http://localhost:5173", "https://xn--bcher-kva.example"]) : text(255),
  notBefore: uint64(),
  notAfter: uint64(),
});

const receipt = () => ({ ballot: bytes32(), round: bytes32(), index: uint64(), acceptedAt: uint64() });

const round = (operator, candidates, importers) => ({
  operator,
  title: text(200),
  question: text(300),
  encoder: pick(["visual@1", "text@1", "", "clip-vit-b32.onnx@sha256-0f3a"]),
  opensAt: uint64(),
  closesAt: uint64(),
  budget: pick([0, 1, 500, 2 ** 32 - 1]),
  importers: many(importers, () => keyed().address),
  rules: rules(),
  salt: bytes32(),
  candidates: many(candidates, candidate),
});

// ── Signing with viem, checking with ethers ────────────────────────────────────────────────────────────────────────

async function sign(primaryType, message, who) {
  const hash = digest(primaryType, message);
  const signature = await accounts.privateKeyToAccount(who.key).signTypedData({ domain, types, primaryType, message });
  const theirs = await new ethers.Wallet(who.key).signTypedData(domain, closure(primaryType), message);
  if (signature !== theirs) throw new Error(`viem and ethers sign a ${primaryType} differently`);
  if ((await signer(hash, signature)) !== who.address) throw new Error("recovery gives somebody else");
  return { hash, signature };
}

async function vector(primaryType, message, who) {
  const { hash, signature } = await sign(primaryType, message, who);
  return { privateKey: who.key, message: toJson(primaryType, message), digest: hash, signature, signer: who.address };
}

function write(name, vectors) {
  const content = vectors.map((one) => `${JSON.stringify(one)}\n`).join("");
  writeFileSync(path(name), content);
  console.log(`${name}: ${vectors.length} vectors, ${Buffer.byteLength(content)} bytes`);
}

/** Extreme first, then random. */
const BALLOT_SIZES = [256, 256, 1, 0, ...many(216, () => 1 + below(4))];

const ballots = [];
for (const size of BALLOT_SIZES) {
  const who = keyed();
  const message = ballot(who.address, size);
  const all = (time, source) => Object.assign(message, { sequence: time, issuedAt: time, deadline: time, source });
  if (ballots.length === 0) all(U64_MAX, filled(300));
  if (ballots.length === 2) all(0n, "");
  ballots.push(await vector("Ballot", message, who));
}
write("ballots.jsonl", ballots);

const grants = [];
while (grants.length < 220) {
  const wallet = keyed();
  const session = keyed();
  const message = grant(wallet.address, session.address);
  if (grants.length === 0) Object.assign(message, { origin: "", notBefore: 0n, notAfter: U64_MAX });
  const { privateKey, ...signed } = await vector("SessionGrant", message, wallet);
  const { signature: acceptance } = await sign("SessionGrant", message, session);
  grants.push({ privateKey, sessionPrivateKey: session.key, ...signed, acceptance, session: session.address });
}
write("grants.jsonl", grants);

const receipts = [];
while (receipts.length < 220) receipts.push(await vector("Receipt", receipt(), keyed()));
write("receipts.jsonl", receipts);

/** [candidates, importers] */
const ROUND_SIZES = [[100, 32], [2, 0], [0, 0], ...many(45, () => [2 + below(5), below(3)])];

const rounds = [];
for (const [candidates, importers] of ROUND_SIZES) {
  const who = keyed();
  rounds.push(await vector("Round", round(who.address, candidates, importers), who));
}
write("rounds.jsonl", rounds);

const revocations = [];
while (revocations.length < 120) {
  const who = keyed();
  const message = { voter: who.address, session: keyed().address, revokedAt: uint64() };
  revocations.push(await vector("Revocation", message, who));
}
write("revocations.jsonl", revocations);

// ── The table itself ───────────────────────────────────────────────────────────────────────────────────────────────

const encodeType = Object.fromEntries(
  Object.keys(types).map((name) => [name, ethers.TypedDataEncoder.from(closure(name)).encodeType(name)]),
);
const table = { domain, domainSeparator: viem.domainSeparator({ domain }), encodeType };
if (table.domainSeparator !== ethers.TypedDataEncoder.hashDomain(domain)) throw new Error("domain separators differ");
writeFileSync(path("types.json"), `${JSON.stringify(table, null, 2)}\n`);
