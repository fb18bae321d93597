// SIGKILL under load: every receipt that was given is in the log afterwards, and every queued vote arrives once.

import assert from "node:assert/strict";

import { after, before, test } from "./bounded.mjs";
import { Widget, delivered, launch, quiet, visit } from "./browser.mjs";
import { Server, until, works } from "./harness.mjs";
import { ballotId, duel, guestBallot, newAccount, verifyLog, verifyReceipt } from "./protocol.mjs";

const CLIENTS = 6;
/** Receipts that the clients get together between one kill and the next, and votes of the page. */
const BALLOTS = 50;
const VOTES = 2;
const KILLS = 3;
/** What Chromium says while the server is dead. */
const DEAD = [/ERR_CONNECTION_REFUSED/, /ERR_CONNECTION_RESET/, /ERR_EMPTY_RESPONSE/, /ERR_INCOMPLETE_CHUNKED_ENCODING/, /ERR_SOCKET_NOT_CONNECTED/];

let browser, server;
before(async () => {
  [browser, server] = await Promise.all([launch(), Server.start()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Receipts that the clients have. Counted here: reading a log that grows would slow down the load it waits for. */
let given = 0;
/** Votes that the page has cast. */
let voted = 0;
/** How often a client met a dead server and had to send again. */
let again = 0;
/** Whether the last kill is over. Until then the load goes on, however fast the machine is. */
let survived = false;

/** A Node client: sends ballots in order, each until it has a receipt, until the last kill is over. */
async function client(round, candidates, number) {
  const account = newAccount();
  const receipts = new Map();
  for (let at = 0; !survived; at += 1) {
    const [left, right] = [candidates[(number + at) % candidates.length], candidates[(number + 2 * at + 1) % candidates.length]];
    const votes = [duel(left.id, right.id === left.id ? candidates.at(-1 - at % 3).id : right.id, at % 2 ? "left" : "right")];
    const ballot = await guestBallot(account, round, at + 1, votes);
    const receipt = await until("a receipt", async () => {
      try {
        const answer = await fetch(`${server.url}/v1/ballots`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: ballot.body,
        });
        const told = await answer.json();
        assert.ok(answer.ok, JSON.stringify(told));
        return told;
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error;
        again += 1;
        return undefined;
      }
    });
    receipts.set(ballot.id, receipt);
    given += 1;
  }
  return receipts;
}

/** A person in a real page. All they may notice: a picture that did not come while the server was dead. */
async function person(page, votes) {
  const widget = new Widget(page, "taste-duel");
  await widget.focus();
  for (let at = 0; at < votes; at += 1) {
    while ((await widget.reaches("asking", "away")) === "away") {
      await page.getByRole("button", { name: "Try again" }).click();
    }
    await widget.focus();
    await page.keyboard.press(at % 2 ? "ArrowLeft" : "ArrowRight");
    await until("the answer", async () => (await widget.phase()) === "answered");
    voted += 1;
    await page.keyboard.press("ArrowLeft");
    await until("the next question", async () => (await widget.phase()) !== "answered");
  }
}

test("the server is killed three times while many vote; no acknowledged vote is lost, no vote arrives twice", async () => {
  const { round } = await server.round(await works(24));
  const { candidates } = (await server.json(`/v1/rounds/${round}`)).signed.round;
  const page = await visit(browser, server, round);
  await page.evaluate(() => {
    globalThis.accepted = [];
    globalThis.client.addEventListener("taste-ballot-accepted", ({ detail }) => globalThis.accepted.push(detail));
  });

  const clients = Promise.all(Array.from({ length: CLIENTS }, (_, number) => client(round, candidates, number)));
  const voting = person(page, 20);
  for (let kill = 1; kill <= KILLS; kill += 1) {
    await until("more ballots", () => given >= BALLOTS * kill && voted >= VOTES * kill, 120);
    const met = again;
    await server.kill();
    await until("a client to meet the dead server", () => again > met);
    await server.start();
  }
  survived = true;
  const [loads] = await Promise.all([clients, voting]);
  await delivered(page, 60);

  const entries = await verifyLog(server, round);
  const places = new Map(entries.map((entry) => [ballotId(entry.signed.ballot), entry]));
  assert.equal(places.size, entries.length, "no ballot is in the log twice");
  const { operator } = await server.json("/healthz");
  for (const receipts of loads) {
    for (const [id, receipt] of receipts) await verifyReceipt(receipt, operator, places.get(id));
  }

  const { voter, accepted } = await page.evaluate(() => ({ voter: globalThis.client.voter, accepted: globalThis.accepted }));
  for (const { id, index } of accepted) assert.equal(places.get(id).index, index);
  const mine = entries.filter(({ signed }) => signed.ballot.voter === voter).flatMap(({ signed }) => signed.ballot.votes);
  assert.equal(mine.length, 20, "every vote of the page arrived, and once");
  assert.equal(new Set(mine.map(({ candidates }) => candidates.toSorted().join())).size, 20);
  const total = loads.reduce((sum, receipts) => sum + receipts.size, 0);
  assert.equal(entries.length, total + entries.filter(({ signed }) => signed.ballot.voter === voter).length);
  quiet(page, DEAD);
});
