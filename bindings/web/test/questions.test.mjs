// Whom questions are for: what a page says reaches the mind that draws them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { featuresFile, modelDigest } from "../../../tests/vectors/features.mjs";
import { tastemaker } from "./package.mjs";
import { makeRound, sha256, texts } from "./round.mjs";

const { MemoryStore, TasteClient } = tastemaker;

/** How likely each of ten questions was, in billionths, once a model draws them. */
async function propensities(t, options) {
  const features = featuresFile(texts.length);
  const view = { ...(await makeRound()), model: { digest: modelDigest, features: features.digest, logSize: "12" } };
  const transport = {
    json: async () => structuredClone(view),
    text: async (url) => texts.find((text) => String(url).endsWith(sha256(text))),
    bytes: async () => features.bytes,
    events: () => () => undefined,
  };
  const client = await TasteClient.open({ src: `https://operator.test/v1/rounds/${view.id}`, transport, store: new MemoryStore(), sendAfter: 3600, ...options });
  t.after(() => client.close());
  if (client.model === undefined) await new Promise((resolve) => client.addEventListener("taste-model", resolve, { once: true }));
  while (client.duel.phase === "loading") await new Promise((resolve) => client.addEventListener("change", resolve, { once: true }));
  for (let at = 0; at < 10; at += 1) {
    await client.vote("left");
    await client.next();
  }
  // What was drawn before the model came was drawn by coverage.
  return client.votes().map(({ vote }) => vote.propensity).slice(2);
}

/** Six texts make fifteen pairs; of those that are left, each is as likely. */
const even = (propensity) => Array.from({ length: 15 }, (_, at) => Math.round(1e9 / (at + 1))).includes(propensity);

test("questions for the board are drawn from all pairs alike", async (t) => {
  const drawn = await propensities(t, { questions: "board" });
  assert.equal(drawn.length, 8);
  assert.ok(drawn.every(even), String(drawn));
});

test("questions for the person are not, and where nothing is said some of either are asked", async (t) => {
  for (const options of [{ questions: "person" }, {}]) {
    const drawn = await propensities(t, options);
    assert.equal(drawn.length, 8);
    assert.ok(!drawn.every(even) && drawn.every((propensity) => propensity > 0), String(drawn));
  }
});
