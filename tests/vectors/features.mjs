// A taste model for tests that need one without training: the file that the `onnx` package wrote for
// crates/taste-model (five dimensions, two features), with what ONNX Runtime answers, and a features file made of it
// here, after nothing but the words of ARCHITECTURE.md.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

const data = new URL("../../crates/taste-model/tests/data/", import.meta.url);

const sha256 = (bytes) => `0x${createHash("sha256").update(bytes).digest("hex")}`;

/** The model's file and `{embeddings, utility, features, prior, likelihood, …}` as ONNX Runtime has them. */
export const model = new Uint8Array(readFileSync(new URL("head.onnx", data)));
export const expected = JSON.parse(readFileSync(new URL("head.json", data), "utf8"));
export const modelDigest = sha256(model);

/** A features file for a round of `count` candidates, whose embeddings are those of the fixture by turns. */
export function featuresFile(count) {
  const { utility, features, prior, likelihood } = expected;
  const rows = Array.from({ length: count }, (_, at) => at % utility.length);
  const numbers = [
    ...likelihood,
    ...prior.flatMap((row, i) => row.slice(0, i + 1)),
    ...rows.flatMap((row) => [utility[row], ...features[row]]),
  ];
  const file = Buffer.alloc(48 + 4 * numbers.length + Math.ceil(count / 8));
  file.write("TASTEFT2", "latin1");
  file.writeUInt32LE(count, 8);
  file.writeUInt32LE(features[0].length, 12);
  file.set(Buffer.from(modelDigest.slice(2), "hex"), 16);
  numbers.forEach((number, at) => file.writeFloatLE(number, 48 + 4 * at));
  // No candidate has an offset: a bit each, the lowest first.
  for (let at = 0; at < count; at += 1) file[48 + 4 * numbers.length + (at >> 3)] |= 1 << (at & 7);
  return { bytes: new Uint8Array(file), digest: sha256(file) };
}
