// No network for a while: votes are kept and said to be kept, survive a reload, and arrive once.

import assert from "node:assert/strict";

import { after, before, test } from "./bounded.mjs";
import { Widget, delivered, launch, open, quiet, visit } from "./browser.mjs";
import { Server, site, texts, until } from "./harness.mjs";
import { serveFolders } from "./http.mjs";
import { ballotId, verifyLog } from "./protocol.mjs";

/** What Chromium says of requests while there is no network or no server. */
const NO_NETWORK = [/ERR_INTERNET_DISCONNECTED/, /ERR_NETWORK_CHANGED/, /ERR_CONNECTION_REFUSED/, /ERR_INCOMPLETE_CHUNKED_ENCODING/, /ERR_CONNECTION_RESET/];

// Few enough that all of them are on the device after two questions.
const LINES = ["One line.", "Another line.", "A third, longer line.", "The fourth and last line."];

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

async function vote(duel, times) {
  for (let at = 0; at < times; at += 1) {
    await duel.answer(() => duel.key(at % 2 ? "key-right" : "key-left").click());
    await duel.next();
  }
}

const kept = (page) => page.evaluate(() => globalThis.client.delivery.kept);

/** Every vote once: as many as were cast, no question twice, every ballot verified. */
async function arrivedOnce(server, round, count) {
  const entries = await verifyLog(server, round);
  const votes = entries.flatMap(({ signed }) => signed.ballot.votes);
  assert.equal(votes.length, count);
  assert.equal(new Set(votes.map(({ candidates }) => candidates.toSorted().join())).size, count);
  assert.equal(new Set(entries.map(({ signed }) => ballotId(signed.ballot))).size, entries.length);
}

test("votes cast offline are kept, said to be kept, and sent by themselves when the network is back", async () => {
  const server = await Server.start();
  const { round } = await server.round(texts(LINES));
  const page = await visit(browser, server, round);
  const duel = new Widget(page, "taste-duel");
  await vote(duel, 3);
  await delivered(page);

  await page.context().setOffline(true);
  await until("the page to notice", async () => /You’re offline/.test(await duel.words()));
  await vote(duel, 2);
  assert.match(await duel.words(), /2 votes are kept on this device/);
  assert.equal(await kept(page), 2);
  assert.equal((await server.votes(round)).length, 3);

  await page.context().setOffline(false);
  await server.withVotes(round, 5);
  await until("nothing to be kept", async () => (await kept(page)) === 0);
  await until("the page to say no more of it", async () => !/offline|kept/.test(await duel.words()));
  await arrivedOnce(server, round, 5);
  quiet(page, NO_NETWORK);
  await server.stop();
});

test("votes cast offline survive a reload, and a server that is away, and arrive once", async () => {
  // The page and the operator live on two origins, so that one can be away without the other.
  const pages = await serveFolders(site());
  const server = await Server.start({ folders: [], settings: { allow_origins: [pages.url] } });
  const { url, round } = await server.round(texts(LINES));
  const page = await open(browser, `${pages.url}/?${new URLSearchParams({ src: url, advance: "manual" })}`);
  const duel = new Widget(page, "taste-duel");
  await page.waitForFunction(() => globalThis.client);
  await vote(duel, 3);
  await delivered(page);

  await page.context().setOffline(true);
  await vote(duel, 2);
  const voter = await page.evaluate(() => globalThis.client.voter);
  await server.stop();
  await page.context().setOffline(false);

  await page.reload();
  await page.waitForFunction(() => globalThis.client);
  assert.equal(await page.evaluate(() => globalThis.client.voter), voter, "the key survives");
  assert.equal(await kept(page), 2, "the votes survive");
  await until("the page to say so", async () => /didn’t reach us[\s\S]*safe on this device/.test(await duel.words()));

  await server.start();
  await page.getByRole("button", { name: "Try now" }).click();
  await server.withVotes(round, 5);
  await until("nothing to be kept", async () => (await kept(page)) === 0);
  await arrivedOnce(server, round, 5);
  quiet(page, NO_NETWORK);
  await server.stop();
  await pages.close();
});
