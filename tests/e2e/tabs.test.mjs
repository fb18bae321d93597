// Two tabs of one person: one key, one memory, and no vote is sent twice or lost.

import assert from "node:assert/strict";

import { after, before, test } from "./bounded.mjs";
import { Widget, delivered, launch, quiet, visit } from "./browser.mjs";
import { Server, texts, until, works } from "./harness.mjs";
import { verifyLog } from "./protocol.mjs";

const KEYS = [["left", "ArrowLeft"], ["right", "ArrowRight"], ["tie", "ArrowUp"]];

let browser, server;
before(async () => {
  [browser, server] = await Promise.all([launch(), Server.start()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

test("two tabs vote at the same time; every vote arrives once, under one key, in one sequence", async () => {
  const { round } = await server.round(await works(24));
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, reducedMotion: "reduce" });
  const pages = await Promise.all([1, 2].map(() => visit(browser, server, round, { context })));
  const cast = (
    await Promise.all(
      pages.map(async (page, at) => {
        const duel = new Widget(page, "taste-duel");
        const votes = [];
        await duel.focus();
        for (let turn = 0; turn < 8; turn += 1) {
          const [outcome, key] = KEYS[(turn + at) % 3];
          // Keys, not clicks: a tab in the background draws too seldom for the pointer.
          const pair = await duel.answer(() => page.keyboard.press(key));
          votes.push(`${pair.join(" ")} ${outcome}`);
          await page.keyboard.press(key);
          await until("the next pair", async () => (await duel.phase()) !== "answered");
        }
        return votes;
      }),
    )
  ).flat();
  // Both tabs try to send everything at once.
  await Promise.all(pages.map((page) => delivered(page)));

  const entries = await verifyLog(server, round);
  const arrived = entries.flatMap(({ signed }) => signed.ballot.votes.map((vote) => `${vote.candidates.join(" ")} ${vote.outcome}`));
  // Where both tabs happened to ask the same at the same time, the later answer may replace the earlier one.
  const question = (vote) => vote.split(" ").slice(0, 2).toSorted().join(" ");
  assert.deepEqual([...new Set(arrived.map(question))].toSorted(), [...new Set(cast.map(question))].toSorted(), "every question");
  const left = [...cast];
  for (const vote of arrived) {
    const at = left.indexOf(vote);
    assert.notEqual(at, -1, `${vote} arrived without having been cast, or once too often`);
    left.splice(at, 1);
  }
  assert.equal(new Set(entries.map(({ signed }) => signed.ballot.voter)).size, 1);
  const sequences = entries.map(({ signed }) => BigInt(signed.ballot.sequence));
  assert.deepEqual(sequences, sequences.toSorted((a, b) => (a < b ? -1 : 1)));

  // Each tab knows of the other's votes without a reload.
  for (const page of pages) {
    await until("both tabs to know all votes", () =>
      page.evaluate(async (all) => (await globalThis.client.export()).flatMap(({ ballot }) => ballot.votes).length === all, arrived.length),
    );
    quiet(page);
  }
});

test("a tab that is closed with votes unsent leaves them to the other", async () => {
  const { round } = await server.round(await works(12));
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, reducedMotion: "reduce" });
  const [first, second] = await Promise.all([1, 2].map(() => visit(browser, server, round, { context })));
  const duel = new Widget(first, "taste-duel");
  await duel.answer(() => duel.key("key-left").click());
  await until("the vote to be stored", () =>
    second.evaluate(() => globalThis.client.delivery.kept === 1 || globalThis.client.session.export().length === 1),
  );
  await first.close();
  await delivered(second);
  assert.equal((await server.votes(round)).length, 1);
  quiet(second);
});

test("many tabs stay open: one that is not looked at holds no connection, and catches up when it is", async () => {
  const { round } = await server.round(texts(["One.", "Two.", "Three.", "Four."]));
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, reducedMotion: "reduce" });
  const look = (page, state) =>
    page.evaluate((state) => {
      Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }, state);
  const tabs = [];
  // A browser gives all tabs of a site six connections.
  for (let at = 0; at < 9; at += 1) {
    tabs.push(await visit(browser, server, round, { context }));
    await look(tabs.at(-1), "hidden");
  }
  const [first] = tabs;
  await first.evaluate(() => {
    globalThis.told = new Promise((heard) => globalThis.client.addEventListener("taste-status", ({ detail }) => heard(detail), { once: true }));
  });
  await look(first, "visible");
  assert.equal((await first.evaluate(() => globalThis.told)).state, "open");
  for (const page of tabs) quiet(page);
});
