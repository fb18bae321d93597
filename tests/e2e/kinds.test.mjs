// Stars, rankings, points and my taste over a real server: what is given in the widgets arrives there signed, is known again after a
// reload, and can be changed. What the widgets do by themselves is in `widgets.test.mjs`.

import assert from "node:assert/strict";

import { after, before, test } from "./bounded.mjs";
import { Widget, delivered, heard, launch, quiet, visit } from "./browser.mjs";
import { Server, texts, until } from "./harness.mjs";

const LINES = ["One line.", "Another line.", "A third, longer line.", "The fourth.", "The fifth and last line."];

let browser, server, round;
before(async () => {
  [browser, server] = await Promise.all([launch(), Server.start()]);
  ({ round } = await server.round(texts(LINES), { title: "Kinds", kinds: "stars,ranking,points", stars: 5, halves: true, points: 10, ranking: 3, reason: "funny" }));
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** The votes in the log that this person gave, the last one first. */
const votesOf = async (page) => {
  const voter = await page.evaluate(() => globalThis.client.voter);
  const ballots = await server.ballots(round);
  return ballots.filter(({ signed }) => signed.ballot.voter === voter).flatMap(({ signed }) => signed.ballot.votes).reverse();
};

/** Which candidates the session has up on a desk. */
const up = (page, view) => page.evaluate((view) => (globalThis.client[view].candidates ?? [globalThis.client[view].candidate]).map(({ id }) => id), view);

test("stars, a ranking and points arrive signed, with what was shown and what was said", async () => {
  const page = await visit(browser, server, round, { widgets: "stars,rank,points" });
  const stars = new Widget(page, "taste-stars");
  const rank = new Widget(page, "taste-rank");
  const points = new Widget(page, "taste-points");

  await stars.reaches("asking");
  const [rated] = await up(page, "stars");
  await stars.key("rating").focus();
  await page.keyboard.press("4");
  await page.keyboard.press("ArrowDown");
  await page.locator("taste-stars").getByText("funny").click();
  await stars.key("key-confirm").click();
  await stars.reaches("answered");

  await rank.reaches("asking");
  const ranked = await up(page, "ranking");
  assert.equal(ranked.length, 3, "as many as the round's rules say");
  await page.locator("taste-rank [part~=key-later]").first().click();
  await rank.key("key-confirm").click();
  await rank.reaches("answered");

  await points.reaches("asking");
  const shared = await up(page, "points");
  await page.locator("taste-points [part~=field]").nth(1).fill("7");
  await page.locator("taste-points [part~=field]").nth(0).fill("9");
  await points.key("key-confirm").click();
  await points.reaches("answered");

  await delivered(page);
  const given = await votesOf(page);
  const wanted = [
    ["points", shared, shared.map((_, at) => (at === 0 ? 3 : at === 1 ? 7 : 0)).join()],
    ["ranking", ranked, "2>1>3"],
    ["stars", [rated], "3.5/5"],
  ];
  for (const [kind, candidates, outcome] of wanted) {
    const found = given.find((vote) => vote.kind === kind);
    assert.ok(found, `no ${kind} in the log`);
    assert.deepEqual([found.candidates, found.outcome], [candidates, outcome]);
  }
  assert.deepEqual(given.find(({ kind }) => kind === "stars").reasons, ["funny"]);
  const told = await heard(page, "voted");
  assert.deepEqual(told.map(({ kind }) => kind), ["stars", "ranking", "points"]);
  quiet(page);
  await page.context().close();
});

test("after a reload what was given is known again, and given anew it replaces the first", async () => {
  const page = await visit(browser, server, round, { widgets: "stars" });
  const stars = new Widget(page, "taste-stars");
  await stars.reaches("asking");
  const [rated] = await up(page, "stars");
  await stars.key("rating").focus();
  await page.keyboard.press("2");
  await page.keyboard.press("Enter");
  await stars.reaches("answered");
  await delivered(page);
  await page.reload();
  await page.waitForFunction(() => globalThis.client);
  await stars.reaches("asking");
  const own = await page.evaluate(() => globalThis.client.votes().map(({ vote, standing }) => [vote.kind, vote.candidates[0], vote.outcome, standing]));
  assert.deepEqual(own, [["stars", rated, "2/5", "delivered"]]);
  assert.notDeepEqual(await up(page, "stars"), [rated], "what was answered is not asked first");
  await page.evaluate((id) => globalThis.client.ask("stars", [id]), rated);
  await until("the same work", async () => (await up(page, "stars"))[0] === rated);
  await stars.key("rating").focus();
  await page.keyboard.press("5");
  await page.keyboard.press("Enter");
  await stars.reaches("answered");
  await delivered(page);
  const given = (await votesOf(page)).filter(({ candidates }) => candidates[0] === rated);
  assert.deepEqual(given.map(({ outcome }) => outcome), ["5/5", "2/5"], "both are in the log; the later one counts");
  assert.deepEqual(await page.evaluate((id) => globalThis.client.votes().filter(({ vote }) => vote.candidates[0] === id).map(({ vote }) => vote.outcome), rated), ["5/5"]);
  quiet(page);
  await page.context().close();
});

test("a kind that the round does not take is not asked", async () => {
  const only = await server.round(texts(LINES), { title: "Only stars", kinds: "stars", stars: 3 });
  const page = await visit(browser, server, only.round, { widgets: "stars,rank" });
  const stars = new Widget(page, "taste-stars");
  await stars.reaches("asking");
  assert.equal(await page.locator("taste-stars [part~=star]").count(), 3, "as many stars as the rules say");
  assert.notEqual(await new Widget(page, "taste-rank").phase(), "asking");
  quiet(page);
  await page.context().close();
});

test("my taste without a model says what is missing, hands out the votes, and forgets", async () => {
  const page = await visit(browser, server, round, { widgets: "stars,me" });
  const me = new Widget(page, "taste-me");
  await me.reaches("empty");
  const stars = new Widget(page, "taste-stars");
  await stars.reaches("asking");
  await stars.key("rating").focus();
  await page.keyboard.press("3");
  await page.keyboard.press("Enter");
  await me.reaches("unguessed");
  assert.match(await me.words(), /No taste model has been made for this round/);
  await delivered(page);
  const [file] = await Promise.all([page.waitForEvent("download"), me.key("download").click()]);
  const { readFileSync } = await import("node:fs");
  const ballots = readFileSync(await file.path(), "utf8").trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(ballots.flatMap(({ ballot }) => ballot.votes).map(({ outcome }) => outcome), ["3/5"]);
  const voter = await page.evaluate(() => globalThis.client.voter);
  await me.key("forget").click();
  await page.locator("taste-me [part~=ask]").getByText("Forget me").click();
  await until("it is said", async () => /Nothing of you is left/.test(await page.evaluate(() => document.querySelector("taste-me").shadowRoot.textContent)));
  await page.reload();
  await page.waitForFunction(() => globalThis.client);
  assert.notEqual(await page.evaluate(() => globalThis.client.voter), voter, "the key is gone");
  quiet(page);
  await page.context().close();
});
