// A second engine: the main journeys in Firefox, driven over WebDriver BiDi. What Chromium's tests hold in detail is not
// repeated here; what differs between engines is: custom elements in a shadow root, constructed style sheets, keys, WebCrypto,
// IndexedDB, what is announced to assistive technology, how a content policy is read.

import assert from "node:assert/strict";

import { after, before, test } from "./bounded.mjs";
import { hang, serveFixture, states } from "./fixture.mjs";
import { Server, require, texts, until, works } from "./harness.mjs";
import { Wallet, verifyLog } from "./protocol.mjs";

const executablePath = process.env.FIREFOX;
const skip = executablePath ? false : "no Firefox on this machine";

const POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'";
const KINDS = ["duel", "approve", "stars", "rank", "points"];

let browser, server, pages, round, lines;
before(async () => {
  if (skip) return;
  const { default: puppeteer } = await import(require.resolve("puppeteer-core"));
  const launched = puppeteer.launch({
    browser: "firefox",
    executablePath,
    headless: true,
    // Firefox ESR does not know the command that sets a viewport.
    defaultViewport: null,
    args: ["--width=1200", "--height=900"],
  });
  [browser, server, pages] = await Promise.all([launched, Server.start(), serveFixture({}, { "content-security-policy": POLICY })]);
  ({ round } = await server.round(await works(12)));
  const all = { title: "All kinds", kinds: "duel,approval,stars,ranking,points", ranking: 3 };
  lines = (await server.round(texts(["One line.", "Another line.", "A third, longer line.", "The fourth and last line."]), all)).round;
});
after(async () => {
  // Firefox may take minutes to end, which nobody waits for.
  const process = browser?.process();
  await Promise.race([browser?.close(), new Promise((late) => setTimeout(late, 10_000).unref())]);
  process?.kill("SIGKILL");
  await server?.stop();
  await pages?.close();
});

/** Waits until the round is open in the page. */
const opened = (page) => until("the round to open", () => page.evaluate(() => globalThis.client !== undefined));

/** A page that tells what goes wrong in it. */
async function fresh() {
  const page = await browser.newPage();
  page.faults = [];
  page.on("pageerror", (error) => page.faults.push(String(error.stack ?? error)));
  page.on("console", (message) => message.type() === "error" && page.faults.push(message.text()));
  return page;
}

/** Opens the test page on a round. */
async function visit(widgets, { of = round, prepare } = {}) {
  const page = await fresh();
  await prepare?.(page);
  await page.goto(`${server.url}/?${new URLSearchParams({ src: `/v1/rounds/${of}`, widgets, advance: "manual" })}`);
  await opened(page);
  return page;
}

const phase = (page, tag) =>
  page.evaluate((tag) => document.querySelector(tag)?.shadowRoot?.querySelector("[data-phase]")?.dataset.phase, tag);
const reaches = (page, tag, wanted) => until(`${tag} to be ${wanted}`, async () => (await phase(page, tag)) === wanted);
const focus = (page, tag) => page.evaluate((tag) => document.querySelector(tag).shadowRoot.querySelector("[data-phase]").focus(), tag);

test("Firefox: a guest votes with the keyboard, the votes arrive signed, and a reload remembers them", { skip }, async () => {
  const page = await visit("duel");
  for (const key of ["ArrowLeft", "ArrowRight", "ArrowUp"]) {
    await reaches(page, "taste-duel", "asking");
    await focus(page, "taste-duel");
    await page.keyboard.press(key);
    await reaches(page, "taste-duel", "answered");
    await page.evaluate(() => globalThis.client.next("duel"));
  }
  await page.evaluate(() => globalThis.client.flush());
  await server.withVotes(round, 3);
  const outcomes = (await verifyLog(server, round)).flatMap(({ signed }) => signed.ballot.votes.map((vote) => vote.outcome));
  assert.deepEqual(outcomes, ["left", "right", "tie"]);

  const voter = await page.evaluate(() => globalThis.client.voter);
  await page.reload();
  await opened(page);
  assert.equal(await page.evaluate(() => globalThis.client.voter), voter, "the session key is kept");
  assert.equal(await page.evaluate(() => globalThis.client.delivery.kept), 0);
  // Firefox says so of every event stream that a reload ends.
  const faults = page.faults.filter((fault) => !/\/events was interrupted while the page was loading/.test(fault));
  assert.deepEqual(faults, []);
});

/** Does something to a part of a widget, once it is there: the first of that name, or the n-th. */
const at = (page, tag, part, act, n = 0) =>
  until(`${part} of ${tag}`, () =>
    page.evaluate(([tag, part, act, n]) => {
      const found = document.querySelector(tag).shadowRoot.querySelectorAll(`[part~="${part}"]`)[n];
      if (!found || found.getAttribute("aria-disabled") === "true") return false;
      found[act]();
      return true;
    }, [tag, part, act, n]));

test("Firefox: every widget takes a vote under the server's strict policy, and all of them arrive signed by a P-256 key", { skip }, async () => {
  const page = await visit(`${KINDS.join(",")},board,me,wallet`, { of: lines });
  await reaches(page, "taste-duel", "asking");
  await at(page, "taste-duel", "key-left", "click");
  await reaches(page, "taste-approve", "asking");
  await at(page, "taste-approve", "key-for", "click");
  await reaches(page, "taste-stars", "asking");
  await at(page, "taste-stars", "rating", "focus");
  await page.keyboard.press("4");
  await page.keyboard.press("Enter");
  await reaches(page, "taste-rank", "asking");
  await at(page, "taste-rank", "key-later", "click");
  await at(page, "taste-rank", "key-confirm", "click");
  await reaches(page, "taste-points", "asking");
  await at(page, "taste-points", "field", "focus");
  await page.keyboard.press("ArrowUp");
  await at(page, "taste-points", "key-confirm", "click");
  for (const kind of KINDS) await reaches(page, `taste-${kind}`, "answered");
  await page.evaluate(() => globalThis.client.flush());
  await server.withVotes(lines, 5);
  const entries = await verifyLog(server, lines);
  const outcomes = Object.fromEntries(entries.flatMap(({ signed }) => signed.ballot.votes.map(({ kind, outcome }) => [kind, outcome])));
  assert.deepEqual({ ...outcomes, points: undefined }, { duel: "left", approval: "for", stars: "4/5", ranking: "2>1>3", points: undefined });
  assert.match(outcomes.points, /^[1-9]\d*(,\d+)+$/);
  for (const { signed } of entries) assert.equal(signed.signature.length, 2 + 256, "r, s, x and y");
  const drawn = (tag) => page.evaluate((tag) => document.querySelector(tag).getBoundingClientRect().height > 40, tag);
  for (const tag of ["taste-board", "taste-me", "taste-wallet"]) await until(`${tag} to be drawn`, () => drawn(tag));
  assert.deepEqual(page.faults, []);
  await page.close();
});

test("Firefox: a wallet that announces itself grants the session key, and the guest's votes come along", { skip }, async () => {
  const wallet = new Wallet();
  const prepare = async (page) => {
    page.addInitScript = (script, given) => page.evaluateOnNewDocument(script, given);
    await wallet.announce(page);
  };
  const page = await visit("duel,wallet", { prepare });
  await reaches(page, "taste-duel", "asking");
  await at(page, "taste-duel", "key-right", "click");
  await reaches(page, "taste-duel", "answered");
  await page.evaluate(() => globalThis.client.flush());
  await at(page, "taste-wallet", "connect", "click");
  const state = () => page.evaluate(() => document.querySelector("taste-wallet").shadowRoot.querySelector("[data-state]").dataset.state);
  await until("the wallet", async () => (await state()) === "connected");
  assert.deepEqual(wallet.asked.map(({ method }) => method), ["eth_requestAccounts", "eth_signTypedData_v4"]);
  assert.equal(await page.evaluate(() => globalThis.client.voter), wallet.account.address);
  assert.deepEqual(page.faults, []);
  await page.close();
});

for (const lang of ["en", "ar"]) {
  test(`Firefox: axe-core finds nothing in any widget under the strict policy: ${lang}`, { skip }, async () => {
    const page = await fresh();
    await page.goto(`${pages.url}/fixture.html`);
    await until("the fixture", () => page.evaluate(() => globalThis.ready));
    await page.evaluate((lang) => Object.assign(document.documentElement, { lang, dir: lang === "ar" ? "rtl" : "ltr" }), lang);
    // As a module: an element's text or address would be refused by the policy, as it should be.
    await page.evaluate(() => import("/axe.js").then(() => undefined));
    const found = [];
    for (const state of ["duel asking", "duel answered", "duel offline", "approve asking", "stars asking", "stars answered", "rank asking", "points asking", "me known", "board ready", "wallet guest", "wallet trouble"]) {
      await hang(page, states[state]);
      const { violations, direction, height } = await page.evaluate(async () => {
        const off = Object.fromEntries(["region", "landmark-one-main", "page-has-heading-one", "bypass"].map((rule) => [rule, { enabled: false }]));
        const { violations } = await globalThis.axe.run(document.querySelector("main"), { rules: off });
        const wall = document.querySelector("main > taste-round > *").shadowRoot.querySelector(".wall");
        return { violations: violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target, failureSummary }) => `${target.flat()} ${failureSummary}`).join("; ")}`), direction: getComputedStyle(wall).direction, height: wall.clientHeight };
      });
      for (const rule of violations) found.push(`${state}: ${rule}`);
      assert.deepEqual([direction, height > 40], [lang === "ar" ? "rtl" : "ltr", true], state);
    }
    assert.deepEqual(found, []);
    assert.deepEqual(page.faults, []);
    await page.close();
  });
}
