// Chromium for the tests: one browser a file, pages that remember everything that went wrong in them, and the
// gestures of a person at a widget.

import assert from "node:assert/strict";

import { require, until } from "./harness.mjs";

const { chromium } = require("playwright-core");

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Starts the browser that the environment names. */
export function launch() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
}

/**
 * A page of its own profile (or of `context`) that keeps a list of its faults: console errors, uncaught
 * exceptions, failed requests. `hosts` collects whom it asked.
 */
export async function open(browser, address, { context, prepare, viewport = { width: 1200, height: 900 } } = {}) {
  const profile = context ?? (await browser.newContext({ viewport, reducedMotion: "reduce" }));
  const page = await profile.newPage();
  page.faults = [];
  page.hosts = new Set();
  page.on("console", (message) => {
    if (message.type() === "error") page.faults.push(`console: ${message.text()} ${message.location().url ?? ""}`);
  });
  page.on("pageerror", (error) => page.faults.push(`exception: ${error.stack ?? error}`));
  page.on("request", (request) => {
    const { protocol, host } = new URL(request.url());
    if (protocol.startsWith("http")) page.hosts.add(host);
  });
  page.on("requestfailed", (request) => {
    const reason = request.failure()?.errorText;
    // A stream or a picture that the page itself let go of.
    if (reason !== "net::ERR_ABORTED") page.faults.push(`request: ${reason} ${request.url()}`);
  });
  await prepare?.(page);
  await page.goto(address);
  return page;
}

/** Fails where something went wrong in the page that `allowed` does not expect. */
export function quiet(page, allowed = []) {
  const faults = page.faults.filter((fault) => !allowed.some((pattern) => pattern.test(fault)));
  assert.deepEqual(faults, [], "the page had faults");
}

/** A handle on one widget of the page: what it shows and what a person can do to it. */
export class Widget {
  constructor(page, tag) {
    this.page = page;
    this.tag = tag;
    this.element = page.locator(tag);
    this.part = tag.slice("taste-".length);
    this.inside = page.locator(`${tag} [part~="${this.part}"]`);
  }

  /** Where it stands: `asking`, `answered`, … (`data-phase`), or a wallet's `data-state`. */
  async phase() {
    return this.inside.evaluate((inside) => inside.dataset.phase ?? inside.dataset.state).catch(() => null);
  }

  /** Waits for one of these phases. */
  async reaches(...phases) {
    return until(`${this.tag} to be ${phases.join(" or ")}`, async () => {
      const phase = await this.phase();
      return phases.includes(phase) && phase;
    });
  }

  /** A key by its part: `key-left`, `key-tie`, `connect`, … */
  key(part) {
    return this.page.locator(`${this.tag} [part~="${part}"]`).first();
  }

  /** Everything that can be read in it. */
  async words() {
    return this.inside.evaluate((inside) => inside.innerText);
  }

  /** Puts the keyboard inside it, as Tab would. */
  async focus() {
    await this.inside.evaluate((inside) => inside.focus());
  }

  /** The ids on show, in the order shown, as the session has them. */
  async shown() {
    return this.element.evaluate((element) => {
      const { client } = element;
      if (element.localName === "taste-approve") return [client.approval.candidate.id];
      return client.duel.pair.map((candidate) => candidate.id);
    });
  }

  /** Does something that answers, waits until the guess is shown, and tells the question that was up. */
  async answer(act) {
    await this.reaches("asking");
    const candidates = await this.shown();
    await act();
    await this.reaches("answered");
    return candidates;
  }

  /** Goes on from a shown guess without waiting for the clock. */
  async next() {
    if ((await this.phase()) === "answered") {
      await this.key("key-skip").click();
      await until("the next question", async () => (await this.phase()) !== "answered");
    }
  }
}

/** Opens the test page on a round with these widgets, and waits until the round is open there. */
export async function visit(browser, server, round, { widgets = "duel", advance = "manual", ...options } = {}) {
  const query = new URLSearchParams({ src: `/v1/rounds/${round}`, widgets, advance });
  const page = await open(browser, `${server.url}/?${query}`, options);
  await page.waitForFunction(() => globalThis.client);
  return page;
}

/** What the test page noted under this name. */
export const heard = (page, name) =>
  page.evaluate((name) => globalThis.events.filter((event) => event.name === name).map(({ detail }) => detail), name);

/** Sends what is kept without waiting for a quiet moment, until nothing is kept any more. */
export async function delivered(page, seconds) {
  await until(
    "everything to be acknowledged",
    () =>
      page.evaluate(async () => {
        await globalThis.client.flush();
        return globalThis.client.delivery.kept === 0;
      }),
    seconds,
  );
}
