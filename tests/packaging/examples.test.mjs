// The examples and the pages of docs/elements: each is started by its one command (the installed packages are borrowed, not
// downloaded again), opened in Chromium, and must not leave a word in the console.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { stripVTControlCharacters } from "node:util";

import { after, before, test } from "../e2e/bounded.mjs";
import { Widget, launch, open } from "../e2e/browser.mjs";
import { dist, root, until } from "../e2e/harness.mjs";
import { example, inside, packageOf } from "./packed.mjs";
import { voteOnce } from "./pages.mjs";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

/** Runs a server of an example, gives its address, and ends it afterwards. */
async function serving(folder, words, use, environment = {}) {
  const child = spawn(process.execPath, words, { cwd: folder, env: { ...process.env, PKG_DIR: join(dist, ".."), ...environment }, stdio: ["ignore", "pipe", "inherit"] });
  try {
    // Some print a greeting first, and some set the port in bold where `CI` is in the environment.
    const address = await new Promise((found, failed) => {
      child.once("exit", (code) => failed(new Error(`${words.join(" ")} ended with ${code}`)));
      createInterface(child.stdout).on("line", (line) => {
        const [url] = /http:\/\/[\w.:]+/.exec(stripVTControlCharacters(line)) ?? [];
        if (url) found(url);
      });
    });
    await use(address);
  } finally {
    child.kill();
  }
}

/** A port that nobody listens on. */
const freePort = () =>
  new Promise((found) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => found(port));
    });
  });

/** Waits for a question; where the widget has heard enough, goes on all the same. */
async function asking(page, duel) {
  if ((await duel.reaches("asking", "done")) === "asking") return;
  await page.getByRole("button", { name: "Keep going" }).click();
  await duel.reaches("asking");
}

/** A page of which every word in the console is kept, not only the errors. */
async function listened(address) {
  const said = [];
  const prepare = async (page) => {
    page.on("console", (message) => said.push(`${message.type()}: ${message.text()}`));
    await page.addInitScript(() => {
      globalThis.violations = [];
      document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => globalThis.violations.push(`${violatedDirective} ${blockedURI}`));
    });
  };
  const page = await open(browser, address, { prepare });
  page.silent = async () => {
    assert.deepEqual([page.faults, said, await page.evaluate(() => globalThis.violations)], [[], [], []]);
    assert.deepEqual([...page.hosts], [new URL(address).host]);
    await page.context().close();
  };
  return page;
}

test("plain HTML", () =>
  serving(join(root, "examples/plain-html"), ["serve.mjs", "0"], async (address) => {
    const page = await listened(address);
    await voteOnce(page);
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Save my signed ballots" }).click();
    const file = await (await download).path();
    await until("the file", async () => (await readFile(file, "utf8")).includes('"outcome":"left"'));
    await page.silent();
  }));

test("strict content policy: a vote is cast and signed, nothing is refused", () =>
  serving(join(root, "examples/strict-csp"), ["serve.mjs", "0"], async (address) => {
    const page = await listened(address);
    const policy = await page.evaluate(async () => (await fetch(location.href)).headers.get("content-security-policy"));
    for (const part of ["default-src 'self';", "script-src 'self' 'wasm-unsafe-eval';", "style-src 'self';", "require-trusted-types-for 'script'", "trusted-types 'none'"]) {
      assert.ok(policy.includes(part), policy);
    }
    await voteOnce(page);
    await new Widget(page, "taste-wallet").reaches("guest");
    assert.equal(await page.locator("#refused").textContent(), "nothing");
    await page.silent();
    // The policy is in force: what it forbids fails, and the page says so.
    const other = await open(browser, address);
    await other.evaluate(() => document.body.append(Object.assign(document.createElement("style"), { textContent: "body { color: red }" })));
    await until("the refusal", async () => (await other.locator("#refused").textContent()).startsWith("style-src"));
  }));

test("generate and rank: a hundred drawings that nobody has seen, in the order of the visitor's votes", () =>
  serving(join(root, "examples/generate-and-rank"), ["serve.mjs", "0"], async (address) => {
    const page = await listened(address);
    const sent = [];
    page.on("request", (request) => sent.push(`${request.method()} ${new URL(request.url()).pathname}`));
    const order = () => page.evaluate(() => document.getElementById("hundred-works").dataset.order ?? "");
    /** Mean luma of the drawings at these places, 0 to 255. */
    const light = (from, to) =>
      page.evaluate(([from, to]) => {
        const lumas = [...document.querySelectorAll("#hundred-works canvas")].slice(from, to).map((canvas) => {
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          let sum = 0;
          for (let at = 0; at < data.length; at += 4) sum += 0.299 * data[at] + 0.587 * data[at + 1] + 0.114 * data[at + 2];
          return (4 * sum) / data.length;
        });
        return lumas.reduce((sum, luma) => sum + luma, 0) / lumas.length;
      }, [from, to]);
    await until("the first order", order, 60);
    const blind = await order();
    assert.equal(new Set(blind.split(" ")).size, 100);

    // A visitor who likes the night: of two drawings the one on the darker paper.
    const duel = new Widget(page, "taste-duel");
    for (let vote = 0; vote < 12; vote += 1) {
      await asking(page, duel);
      const darker = await page.evaluate(async () => {
        const papers = document.querySelector("taste-duel").client.duel.pair.map(async ({ id }) => {
          const paper = /<rect[^>]*fill="#(..)(..)(..)"/.exec(await (await fetch(`round/content/${id}.svg`)).text());
          return paper.slice(1).reduce((sum, channel) => sum + parseInt(channel, 16), 0);
        });
        const [left, right] = await Promise.all(papers);
        return left < right ? "left" : "right";
      });
      await duel.answer(() => duel.key(`key-${darker}`).click());
      await duel.next();
    }
    await until("another order", async () => (await order()) !== blind);
    await until("the dark ones first", async () => (await light(0, 25)) + 25 < (await light(75, 100)));

    // The sliders say what is drawn, the votes what comes first.
    const before = await order();
    await page.locator("input[name=light]").fill("0.9");
    await until("another hundred", async () => (await order()) !== before, 60);
    assert.ok((await light(0, 100)) > 128, `${await light(0, 100)}`);
    await page.locator("#hundred-works button").first().click();
    await until("others like it", async () => (await page.locator("input[name=light]").inputValue()) !== "0.9");
    assert.match(await page.locator("#said").textContent(), /after 12 of your votes/);
    assert.deepEqual(sent.filter((line) => !line.startsWith("GET /")), [], "nothing is sent");
    assert.deepEqual(sent.filter((line) => line.includes("/encoder/")), [], "a built-in encoder brings no ONNX Runtime");
    await page.silent();
  }));

test("writer: lines are in the order of the visitor's votes, as one types", () =>
  serving(join(root, "examples/writer"), ["serve.mjs", "0"], async (address) => {
    const page = await listened(address);
    const lines = () => page.locator("#order .line").allTextContents();
    await until("the first order", async () => (await lines()).length === 5);

    // A visitor who likes it short.
    const duel = new Widget(page, "taste-duel");
    for (let vote = 0; vote < 14; vote += 1) {
      await asking(page, duel);
      const shorter = () =>
        page.evaluate(() => {
          const [left, right] = document.querySelector("taste-duel").client.duel.pair.map(({ text }) => text?.length);
          return left && right && (left < right ? "left" : "right");
        });
      const side = await until("both texts", shorter);
      await duel.answer(() => duel.key(`key-${side}`).click());
      await duel.next();
    }
    const [short, long] = ["Home. Warm.", "In the long winter that followed nobody, not even the baker who had seen it coming, would say aloud what the river had taken from them."];
    await page.locator("#lines").fill(long);
    await page.locator("#lines").press("End");
    await page.locator("#lines").pressSequentially(`\n${short}`);
    await until("both lines, the short one first", async () => (await lines()).join("|") === `${short}|${long}`);
    assert.match(await page.locator("#said").textContent(), /^2 lines in \d+ ms, after 14 of your votes/);
    assert.match(await page.locator("#order .scale").last().getAttribute("aria-label"), /^\d+% before the line in the middle/);
    await page.locator("#lines").fill("");
    await until("no lines", async () => (await lines()).length === 0);
    await page.silent();
  }));

test("Vite and React: built and previewed", async () => {
  const folder = await example("vite", ["vite", "react", "react-dom"]);
  const vite = join(packageOf("vite"), "bin/vite.js");
  await inside(folder, process.execPath, vite, "build", "--logLevel", "warn");
  await serving(folder, [vite, "preview", "--host", "127.0.0.1", "--port", "0"], async (address) => {
    const page = await listened(address);
    const signed = await voteOnce(page);
    assert.equal(await page.locator("#voter").textContent(), signed.ballot.voter);
    await until("the count", async () => (await page.locator("output").textContent()) === "1");
    await page.silent();
  });
});

/** What a server rendered: seen without a script, taken over without a move, and a vote in it is counted. */
async function renderedAndAlive(address, markup) {
  assert.match(await (await fetch(address)).text(), markup);
  // Without a single script the widget is there, in its place.
  const still = await browser.newContext({ javaScriptEnabled: false });
  const bare = await still.newPage();
  await bare.goto(address);
  const before = await bare.locator("taste-duel").boundingBox();
  assert.ok(before.height > 100, `${before.height} px`);
  await still.close();
  const page = await listened(address);
  await page.evaluate(() => {
    globalThis.shift = 0;
    new PerformanceObserver((list) => list.getEntries().forEach(({ value, hadRecentInput }) => (globalThis.shift += hadRecentInput ? 0 : value))).observe({ type: "layout-shift", buffered: true });
  });
  await new Widget(page, "taste-duel").reaches("asking");
  assert.ok((await page.evaluate(() => globalThis.shift)) < 0.01, `the layout shifted by ${await page.evaluate(() => globalThis.shift)}`);
  await voteOnce(page);
  await until("the count", async () => (await page.locator("output").textContent()) === "1");
  await page.silent();
}

test("rendered by a server: the elements are in the markup, the browser hydrates them, and a vote is counted", async () => {
  const folder = await example("ssr", ["vite", "react", "react-dom"]);
  await inside(folder, process.execPath, join(packageOf("vite"), "bin/vite.js"), "build", "--logLevel", "warn");
  await serving(folder, ["server.js", "0"], (address) =>
    renderedAndAlive(address, /<taste-round src="\/round.json">.*<taste-duel advance="manual"[^>]*><template shadowrootmode="open">/s));
});

test("SvelteKit: built, served by Node under a policy of its own, hydrated", async () => {
  const folder = await example("sveltekit", ["vite", "svelte", "@sveltejs/kit", "@sveltejs/adapter-node", "@sveltejs/vite-plugin-svelte"]);
  await inside(folder, process.execPath, join(packageOf("vite"), "bin/vite.js"), "build", "--logLevel", "warn");
  // Its server takes the port from the environment, and says which it was given, not which it got.
  const port = await freePort();
  await serving(folder, ["build"], (address) =>
    renderedAndAlive(address, /<taste-round src="\/round.json">.*<taste-duel advance="manual"[^>]*><template shadowrootmode="open"><link rel="stylesheet" href="\/_app\/[^"]+\.css">/s), { HOST: "127.0.0.1", PORT: String(port) });
});

/** Its install is more than twice that of everything else here, so it is tried where somebody made it. */
const next = join(root, "tests/packaging/next/node_modules/next");
const withoutNext = existsSync(next) ? false : "Next.js is not installed: npm ci --ignore-scripts in tests/packaging/next (341 MB)";
const inNext = { NEXT_TELEMETRY_DISABLED: "1", NEXT_ROOT: join(next, "../..") };

/** A copy of the example beside the installed Next.js: its bundler reads nothing outside of the folder that has its lock file. */
async function nextProject() {
  const folder = await mkdtemp(join(next, "../../site-"));
  after(() => rm(folder, { recursive: true, force: true }));
  await cp(await example("next"), folder, { recursive: true });
  return folder;
}

test("Next.js: built, served, hydrated, and a vote is counted", { skip: withoutNext, timeout: 600_000 }, async () => {
  const folder = await nextProject();
  await inside(folder, "env", ...Object.entries(inNext).map((pair) => pair.join("=")), process.execPath, join(next, "dist/bin/next"), "build");
  const port = String(await freePort());
  await serving(folder, [join(next, "dist/bin/next"), "start", "-H", "127.0.0.1", "-p", port], (address) =>
    renderedAndAlive(address, /<taste-round src="\/round.json">.*<taste-duel advance="manual"[^>]*><template shadowrootmode="open"><style>/s), inNext);
});

test("Next.js in development, where React says what does not match: it says nothing", { skip: withoutNext, timeout: 600_000 }, async () => {
  const folder = await nextProject();
  const port = String(await freePort());
  await serving(folder, [join(next, "dist/bin/next"), "dev", "-H", "127.0.0.1", "-p", port], async (address) => {
    const warned = [];
    const prepare = (page) => {
      page.on("console", (message) => message.type() === "warning" && warned.push(message.text()));
      // It is compiled while it is asked for.
      page.setDefaultNavigationTimeout(180_000);
    };
    const page = await open(browser, address, { prepare });
    await voteOnce(page);
    await until("the count", async () => (await page.locator("output").textContent()) === "1");
    assert.deepEqual([page.faults, warned], [[], []]);
    await page.context().close();
  }, inNext);
});

test("every element has a page, and the element on it is alive", () =>
  serving(root, ["docs/serve.mjs", "0"], async (address) => {
    const pages = (await readdir(join(root, "docs/elements"))).filter((name) => /^taste-.*\.html$/.test(name));
    const elements = (await readdir(join(dist, "elements"))).map((name) => `taste-${name.replace(".js", ".html")}`);
    assert.deepEqual(pages.sort(), elements.sort(), "docs/elements is what the build wrote last: commit it");
    for (const name of pages) {
      const page = await listened(`${address}/${name}`);
      const tag = name.replace(".html", "");
      await page.waitForFunction((tag) => customElements.get(tag), tag);
      const client = () => page.evaluate(async (tag) => Boolean(await document.querySelector(tag).client), tag);
      await until(`the client of ${tag}`, client);
      if (tag !== "taste-round") {
        const height = () => page.evaluate((tag) => document.querySelector(tag).getBoundingClientRect().height, tag);
        await until(`${tag} to be drawn`, async () => (await height()) > 20);
      }
      await page.silent();
    }
    const list = await listened(`${address}/`);
    assert.deepEqual((await list.locator("a").evaluateAll((links) => links.map((link) => link.getAttribute("href")))).sort(), pages);
    await list.silent();
  }));
