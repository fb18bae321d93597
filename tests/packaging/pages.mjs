// What is tried in a page that any bundler made: a vote is cast and signed, content is embedded, nobody else is asked.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { Widget } from "../e2e/browser.mjs";
import { root, until } from "../e2e/harness.mjs";
import { verifyBallot } from "../e2e/protocol.mjs";
import { expected, featuresFile, model, modelDigest } from "../vectors/features.mjs";

const round = () => readFile(join(root, "examples/plain-html/round.json"), "utf8");

/** A round of eight lines, with a model, and the files beside it that its `src` names. */
export async function withModel(src = { model: "model.onnx", features: "features.bin" }) {
  const view = JSON.parse(await round());
  const features = featuresFile(view.signed.round.candidates.length);
  view.model = { digest: modelDigest, features: features.digest, logSize: "12", src };
  return { "round.json": JSON.stringify(view), "model.onnx": model, "features.bin": features.bytes };
}

/** Two embeddings that the model takes, the better one first. */
export const [better, worse] = [3, 2].map((at) => expected.embeddings[at]);

/** Votes once in a page's duel, and gives the signed ballot of the client found there. */
export async function voteOnce(page) {
  const duel = new Widget(page, "taste-duel");
  const candidates = await duel.answer(() => duel.key("key-left").click());
  const text = await page.evaluate(async () => (await document.querySelector("taste-duel").client.exportBallots()).text());
  const [signed, ...others] = text.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(others, []);
  await verifyBallot(signed);
  assert.deepEqual(signed.ballot.votes.map(({ candidates, outcome }) => [candidates, outcome]), [[candidates, "left"]]);
  return signed;
}

/** Embeds and predicts in a page that has voted; only then it asks for the content module. */
export async function embedAndPredict(page, asked) {
  const modules = () => asked.filter((line) => /tastemaker-content[\w-]*\.wasm$/.test(line));
  await until("the model", () => page.evaluate(() => document.querySelector("taste-duel").client.model));
  assert.deepEqual(modules(), [], "voting needs no content module");
  const found = await page.evaluate(
    async ([better, worse]) => {
      const { client } = document.querySelector("taste-duel");
      const { probability } = await client.predict(new Float32Array(better), new Float32Array(worse));
      return { length: (await client.embed("A line of the page's own.")).length, probability };
    },
    [better, worse],
  );
  assert.equal(found.length, 1024);
  assert.ok(found.probability > 0.6 && found.probability < 1, `${found.probability}`);
  assert.equal(modules().length, 1);
}
