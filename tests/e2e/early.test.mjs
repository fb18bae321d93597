// A press on a question that a server drew, made before the client is there: it is shown at once, and cast when the client comes.
// The wasm is held back by hand, and so is the code that draws, so that each moment can be looked at.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

import { after, before, test } from "./bounded.mjs";
import { Widget, heard, launch, open, quiet } from "./browser.mjs";
import { Server, dist, site, texts, until } from "./harness.mjs";
import { between } from "./http.mjs";

const { renderToString } = await import(pathToFileURL(join(dist, "server.js")).href);
const LINES = ["One line.", "Another line.", "A third, longer line.", "The fourth and last line."];

let browser, server, folder, round;
before(async () => {
  const folders = site();
  [folder] = folders;
  [browser, server] = await Promise.all([launch(), Server.start({ folders })]);
  ({ round } = await server.round(texts(LINES), { title: "Early", kinds: "duel,approval,stars,ranking", ranking: 3 }));
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** What a page loads before anything is asked of a round: the entry and whatever it imports at once. */
function atOnce(file, found = new Set()) {
  found.add(file);
  for (const [, next] of readFileSync(file, "utf8").matchAll(/(?:from|import)\s*"(\.[^"]+\.js)"/g)) {
    const path = join(dirname(file), next);
    if (!found.has(path)) atOnce(path, found);
  }
  return found;
}
const first = new Set([...atOnce(join(dist, "elements.js"))].map((file) => file.slice(file.lastIndexOf("/") + 1)));

/** A view of the round's first candidates, as a server would draw it. */
async function drawn(tag) {
  const view = await server.json(`/v1/rounds/${round}`);
  const [one, two, three] = view.signed.round.candidates.map(({ id, kind, title, note }, at) => ({ id, kind, title, note, src: null, text: LINES[at] }));
  const asked = {
    phase: "asking", question: view.signed.round.question, outcome: null, guess: null, tally: { hits: 0, guessed: 0, recent: [] }, canUndo: false,
    delivery: { kept: 0, offline: false, trouble: null, storage: null, retryIn: null, undeliverable: 0 }, reasons: [], progress: [1, 4], upcoming: null,
  };
  const works = { "taste-duel": { pair: [one, two] }, "taste-approve": { candidate: one }, "taste-stars": { candidate: one, stars: 5, halves: false }, "taste-rank": { candidates: [one, two, three], previous: null } };
  return renderToString(tag, { advance: "manual" }, { view: { ...asked, ...works[tag] }, stylesheet: `/pkg/styles/${tag}.css` });
}

function door() {
  let open;
  return { opened: new Promise((resolve) => (open = resolve)), open };
}

/** Opens a page with that widget, nothing of which is loaded that is not needed to paint it; `let(what)` lets it come. */
async function visit(tag, url = server.url) {
  const name = `${tag}.html`;
  writeFileSync(join(folder, name), `<!doctype html><html lang="en"><meta charset="utf-8"><title>Early</title><link rel="icon" href="data:,">
<main><taste-round src="/v1/rounds/${round}">${await drawn(tag)}</taste-round></main><script type="module" src="/early.js"></script></html>`);
  writeFileSync(join(folder, "early.js"), `globalThis.events = [];
document.addEventListener("taste-voted", ({ detail }) => globalThis.events.push({ name: "voted", detail }));
document.addEventListener("taste-open", ({ detail }) => (globalThis.client = detail.client));
await import("/pkg/elements.js");
globalThis.ready = true;`);
  const doors = { code: door(), wasm: door() };
  const prepare = async (page) => {
    await page.route(/\/pkg\/(?!elements)[\w-]+\.(js|wasm)$/, async (route) => {
      const file = route.request().url().split("/").at(-1);
      if (file.endsWith(".wasm")) await doors.wasm.opened;
      else if (!first.has(file)) await doors.code.opened;
      await route.continue();
    });
  };
  const page = await open(browser, `${url}/${name}`, { prepare });
  await page.waitForFunction(() => globalThis.ready);
  return { page, widget: new Widget(page, tag), come: (what) => doors[what].open() };
}

const votesOf = async (page) => {
  const voter = await page.evaluate(() => globalThis.client?.voter);
  return (await server.ballots(round)).filter(({ signed }) => signed.ballot.voter === voter).flatMap(({ signed }) => signed.ballot.votes);
};

/** Waits for the vote in the log, and that it is the only one. */
async function arrived(page, candidates, outcome) {
  await page.waitForFunction(() => globalThis.events.length > 0);
  await page.evaluate(() => globalThis.client.flush());
  const votes = await until("the vote in the log", async () => (await votesOf(page)).length > 0 && votesOf(page));
  assert.deepEqual(votes.map((vote) => [vote.candidates, vote.outcome]), [[candidates, outcome]]);
  assert.deepEqual((await heard(page, "voted")).map(({ candidates, outcome }) => [candidates, outcome]), [[candidates, outcome]]);
}

const ids = async () => (await server.json(`/v1/rounds/${round}`)).signed.round.candidates.map(({ id }) => id);

test("a duel pressed before anything but the elements is there is shown pressed, and cast once", async () => {
  const { page, widget, come } = await visit("taste-duel");
  await widget.key("left").locator("[part~=work]").first().click();
  await widget.key("key-right").click(); // Too late: the first answer counts.
  assert.equal(await widget.key("key-left").getAttribute("aria-pressed"), "true");
  come("code");
  await widget.reaches("answered");
  assert.equal(await widget.key("key-left").getAttribute("aria-pressed"), "true");
  assert.equal(await widget.key("key-right").getAttribute("aria-pressed"), null);
  assert.ok(await widget.key("you").isVisible(), "the dot");
  assert.equal(await page.evaluate(() => globalThis.client), undefined);
  come("wasm");
  const [one, two] = await ids();
  await arrived(page, [one, two], "left");
  await widget.reaches("answered");
  assert.ok(await widget.key("key-undo").isVisible(), "it can be taken back like any other");
  await widget.next();
  await widget.reaches("asking");
  quiet(page);
  await page.context().close();
});

test("a key pressed while the wasm is on its way is kept, and more presses change nothing", async () => {
  const { page, widget, come } = await visit("taste-approve");
  come("code");
  await widget.reaches("asking");
  await until("the drawing", () => page.evaluate(() => document.querySelector("taste-approve").drawing !== undefined));
  await widget.focus();
  await page.keyboard.press("ArrowRight");
  await widget.reaches("answered");
  await page.keyboard.press("ArrowLeft");
  await widget.key("key-skip").click();
  assert.equal(await widget.key("key-for").getAttribute("aria-pressed"), "true");
  come("wasm");
  await arrived(page, [(await ids())[0]], "for");
  quiet(page);
  await page.context().close();
});

test("stars and an order given early arrive like the rest", async () => {
  const stars = await visit("taste-stars");
  await stars.widget.key("star").nth(0).waitFor();
  await stars.page.locator("taste-stars [part~=star]").nth(3).click();
  stars.come("code");
  await stars.widget.reaches("answered");
  stars.come("wasm");
  await arrived(stars.page, [(await ids())[0]], "4/5");
  quiet(stars.page);
  await stars.page.context().close();

  const rank = await visit("taste-rank");
  rank.come("code");
  await until("the drawing", () => rank.page.evaluate(() => document.querySelector("taste-rank").drawing !== undefined));
  await rank.page.locator("taste-rank [part~=key-later]").first().click();
  await rank.widget.key("key-confirm").click();
  await rank.widget.reaches("answered");
  rank.come("wasm");
  await arrived(rank.page, (await ids()).slice(0, 3), "2>1>3");
  quiet(rank.page);
  await rank.page.context().close();
});

test("where the round does not open the press is kept until it does", async () => {
  const way = await between(server.url);
  way.spoil = ({ url }) => (url === `/v1/rounds/${round}` ? "error" : undefined);
  const { page, widget, come } = await visit("taste-duel", way.url);
  await widget.key("key-tie").click();
  come("code");
  come("wasm");
  const again = page.getByRole("button", { name: "Try again" });
  await again.waitFor();
  assert.equal(await widget.key("key-tie").getAttribute("aria-pressed"), "true");
  way.spoil = () => undefined;
  await again.click();
  const [one, two] = await ids();
  await arrived(page, [one, two], "tie");
  quiet(page, [/Failed to load resource/]);
  await page.context().close();
  await way.close();
});

test("a press on what the round does not have is no vote on something else", async () => {
  const other = await server.round(texts(["Some.", "Others."]), { title: "Other" });
  const { page, widget, come } = await visit("taste-duel");
  await widget.key("key-left").click();
  await page.evaluate((src) => (document.querySelector("taste-round").src = src), `/v1/rounds/${other.round}`);
  come("code");
  come("wasm");
  await page.waitForFunction(() => globalThis.client);
  await widget.reaches("asking");
  assert.deepEqual(await page.evaluate(() => [globalThis.events.length, globalThis.client.delivery.kept, globalThis.client.votes().length]), [0, 0, 0]);
  quiet(page);
  await page.context().close();
});
