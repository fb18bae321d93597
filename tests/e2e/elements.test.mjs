// The elements as a page uses them: defined early or late, moved, named anew, taken away; with the page's own drawings in
// them; and what they say to those who do not see them.

import assert from "node:assert/strict";

import { after, before, test } from "./bounded.mjs";
import { Widget, launch, open, quiet, visit } from "./browser.mjs";
import { Server, site, texts, until } from "./harness.mjs";
import { between, serveFolders } from "./http.mjs";
import { duel as duelVote, guestBallot, newAccount, sha256 } from "./protocol.mjs";
import { domain, toJson, types } from "../vectors/oracle.mjs";

const LINES = ["One line.", "Another line.", "A third, longer line.", "The fourth and last line."];
const BARE = "<!doctype html><html lang=en><title>bare</title><link rel=icon href='data:,'><main></main>";

let browser, server, one, two;
before(async () => {
  const folders = site({ "bare.html": BARE });
  [browser, server] = await Promise.all([launch(), Server.start({ folders })]);
  one = await server.round(texts(LINES), { title: "One" });
  two = await server.round(texts(["Somewhere.", "Elsewhere.", "Nowhere."]), { title: "Two" });
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const bare = () => open(browser, `${server.url}/bare.html`);

/** Runs in the page: its one `<main>` holds a round of this address with a duel in it. */
const hang = (page, src) =>
  page.evaluate((src) => {
    const round = document.createElement("taste-round");
    round.setAttribute("src", src);
    const duel = round.appendChild(document.createElement("taste-duel"));
    duel.setAttribute("advance", "manual");
    document.querySelector("main").append(round);
  }, src);

const define = (page) => page.evaluate(() => import("/pkg/elements.js").then(() => undefined));
const roundShown = (page) => page.evaluate(() => document.querySelector("taste-duel").client?.id);

test("elements that are in the page before they are defined work, and one that is moved goes by the round around it", async () => {
  const page = await bare();
  await hang(page, one.url);
  await define(page);
  const duel = new Widget(page, "taste-duel");
  await duel.reaches("asking");
  assert.equal(await roundShown(page), one.round);
  await page.evaluate((src) => {
    const round = document.createElement("taste-round");
    round.setAttribute("src", src);
    document.body.append(round);
    round.append(document.querySelector("taste-duel"));
  }, two.url);
  await until("the other round", async () => (await roundShown(page)) === two.round);
  await duel.reaches("asking");
  quiet(page);
});

test("a round that did not open is forgotten once another is named", async () => {
  const page = await bare();
  await define(page);
  await hang(page, `/v1/rounds/0x${"00".repeat(32)}`);
  const said = () => page.evaluate(() => document.querySelector("taste-duel").shadowRoot?.textContent);
  await until("the failure to be said", async () => /didn’t open[\s\S]*ServerError::UnknownRound/.test(await said()));
  await page.evaluate((src) => document.querySelector("taste-round").setAttribute("src", src), one.url);
  await new Widget(page, "taste-duel").reaches("asking");
  assert.equal(await roundShown(page), one.round);
  // And back: what is shown is never a round that is not named any more.
  await page.evaluate(() => document.querySelector("taste-round").setAttribute("src", `/v1/rounds/0x${"00".repeat(32)}`));
  await until("the failure to be said again", async () => /didn’t open/.test(await said()));
  quiet(page, [/Failed to load resource/]);
});

for (const [how, leave] of [
  ["is taken out of the page", () => document.querySelector("taste-round").remove()],
  ["names another round", (src) => document.querySelector("taste-round").setAttribute("src", src)],
]) {
  test(`a vote that was just cast is sent when its round ${how}`, async () => {
    const { round, url } = await server.round(texts([how, ...LINES]));
    const page = await bare();
    await define(page);
    await hang(page, url);
    const duel = new Widget(page, "taste-duel");
    await duel.answer(() => duel.key("key-left").click());
    await page.evaluate(leave, two.url);
    await server.withVotes(round, 1);
    quiet(page);
  });
}

/** A round of cards, which only the page can draw, as a static file. */
async function cards() {
  const operator = newAccount();
  const ids = ["a", "b", "c"].map(sha256);
  const round = {
    operator: operator.address,
    title: "Cards",
    question: "Which hand?",
    encoder: "visual@1",
    opensAt: 1_760_000_000n,
    closesAt: 4_102_444_800n,
    budget: 0,
    importers: [],
    rules: { kinds: [], stars: 5, halves: false, points: 10, cost: "linear", ranking: 4, reasons: [], board: "open" },
    salt: `0x${"00".repeat(32)}`,
    candidates: ids.map((id, at) => ({ id, kind: "card", mediaType: "application/json", title: `Hand ${at}`, note: "" })),
  };
  const signature = await operator.signTypedData({ domain, types, primaryType: "Round", message: round });
  return { signed: { round: JSON.parse(toJson("Round", round)), signature } };
}

test("what the page hangs in a duel is pressed as the work it is, and its own controls keep their keys", async () => {
  const pages = await serveFolders(site({ "bare.html": BARE, "cards.json": JSON.stringify(await cards()) }));
  const page = await open(browser, `${pages.url}/bare.html`);
  await define(page);
  await hang(page, "/cards.json");
  await page.evaluate(() => {
    const duel = document.querySelector("taste-duel");
    for (const side of ["left", "right"]) {
      const card = duel.appendChild(document.createElement("div"));
      card.slot = side;
      card.id = side;
      const name = card.appendChild(document.createElement("b"));
      name.textContent = `The ${side} hand`;
      card.appendChild(document.createElement("input")).value = "a field";
    }
  });
  const duel = new Widget(page, "taste-duel");
  await duel.reaches("asking");
  const field = page.locator("#left input");
  await field.click();
  await field.press("ArrowRight");
  await field.press("s");
  assert.match(await field.inputValue(), /s/);
  assert.deepEqual([await duel.phase(), await page.evaluate(() => document.querySelector("taste-duel").client.delivery.kept)], ["asking", 0]);
  await duel.answer(() => page.locator("#right b").click());
  assert.equal(await page.evaluate(() => document.querySelector("taste-duel").client.duel.outcome), "right");
  quiet(page);
  await pages.close();
});

test("a board that does not come says so, and why", async () => {
  const way = await between(server.url);
  way.spoil = ({ url }) => (url.endsWith("/board") ? "error" : undefined);
  const page = await visit(browser, way, one.round, { widgets: "board" });
  const board = new Widget(page, "taste-board");
  await board.reaches("trouble");
  assert.match(await board.words(), /The board didn’t come/);
  assert.equal(await board.inside.getAttribute("data-code"), "Client::Status");
  quiet(page, [/Failed to load resource/]);
  await page.context().close();
  await way.close();
});

test("a board says which works surely gained or lost since a time, and is asked anew when the time is", async () => {
  const { round } = await server.round(texts(LINES), { title: "Turning" });
  const [first, second] = (await server.json(`/v1/rounds/${round}`)).signed.round.candidates.map(({ id }) => id);
  const cast = async (persons, outcome) => {
    for (let person = 0; person < persons; person += 1) {
      const { body } = await guestBallot(newAccount(), round, 1, [duelVote(first, second, outcome)]);
      const answer = await fetch(`${server.url}/v1/ballots`, { method: "POST", headers: { "content-type": "application/json" }, body });
      assert.equal(answer.status, 201, await answer.text());
    }
  };
  const aSecond = () => new Promise((passed) => setTimeout(passed, 1100));
  await cast(6, "left");
  await aSecond();
  const since = Math.floor(Date.now() / 1000);
  await aSecond();
  await cast(24, "right");
  const page = await visit(browser, server, round, { widgets: "board" });
  const board = new Widget(page, "taste-board");
  await board.reaches("ready");
  const moved = () => page.locator("taste-board [part~=row]").evaluateAll((rows) =>
    Object.fromEntries(rows.map((row) => [row.querySelector("[part~=note]").textContent, row.querySelector("[part~=moved]:not([hidden])")?.textContent ?? ""])));
  assert.ok(Object.values(await moved()).every((said) => said === ""), "only where it is asked for");
  await page.evaluate((since) => (document.querySelector("taste-board").since = String(since)), since);
  await until("what moved", async () => Object.values(await moved()).some((said) => said !== ""));
  assert.deepEqual(await moved(), { [LINES[0]]: "↓ 3", [LINES[1]]: "↑ 3", [LINES[2]]: "", [LINES[3]]: "" });
  // A distance back, before the round: all that was ever voted, counted from the full hour.
  await page.evaluate(() => document.querySelector("taste-board").setAttribute("since", "7d"));
  await until("the other time", async () => Number(await page.evaluate(() => globalThis.client.board.since)) % 3600 === 0);
  // What is no time asks for a plain board.
  await page.evaluate(() => document.querySelector("taste-board").setAttribute("since", "yesterday"));
  await until("a plain board", async () => (await page.evaluate(() => globalThis.client.board.since)) === undefined);
  quiet(page);
});

test("what is seen is also said: roles, names, and the guess in words", async () => {
  const page = await visit(browser, server, one.round, { widgets: "duel,approve,board" });
  const duel = new Widget(page, "taste-duel");
  await duel.reaches("asking");
  const group = page.locator("taste-duel").getByRole("group");
  const { question } = await page.evaluate(() => globalThis.client.round);
  assert.equal(await group.getAttribute("aria-label"), question);
  const hung = await page.evaluate(() => globalThis.client.duel.pair.map(({ title, note, text }) => [title, note, text]));
  const works = ["left", "right"].map((side, at) => [side, ...hung[at]].filter(Boolean).join(". "));
  for (const name of [...works, "Left", "Tie", "Neither", "Right", "Skip"]) {
    assert.equal(await group.getByRole("button", { name, exact: true }).count(), 1, name);
  }
  assert.equal(await group.getByRole("img").getAttribute("aria-label"), "Our guess is made. It shows after your answer.");
  await duel.answer(() => group.getByRole("button", { name: "Tie", exact: true }).press("Enter"));
  assert.equal(await group.getByRole("button", { name: "Tie", pressed: true }).count(), 1);
  assert.match(await group.getByRole("img").getAttribute("aria-label"), /You chose a tie\.$/);
  await until("the guess to be said", async () => /We (thought|could not tell)/.test(await group.getByRole("status").first().textContent()));

  const approve = page.locator("taste-approve").getByRole("group");
  for (const name of ["Against", "For"]) assert.equal(await approve.getByRole("button", { name, exact: true }).count(), 1, name);
  await new Widget(page, "taste-board").reaches("ready", "empty");
  quiet(page);
});

test("left is left in a page that is written from right to left", async () => {
  const page = await visit(browser, server, one.round);
  await page.evaluate(() => (document.documentElement.dir = "rtl"));
  const duel = new Widget(page, "taste-duel");
  await duel.reaches("asking");
  const place = (side) => page.locator(`taste-duel [part~=side][part~=${side}] [part~=work]`).boundingBox();
  assert.ok((await place("left")).x < (await place("right")).x);
  await duel.focus();
  await duel.answer(() => page.keyboard.press("ArrowLeft"));
  assert.equal(await page.evaluate(() => globalThis.client.duel.outcome), "left");
  const [you, end] = await Promise.all(["you", "us"].map((part) => page.locator(`taste-duel [part~=scale] [part~=${part}]`).boundingBox()));
  assert.ok(you.x <= end.x, "the dot is at the left end");
  quiet(page);
});
