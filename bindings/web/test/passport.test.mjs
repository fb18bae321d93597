// Taste passports and explanations: the taste wasm finds the native bits.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { bytes, tastemaker } from "./package.mjs";

const { initTaste } = tastemaker;
const vector = JSON.parse(readFileSync(new URL("../../../tests/vectors/passport.json", import.meta.url), "utf8"));

async function mind({ features, model }) {
  const { WebMind } = await initTaste();
  const found = new WebMind();
  assert.equal(found.read(bytes(features), model, vector.candidates.join(" "), false), "");
  return found;
}

test("a passport has the native bits", async () => {
  const person = await mind(vector);
  person.learn(vector.votes);
  const [body, digest] = person.passport(vector.round, 1_800_000_000).split(" ");
  assert.equal(digest, vector.digest);
  assert.ok(vector.passport.startsWith(body));
  const { Key } = await initTaste();
  const key = new Key();
  assert.equal(key.read(new Uint8Array(32).fill(2)), "");
  assert.equal(body + key.signDigest(digest).slice(2), vector.passport);
});

test("an explanation has the native bits", async () => {
  const person = await mind(vector);
  person.learn(vector.votes);
  const [ends, votes, ...nearest] = person.explain(vector.candidates[0], new Float32Array(), vector.candidates[1], new Float32Array()).split("\n");
  assert.deepEqual([ends, votes], vector.explain);
  assert.equal(nearest[0].split(" ")[0], vector.candidates[1]);
});

test("a taste carried to the next model has the native bits", async () => {
  const person = await mind(vector.next);
  assert.match(person.carry(bytes(vector.passport), vector.signer, vector.another, new Uint8Array()), /^!ModelError::PassportModel\n/);
  assert.equal(person.carry(bytes(vector.passport), vector.signer, vector.another, bytes(vector.features)), `5 1800000000 ${vector.round}`);
  assert.equal(person.passport(vector.another, 1_800_000_001).split(" ")[0], vector.carried);
});
