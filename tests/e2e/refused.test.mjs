// Where a page does not let WebAssembly run: votes are recorded and signed all the same, by the vote module as a script.

import assert from "node:assert/strict";
import { join } from "node:path";

import { after, before, test } from "./bounded.mjs";
import { launch, open } from "./browser.mjs";
import { root } from "./harness.mjs";
import { serveFolders } from "./http.mjs";

const folders = [join(root, "tests/e2e/site"), join(root, "examples/plain-html"), join(root, "pkg")];

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

/** Opens the static round there, votes, and exports what was signed. */
async function vote(policy) {
  const server = await serveFolders(folders, policy ? { "content-security-policy": policy } : {});
  const page = await open(browser, `${server.url}/empty.html`);
  const result = await page.evaluate(async () => {
    const { TasteClient } = await import("/dist/index.js");
    const client = await TasteClient.open({ src: "/round.json", sendAfter: 3600 });
    const shown = client.duel.pair.map(({ id }) => id);
    await client.vote("left");
    const ballots = await client.export();
    const [first, second] = [client.model, await client.predict(...shown).catch(({ code }) => code)];
    return { wasm: client.wasm, shown, ballots, model: first, predicted: second, outcome: client.duel.outcome, kept: client.delivery.kept };
  });
  await server.close();
  return { ...result, asked: server.asked.map((path) => path.split("/").at(-1)) };
}

test("under a policy without 'wasm-unsafe-eval' a vote is recorded and signed by the script", async () => {
  const refused = await vote("default-src 'self'; script-src 'self'; style-src 'self'");
  assert.equal(refused.wasm, "refused");
  assert.equal(refused.outcome, "left");
  const [{ ballot, signature }] = refused.ballots;
  assert.deepEqual([ballot.votes[0].candidates, ballot.votes[0].outcome, signature.length], [refused.shown, "left", 258]);
  assert.equal(refused.predicted, "Client::NoModel");
  assert.ok(refused.asked.includes("tastemaker-vote.js"));
  assert.deepEqual(refused.asked.filter((name) => name.endsWith(".wasm")), [], "no wasm is fetched in vain");
});

test("under the strict policy the wasm runs and the script is not fetched", async () => {
  const strict = await vote("default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'");
  assert.equal(strict.wasm, "running");
  assert.equal(strict.ballots.length, 1);
  assert.ok(strict.asked.includes("tastemaker-first.wasm"));
  assert.ok(!strict.asked.includes("tastemaker-vote.js"));
});
