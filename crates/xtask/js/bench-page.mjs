// usage: CHROMIUM=… node bench-page.mjs  → rows of the bench as JSON on stdout.
//
// A page with one <taste-duel> on a slowed-down phone profile (Chrome's "slow 4G": 1.6 Mbit/s down, 150 ms; processor four
// times slower): how long until the first vote is kept, and 100 votes after it. The script in the page plays the person: it
// presses a key as soon as the widget takes one. Files are served as a content network does, compressed and cacheable.

import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { bare } from "./devtools.mjs";
import { root } from "./tools.mjs";
import { accounts, domain, toJson, types } from "../../../tests/vectors/oracle.mjs";

const VOTES = 100;
/** Whole visits with an empty cache; the median counts. */
const VISITS = 9;
const CANDIDATES = 60;

const TYPES = { ".js": "text/javascript", ".wasm": "application/wasm", ".json": "application/json" };
const PAGE = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>bench</title>
<link rel="icon" href="data:,"><script type="module" src="/person.js"></script><script type="module" src="/pkg/elements/duel.js"></script>
<taste-duel src="/round.json" advance="manual"></taste-duel>`;

/** The words alone, without a line of ours: what the browser itself needs for a first page on that phone. */
const PLAIN = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>bench</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="/plain.css"><script type="module" src="/plain.js"></script>
<h1>Which line would you keep?</h1><blockquote>Line 1: the map was exact, and of somewhere else.</blockquote>
<blockquote>Line 2: the map was exact, and of somewhere else.</blockquote><button>Left</button> <button>A tie</button> <button>Right</button>`;
const PLAIN_STYLE = `body { font: 1rem/1.4 system-ui, sans-serif } blockquote { font: 1.2rem/1.24 Georgia, serif; aspect-ratio: 1; box-shadow: 0 1px 3px #0003 }`;
const PLAIN_SCRIPT = `globalThis.long = []; new PerformanceObserver((list) => long.push(...list.getEntries().map(({ duration }) => ({ duration })))).observe({ type: "longtask", buffered: true });`;

/** The person: a classic observer of frames, which sees what is drawn and presses keys. */
const PERSON = `
const long = [];
new PerformanceObserver((list) => long.push(...list.getEntries().map(({ startTime, duration }) => ({ startTime, duration })))).observe({ type: "longtask", buffered: true });
const duel = document.querySelector("taste-duel");
const frame = () => new Promise((done) => requestAnimationFrame(done));
const key = (part) => duel.shadowRoot?.querySelector("[part~='" + part + "']");
/** What is drawn: "settling" is a pair that is up and takes no press for a moment, so that a double click votes once. */
const phase = () => duel.shadowRoot?.querySelector("[data-phase]")?.dataset.phase;
const shown = () => phase() === "asking" || phase() === "settling";
const pair = () => duel.client?.duel.pair?.map(({ id }) => id).join();
/** Until it is so, looked at before each frame; gives the time. */
async function until(look, what) {
  const end = performance.now() + 20000;
  while (!look()) {
    if (performance.now() > end) throw new Error("waited 20 s for " + what + ", it is " + phase());
    await frame();
  }
  return performance.now();
}
globalThis.person = {
  long,
  async first() {
    const up = await until(() => phase() === "asking" && key("key-left"), "the first question");
    const voted = new Promise((done) => duel.addEventListener("taste-voted", () => done(performance.now()), { once: true }));
    key("key-left").click();
    const paint = performance.getEntriesByName("first-contentful-paint")[0]?.startTime;
    return { paint, up, voted: await voted };
  },
  async next(part) {
    await until(() => phase() === "asking", "a question");
    const asked = pair();
    const pressed = performance.now();
    key(part).click();
    const answered = await until(() => phase() === "answered", "the answer");
    await frame();
    const again = performance.now();
    key("key-skip").click();
    const up = await until(() => shown() && pair() !== asked || phase() === "done", "the next pair");
    return { answer: answered - pressed, next: up - again, done: phase() === "done" };
  },
  async go() {
    await until(() => phase() === "answered", "the answer");
    key("key-skip").click();
    await until(() => phase() === "asking", "the second question");
  },
};`;

/** A round of texts, signed; it is a file, so that no server's own speed is measured. */
async function round() {
  const { generatePrivateKey, privateKeyToAccount } = accounts;
  const operator = privateKeyToAccount(generatePrivateKey());
  const texts = Array.from({ length: CANDIDATES }, (_, at) => `Line ${at + 1}: the map was exact, and of somewhere else.`);
  const id = (text) => `0x${createHash("sha256").update(text).digest("hex")}`;
  const message = {
    operator: operator.address, title: "Lines", question: "Which line would you keep?", encoder: "text@1",
    opensAt: 1_760_000_000n, closesAt: 4_102_444_800n, budget: 0, importers: [],
    rules: { kinds: [], stars: 5, halves: false, points: 10, cost: "linear", ranking: 4, reasons: [], board: "open" },
    salt: `0x${"07".repeat(32)}`,
    candidates: texts.map((text) => ({ id: id(text), kind: "text", mediaType: "text/plain", title: "", note: "" })),
  };
  const signature = await operator.signTypedData({ domain, types, primaryType: "Round", message });
  const content = Object.fromEntries(texts.map((text) => [id(text), { text }]));
  return JSON.stringify({ signed: { round: JSON.parse(toJson("Round", message)), signature }, content });
}

async function serve() {
  const files = new Map([["/", ["text/html; charset=utf-8", PAGE]], ["/person.js", [TYPES[".js"], PERSON]], ["/round.json", [TYPES[".json"], await round()]],
    ["/plain", ["text/html; charset=utf-8", PLAIN]], ["/plain.css", ["text/css", PLAIN_STYLE]], ["/plain.js", [TYPES[".js"], PLAIN_SCRIPT]]]);
  const packed = new Map();
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://host");
    if (!packed.has(pathname)) {
      const given = files.get(pathname);
      const content = given?.[1] ?? (await readFile(join(root, "pkg/dist", pathname.replace("/pkg/", ""))).catch(() => undefined));
      packed.set(pathname, content && [given?.[0] ?? TYPES[extname(pathname)], brotliCompressSync(content)]);
    }
    const found = packed.get(pathname);
    if (!found) return response.writeHead(404).end();
    response.writeHead(200, { "content-type": found[0], "content-encoding": "br", "cache-control": "public, max-age=31536000, immutable" }).end(found[1]);
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}

/** An address in a fresh profile on a slow phone, once `ready` (an expression) is true there. */
async function phone(browser, url, ready) {
  const page = await browser.page();
  await page.send("Emulation.setDeviceMetricsOverride", { width: 390, height: 844, deviceScaleFactor: 3, mobile: true });
  await page.send("Emulation.setTouchEmulationEnabled", { enabled: true });
  await page.send("Page.enable");
  await page.send("Network.enable");
  await page.send("Network.emulateNetworkConditions", { offline: false, latency: 150, downloadThroughput: 1.6e6 / 8, uploadThroughput: 0.75e6 / 8 });
  await page.send("Emulation.setCPUThrottlingRate", { rate: 4 });
  await page.send("Page.navigate", { url });
  // While a page is on its way there is no telling which one answers.
  const end = Date.now() + 30_000;
  while (!(await page.evaluate(ready).catch(() => false))) {
    if (Date.now() > end) throw new Error(`waited 30 s for ${url}`);
    await new Promise((done) => setTimeout(done, 100));
  }
  return page;
}

const sorted = (values) => [...values].sort((one, other) => one - other);
const quantile = (values, at) => sorted(values)[Math.min(values.length - 1, Math.floor(values.length * at))];

const server = await serve();
const browser = await bare();
const visits = [];
const votes = [];
const plain = [];
/** Browsers tell of tasks from 50 ms on: so many stand where they told of none. */
const TOLD = 50;
/** The longest task. */
const longest = (tasks) => Math.max(TOLD, ...tasks.map(({ duration }) => duration));
try {
  for (let visit = 0; visit < VISITS; visit += 1) {
    const page = await phone(browser, server.url, "Boolean(globalThis.person)");
    const first = await page.evaluate("person.first()");
    visits.push({ ...first, long: longest(await page.evaluate("person.long")) });
    if (visit === VISITS - 1) {
      await page.evaluate("person.go()");
      for (let vote = 0; vote < VOTES; vote += 1) {
        await page.evaluate("void (person.long.length = 0)");
        const turn = await page.evaluate(`person.next("${["key-left", "key-right", "key-tie"][vote % 3]}")`);
        votes.push({ ...turn, long: longest(await page.evaluate("person.long")) });
        if (turn.done) break;
      }
    }
    await page.close();
    const words = await phone(browser, `${server.url}plain`, "Boolean(globalThis.long) && performance.getEntriesByName('first-contentful-paint').length > 0");
    // A task is told once it is over.
    await words.evaluate("new Promise((done) => setTimeout(done, 500))");
    plain.push(longest(await words.evaluate("long")));
    await words.close();
  }
} finally {
  await browser.close();
  server.close();
}
if (votes.length < VOTES) throw new Error(`the round gave out after ${votes.length} votes`);

const row = (name, unit, ours, budget) => ({ name, unit, ours, peer: budget, peer_name: "budget", ratio: budget / Math.max(ours, 0.001) });
const median = (of) => quantile(visits.map(of), 0.5);
console.log(
  JSON.stringify([
    row("slow phone: first question up", "s", median(({ up }) => up) / 1000, 2.5),
    row("slow phone: first vote kept", "s", median(({ voted }) => voted) / 1000, 2.5),
    row("slow phone: press to answer, p95 of 100", "ms", quantile(votes.map(({ answer }) => answer), 0.95), 50),
    row("slow phone: press to next pair, p95 of 100", "ms", quantile(votes.map(({ next }) => next), 0.95), 50),
    row("slow phone: longest task to the first vote (50: none was longer)", "ms", median(({ long }) => long), 50),
    row("slow phone: the same, worst of nine visits", "ms", Math.max(...visits.map(({ long }) => long)), 50),
    row("slow phone: longest task of plain HTML with the same words", "ms", quantile(plain, 0.5), 50),
    row("slow phone: longest task of a vote, p95 of 100", "ms", quantile(votes.map(({ long }) => long), 0.95), 50),
  ]),
);
