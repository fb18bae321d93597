// Votes make a model, the model comes to the open page, and its guesses become better; without a server the very same
// files work from a folder.

import assert from "node:assert/strict";
import { readFile, readdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { after, before, test } from "./bounded.mjs";
import { Widget, heard, launch, open, quiet, visit } from "./browser.mjs";
import { Server, command, gallery, site, temporary, until } from "./harness.mjs";
import { serveFolders } from "./http.mjs";
import { ballotId, duel, guestBallot, newAccount, sha256, verifyBallot } from "./protocol.mjs";

const TRAIN_EVERY = 120;

let browser, server, candidates, works, round;
before(async () => {
  [browser, server] = await Promise.all([launch(), Server.start({ trainEvery: TRAIN_EVERY })]);
  const art = join(await gallery(24), "art.jsonl");
  works = (await readFile(art, "utf8")).trimEnd().split("\n").map((line) => JSON.parse(line));
  round = (await server.round(art)).round;
  candidates = (await server.json(`/v1/rounds/${round}`)).signed.round.candidates;
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** `count` votes by ten people who all prefer the families in this order, over pairs that go round. */
async function crowd(order, count) {
  const family = (candidate) => order.indexOf(works[candidates.indexOf(candidate)].family);
  const pairs = candidates.flatMap((left) => candidates.filter((right) => family(left) !== family(right)).map((right) => [left, right]));
  const votes = Array.from({ length: count }, (_, at) => {
    const [left, right] = pairs[(at * 7919) % pairs.length];
    return duel(left.id, right.id, family(left) < family(right) ? "left" : "right");
  });
  const each = count / 10;
  for (let person = 0; person < 10; person += 1) {
    const ballot = await guestBallot(newAccount(), round, 1, votes.slice(person * each, (person + 1) * each));
    const answer = await fetch(`${server.url}/v1/ballots`, { method: "POST", headers: { "content-type": "application/json" }, body: ballot.body });
    assert.equal(answer.status, 201, await answer.text());
  }
}

/** Probability that a work of the first family is preferred to one of the second, by the open page. */
function preference(page, first, second) {
  const of = (family) => candidates.filter((_, at) => works[at].family === family).map(({ id }) => id);
  return page.evaluate(
    async ([left, right]) => {
      const found = await Promise.all(left.flatMap((a) => right.map((b) => globalThis.client.predict(a, b))));
      return found.reduce((sum, { probability }) => sum + probability, 0) / found.length;
    },
    [of(first), of(second)],
  );
}

/** Waits until the page uses a model that the server made of at least this many ballots. */
const modelOf = (page, ballots) =>
  until(
    `a model of ${ballots} ballots in the page`,
    async () => {
      const { model } = await server.json(`/v1/rounds/${round}`);
      return model && Number(model.logSize) >= ballots && (await page.evaluate(() => globalThis.client.model)) === model.digest && model;
    },
    60,
  );

let page, model;
test("an open page guesses blindly, then receives a trained model without a reload and guesses well", async () => {
  page = await visit(browser, server, round);
  const widget = new Widget(page, "taste-duel");
  await page.evaluate(() => (globalThis.never = "reloaded"));
  await widget.answer(() => widget.key("key-tie").click());
  const [blind] = await heard(page, "revealed");
  assert.deepEqual([blind.guess.probability, blind.guess.undecided], [0.5, true], "before any vote, nobody can tell");
  const unknown = await page.evaluate(() => globalThis.client.predict(...globalThis.client.duel.pair.map(({ id }) => id)).catch(({ code }) => code));
  assert.equal(unknown, "Client::NoModel");

  await crowd(["shore", "drift", "pebble", "contour", "tessera", "loom"], TRAIN_EVERY);
  model = await modelOf(page, 10);
  assert.equal(await page.evaluate(() => globalThis.never), "reloaded");
  const bytes = Buffer.from(await (await fetch(`${server.url}/v1/models/${model.digest}`)).arrayBuffer());
  assert.equal(sha256(bytes), model.digest);
  assert.ok((await preference(page, "shore", "loom")) > 0.7, "shores are liked");
  assert.ok((await preference(page, "loom", "shore")) < 0.3);
  quiet(page);
});

test("content that the page brings is predicted beside the round's own", async () => {
  const [liked, loathed] = ["shore", "loom"].map((family) => candidates.find((_, at) => works[at].family === family).id);
  const found = await page.evaluate(
    async ([liked, loathed]) => {
      const { client } = globalThis;
      const [a, b] = await Promise.all([liked, loathed].map(async (id) => client.embed(await (await fetch(`/v1/content/${id}`)).blob())));
      const ranked = await client.rank([b, a]);
      return { length: a.length, one: await client.predict(a, b), other: await client.predict(b, a), first: ranked[0].subject === a };
    },
    [liked, loathed],
  );
  assert.ok(found.length > 10);
  assert.ok(Math.abs(found.one.probability + found.other.probability - 1) < 1e-5, "P(a,b) + P(b,a) = 1");
  assert.ok(found.one.low <= found.one.probability && found.one.probability <= found.one.high);
  assert.ok(found.one.probability > 0.5 && found.first, "by its content alone");
});

test("when taste turns, the next model follows in the same page", async () => {
  const before = await preference(page, "loom", "shore");
  await crowd(["loom", "tessera", "contour", "pebble", "drift", "shore"], 2 * TRAIN_EVERY);
  const next = await modelOf(page, 20);
  assert.notEqual(next.digest, model.digest);
  const turned = await preference(page, "loom", "shore");
  assert.ok(turned > before + 0.1, `from ${before} to ${turned}`);
  assert.equal(await page.evaluate(() => globalThis.never), "reloaded");
  quiet(page);
});

test("an exported round is a page without a server: it shows, guesses, keeps votes, and gives them as a signed file", async () => {
  const folder = temporary("export");
  await command("export", "--server", server.url, "--round", round, "--out", folder);
  const names = await readdir(join(folder, "content"));
  // A file server tells a picture's type by its ending.
  for (const name of names) await rename(join(folder, "content", name), join(folder, "content", `${name}.svg`));
  const view = {
    id: round,
    signed: JSON.parse(await readFile(join(folder, "round.json"), "utf8")),
    content: Object.fromEntries(names.map((id) => [id, { src: `content/${id}.svg` }])),
    model: { ...(await server.json(`/v1/rounds/${round}`)).model, src: { model: "model.onnx", features: "features.bin" } },
  };
  await writeFile(join(folder, "view.json"), JSON.stringify(view));
  const pages = await serveFolders([folder, ...site()]);
  const alone = await open(browser, `${pages.url}/?src=/view.json&advance=manual`);
  const widget = new Widget(alone, "taste-duel");
  await until("the model", () => alone.evaluate(() => globalThis.client?.model));
  assert.equal(await alone.evaluate(() => globalThis.client.model), view.model.digest);
  const cast = [];
  for (const key of ["key-left", "key-right", "key-tie"]) {
    cast.push(await widget.answer(() => widget.key(key).click()));
    await widget.next();
  }
  await alone.reload();
  await alone.waitForFunction(() => globalThis.client);
  const { text, type, voter } = await alone.evaluate(async () => {
    const blob = await globalThis.client.exportBallots();
    return { text: await blob.text(), type: blob.type, voter: globalThis.client.voter };
  });
  const ballots = text.trimEnd().split("\n").map((line) => JSON.parse(line));
  for (const signed of ballots) assert.equal(await verifyBallot(signed), voter);
  assert.equal(type, "application/x-ndjson");
  assert.deepEqual(ballots.flatMap(({ ballot }) => ballot.votes.map(({ candidates, outcome }) => [candidates, outcome])), [
    [cast[0], "left"],
    [cast[1], "right"],
    [cast[2], "tie"],
  ]);
  assert.equal(new Set(ballots.map(({ ballot }) => ballotId(ballot))).size, ballots.length);
  assert.deepEqual([...alone.hosts], [new URL(pages.url).host], "nobody else was asked");
  assert.deepEqual(pages.asked.filter((line) => !line.startsWith("GET ")), [], "nothing was sent");
  quiet(alone);

  // The very same ballots count once they reach the operator.
  for (const signed of ballots) {
    const answer = await fetch(`${server.url}/v1/ballots`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(signed) });
    assert.equal(answer.status, 201, await answer.text());
  }
  await pages.close();
});
