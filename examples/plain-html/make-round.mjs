// Made round.json, once: eight lines, signed by a key that nobody kept. `taste round create` and `taste export` make
// such files of your own candidates; here it is written out so that the example needs no server at all.
//
//   node make-round.mjs > round.json

import { createHash, randomBytes } from "node:crypto";

import { accounts, domain, toJson, types } from "../../tests/vectors/oracle.mjs";

const { generatePrivateKey, privateKeyToAccount } = accounts;

const lines = [
  "The bakery opens at six; the bread has been up since four.",
  "He wound the clock every night, and every night it forgave him.",
  "She moved the piano twice before she learned to play it.",
  "The map was exact, and of somewhere else.",
  "All winter the greenhouse kept a light on, like a lie about June.",
  "The choir was two voices and a very good stairwell.",
  "They painted the bridge from both ends and met in slightly different greens.",
  "My grandmother salted by ear.",
];
const id = (text) => `0x${createHash("sha256").update(text).digest("hex")}`;
const operator = privateKeyToAccount(generatePrivateKey());
const round = {
  operator: operator.address,
  title: "Eight lines",
  question: "Which line would you keep?",
  encoder: "text@1",
  opensAt: 1_760_000_000n,
  // The year 2100: an example does not close.
  closesAt: 4_102_444_800n,
  budget: 0,
  importers: [],
  rules: { kinds: [], stars: 5, halves: false, points: 10, cost: "linear", ranking: 4, reasons: [], board: "open" },
  salt: `0x${randomBytes(32).toString("hex")}`,
  candidates: lines.map((text) => ({ id: id(text), kind: "text", mediaType: "text/plain", title: "", note: "" })),
};
const signature = await operator.signTypedData({ domain, types, primaryType: "Round", message: round });
const view = {
  signed: { round: JSON.parse(toJson("Round", round)), signature },
  content: Object.fromEntries(lines.map((text) => [id(text), { text }])),
};
process.stdout.write(`${JSON.stringify(view, null, 1)}\n`);
