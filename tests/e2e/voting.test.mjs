// A vote's way from the finger to the log: by click and by keyboard alone, in <taste-duel> and <taste-approve>.

import assert from "node:assert/strict";

import { after, before, test } from "./bounded.mjs";
import { Widget, delivered, heard, launch, quiet, visit } from "./browser.mjs";
import { Server, galleryTexts, until, works } from "./harness.mjs";
import { ballotId, sha256, verifyLog } from "./protocol.mjs";

let browser, server, art, texts;
before(async () => {
  [browser, server] = await Promise.all([launch(), Server.start()]);
  art = await server.round(await works(24));
  texts = await server.round(await galleryTexts(20));
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const commitment = (page, desk) => page.evaluate((desk) => globalThis.client.commitment(desk), desk);

/** Checks that a guess was fixed before the answer and opens to what the page shows after it. */
async function checkGuess(page, desk, fixed, { round, asked }) {
  const opened = await commitment(page, desk);
  assert.equal(fixed.text, null, "nothing but the digest is known before the answer");
  assert.equal(opened.digest, fixed.digest, "the guess that opens is the one that was fixed");
  assert.equal(sha256(opened.text), fixed.digest);
  const lines = Object.fromEntries(opened.text.trimEnd().split("\n").map((line) => line.split(/ (.*)/s)));
  assert.equal(lines.round, round);
  assert.equal(lines.question, asked);
  const { guess } = await page.evaluate((desk) => globalThis.client[desk], desk);
  assert.equal(Number(lines.probability) / 1e6, guess.probability, "what is shown is what was fixed");
}

/** The last outcome that the log has for each question asked of these candidates. */
async function outcomes(server, round, signer) {
  const found = new Map();
  for (const { signed } of await server.ballots(round)) {
    if (signed.ballot.voter !== signer) continue;
    for (const vote of signed.ballot.votes) found.set(vote.candidates.join(" "), vote.outcome);
  }
  return found;
}

/** Checks all that the log has of this page's votes: outcomes, signatures, receipts, and that the page knows of them. */
async function checkLog(page, round, expected) {
  await delivered(page);
  const entries = await verifyLog(server, round);
  const { voter, exported } = await page.evaluate(async () => ({
    voter: globalThis.client.voter,
    exported: await globalThis.client.export(),
  }));
  assert.deepEqual(await outcomes(server, round, voter), expected);
  const mine = entries.filter(({ signed }) => signed.ballot.voter === voter);
  assert.deepEqual(exported, mine.map(({ signed }) => signed), "the page's export is what the log holds");
  assert.equal(new Set(mine.map(({ signed }) => ballotId(signed.ballot))).size, mine.length);
  return voter;
}

test("five clicks in a duel become five signed votes, each after a guess that was fixed before it", async () => {
  const page = await visit(browser, server, art.round);
  const duel = new Widget(page, "taste-duel");
  const expected = new Map();
  const clicks = [
    ["left", () => duel.page.locator("taste-duel [part~=side][part~=left] [part~=work]").click()],
    ["right", () => duel.page.locator("taste-duel [part~=side][part~=right] [part~=work]").click()],
    ["tie", () => duel.key("key-tie").click()],
    ["neither", () => duel.key("key-neither").click()],
    ["left", () => duel.key("key-left").click()],
  ];
  for (const [outcome, click] of clicks) {
    await duel.reaches("asking");
    const fixed = await commitment(page, "duel");
    const pair = await duel.answer(click);
    expected.set(pair.join(" "), outcome);
    await checkGuess(page, "duel", fixed, { round: art.round, asked: `duel ${pair.join(" ")}` });
    await duel.next();
  }
  const voted = await heard(page, "voted");
  assert.deepEqual(voted.map(({ outcome }) => outcome), clicks.map(([outcome]) => outcome));
  await checkLog(page, art.round, expected);
  quiet(page);
});

test("the keyboard alone votes in a duel: ←, →, ↑ tie, ↓ neither, S skip, Z undo", async () => {
  const page = await visit(browser, server, art.round);
  const duel = new Widget(page, "taste-duel");
  await duel.reaches("asking");
  const press = (key) => page.keyboard.press(key);
  // Nothing has focus: the arrows are the page's.
  await press("ArrowLeft");
  await until("the focus to reach the duel", async () => {
    const reached = (await page.evaluate(() => document.activeElement.localName)) === "taste-duel";
    if (!reached) await press("Tab");
    return reached;
  });
  assert.deepEqual([await duel.phase(), await heard(page, "vote-request")], ["asking", []]);

  const expected = new Map();
  for (const [key, outcome] of [
    ["ArrowLeft", "left"],
    ["ArrowRight", "right"],
    ["ArrowUp", "tie"],
    ["ArrowDown", "neither"],
  ]) {
    const pair = await duel.answer(() => press(key));
    expected.set(pair.join(" "), outcome);
    await press(key);
    await until("the next pair", async () => (await duel.phase()) !== "answered");
  }

  await duel.reaches("asking");
  const skipped = await duel.shown();
  await press("s");
  await until("another pair", async () => (await duel.shown()).join() !== skipped.join());
  expected.set(skipped.join(" "), "skip");

  // Z takes the skip back and asks the same again; the answer then counts, the guess does not.
  await duel.reaches("asking");
  await press("z");
  await until("the same pair again", async () => (await duel.shown()).join() === skipped.join());
  expected.set((await duel.answer(() => press("ArrowRight"))).join(" "), "right");
  await checkLog(page, art.round, expected);

  // What is delivered already cannot be unsigned: a skip replaces it.
  await press("z");
  await until("the question again", async () => (await duel.phase()) === "asking");
  expected.set(skipped.join(" "), "skip");
  await checkLog(page, art.round, expected);
  assert.equal((await heard(page, "undone")).length, 2);
  quiet(page);
});

test("on a phone the works hang one above the other: tap chooses, ↑ and ↓ choose, T ties, N says neither", async () => {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, reducedMotion: "reduce" });
  const page = await visit(browser, server, art.round, { context });
  const duel = new Widget(page, "taste-duel");
  const expected = new Map();
  const work = (side) => page.locator(`taste-duel [part~=side][part~=${side}] [part~=work]`);
  const press = (key) => page.keyboard.press(key);
  for (const [outcome, act] of [
    ["right", () => work("right").tap()],
    ["left", () => work("left").tap()],
    ["left", () => press("ArrowUp")],
    ["right", () => press("ArrowDown")],
    ["tie", () => press("t")],
    ["neither", () => press("n")],
  ]) {
    expected.set((await duel.answer(act)).join(" "), outcome);
    const [above, below] = await Promise.all([work("left").boundingBox(), work("right").boundingBox()]);
    assert.ok(above.y + above.height <= below.y, "stacked");
    await duel.key("key-skip").tap();
    await until("the next pair", async () => (await duel.phase()) !== "answered");
  }
  await checkLog(page, art.round, expected);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "nothing sticks out");
  quiet(page);
});

test("a text is approved by click and by keyboard, and the same guess stands behind it", async () => {
  const page = await visit(browser, server, texts.round, { widgets: "approve" });
  const approve = new Widget(page, "taste-approve");
  const expected = new Map();
  const press = (key) => page.keyboard.press(key);
  for (const [outcome, act] of [
    ["for", () => approve.key("key-for").click()],
    ["against", () => approve.key("key-against").click()],
    ["for", () => press("ArrowRight")],
    ["against", () => press("ArrowLeft")],
  ]) {
    await approve.reaches("asking");
    const fixed = await commitment(page, "approval");
    const [candidate] = await approve.answer(act);
    expected.set(candidate, outcome);
    await checkGuess(page, "approval", fixed, { round: texts.round, asked: `approval ${candidate}` });
    await approve.next();
  }
  await approve.reaches("asking");
  const [skipped] = await approve.shown();
  await press("s");
  await until("another text", async () => (await approve.shown())[0] !== skipped);
  expected.set(skipped, "skip");
  await checkLog(page, texts.round, expected);
  quiet(page);
});

test("a page may veto a vote, and the question stays up", async () => {
  const page = await visit(browser, server, art.round);
  const duel = new Widget(page, "taste-duel");
  await page.evaluate(() => document.addEventListener("taste-vote-request", (event) => event.preventDefault(), { once: true }));
  await duel.reaches("asking");
  const pair = await duel.shown();
  await duel.key("key-left").click();
  await until("the request", async () => (await heard(page, "vote-request")).length === 1);
  assert.deepEqual([await duel.phase(), await duel.shown()], ["asking", pair]);
  assert.deepEqual(await duel.answer(() => duel.key("key-tie").click()), pair);
  await checkLog(page, art.round, new Map([[pair.join(" "), "tie"]]));
  quiet(page);
});
