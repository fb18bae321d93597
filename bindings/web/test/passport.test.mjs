// Taste passports and explanations: the taste wasm finds the native bits, and clients hand a taste on.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { featuresFile, modelDigest } from "../../../tests/vectors/features.mjs";
import { bytes, tastemaker } from "./package.mjs";
import { makeRound, sha256, texts } from "./round.mjs";

const { MemoryStore, TasteClient, TasteError, initTaste } = tastemaker;
const vector = JSON.parse(readFileSync(new URL("../../../tests/vectors/passport.json", import.meta.url), "utf8"));
const HOST = "https://operator.test";

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

/** A client whose operator has a model; `more` makes another round of it. */
async function opened(t, more) {
  const features = featuresFile(texts.length);
  const view = { ...(await makeRound(undefined, more)), model: { digest: modelDigest, features: features.digest, logSize: "12" } };
  const transport = {
    json: async () => structuredClone(view),
    text: async () => texts[0],
    bytes: async () => features.bytes,
    events: () => () => undefined,
  };
  const client = await TasteClient.open({ src: `${HOST}/v1/rounds/${view.id}`, transport, store: new MemoryStore(), sendAfter: 3600 });
  t.after(() => client.close());
  if (client.model === undefined) await new Promise((resolve) => client.addEventListener("taste-model", resolve, { once: true }));
  return client;
}

test("a taste is taken along to another round, by its owner's signature", async (t) => {
  const here = await opened(t);
  const there = await opened(t, { points: 12 });
  assert.notEqual(here.id, there.id);
  const [one, other, third] = texts.map(sha256);
  await assert.doesNotReject(here.explain(one, other));
  for (const loser of [other, third]) {
    here.ask(one, loser);
    await here.vote("left");
  }
  const why = await here.explain(one, other);
  assert.equal(why.votes.length, 2);
  assert.ok(Math.abs(why.before + why.votes[0] + why.votes[1] - why.after) < 1e-9);
  assert.ok(why.after > why.before);
  assert.ok(why.nearest.some(({ candidate, to, likeness }) => candidate === one && to === "left" && likeness > 0.999));

  const passport = await here.exportTaste();
  assert.ok(passport.length < 400, `${passport.length} bytes`);
  const crowd = await there.predict(one, other);
  const carried = await there.importTaste(passport, here.signer.address);
  assert.deepEqual([carried.votes, carried.round], [2, here.id]);
  const mine = await here.predict(one, other);
  const brought = await there.predict(one, other);
  assert.ok(Math.abs(mine.probability - brought.probability) < 0.005 && brought.probability > crowd.probability);

  await assert.rejects(here.importTaste(passport, here.signer.address), (error) => error instanceof TasteError && error.code === "SdkError::PassportRound");
  const changed = passport.slice();
  changed[100] ^= 1;
  for (const [bytes, owner] of [[changed, here.signer.address], [passport, there.signer.address]]) {
    await assert.rejects(there.importTaste(bytes, owner), ({ code }) => /^BallotError::Sign/.test(code));
  }
  assert.deepEqual(await there.predict(one, other), brought, "and nothing changed");
  await there.resetTaste();
  assert.deepEqual(await there.predict(one, other), crowd, "what came along is forgotten, too");
});

test("works near liked ones are there for <taste-me>", async (t) => {
  const client = await opened(t);
  assert.deepEqual(client.me.nearest, []);
  const [one, other] = texts.map(sha256);
  client.ask(one, other);
  await client.vote("left");
  for (const { candidate, near } of client.me.nearest) {
    assert.equal(near.id, one);
    assert.ok(![one, other].includes(candidate.id));
  }
});
