// A second engine: the way of a vote in Firefox, driven over WebDriver BiDi. What Chromium's tests hold in detail is not
// repeated here; what differs between engines is: custom elements in a shadow root, constructed style sheets, keys, WebCrypto,
// IndexedDB.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Server, require, until, works } from "./harness.mjs";
import { verifyLog } from "./protocol.mjs";

const executablePath = process.env.FIREFOX;
const skip = executablePath ? false : "no Firefox on this machine";

let browser, server, round;
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
  [browser, server] = await Promise.all([launched, Server.start()]);
  ({ round } = await server.round(await works(12)));
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Waits until the round is open in the page. */
const opened = (page) => until("the round to open", () => page.evaluate(() => globalThis.client !== undefined));

/** Opens the test page on the round, and tells what goes wrong in it. */
async function visit(widgets) {
  const page = await browser.newPage();
  page.faults = [];
  page.on("pageerror", (error) => page.faults.push(String(error.stack ?? error)));
  page.on("console", (message) => message.type() === "error" && page.faults.push(message.text()));
  await page.goto(`${server.url}/?${new URLSearchParams({ src: `/v1/rounds/${round}`, widgets, advance: "manual" })}`);
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
