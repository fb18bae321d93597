// What a visitor sees before the client is there, and that nothing moves when it comes: a widget keeps its place.

import assert from "node:assert/strict";

import { after, before, test } from "./bounded.mjs";
import { launch, open } from "./browser.mjs";
import { delivery, hang, image, openFixture, serveFixture, states, words } from "./fixture.mjs";
import { until } from "./harness.mjs";

let browser, pages;
before(async () => {
  [browser, pages] = await Promise.all([launch(), serveFixture()]);
});
after(async () => {
  await browser?.close();
  await pages?.close();
});

test("without a source a widget paints its frame, and neither its drawing, nor a client, nor any wasm is asked for", async () => {
  const page = await open(browser, `${pages.url}/index.html`);
  const asked = pages.asked.length;
  await page.goto(`${pages.url}/index.html?widgets=none`);
  await page.evaluate(() => {
    document.querySelector("main").replaceChildren(document.createElement("taste-duel"));
  });
  await page.evaluate(() => import("/pkg/elements/duel.js").then(() => undefined));
  await page.waitForFunction(() => document.querySelector("taste-duel").shadowRoot?.querySelector("[part~=key-left]"));
  const root = page.locator("taste-duel");
  assert.equal(await root.locator("[part~=duel]").getAttribute("data-phase"), "loading");
  for (const name of ["Left", "Tie", "Neither", "Right", "Skip"]) {
    assert.equal(await root.getByRole("button", { name, exact: true }).getAttribute("aria-disabled"), "true");
  }
  await page.evaluate(() => new Promise((done) => requestIdleCallback(done)));
  const loaded = pages.asked.slice(asked).filter((path) => /\.wasm/.test(path));
  assert.deepEqual(loaded, []);
  const names = await page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => name));
  const texts = await Promise.all(names.filter((name) => name.endsWith(".js")).map((name) => fetch(name).then((answer) => answer.text())));
  assert.ok(texts.length > 1);
  assert.ok(texts.every((text) => !text.includes("/v1/ballots") && !text.includes("didn’t reach us")), "neither the client nor the drawing");
});

/** In the page: every step takes long, and after a pause others had their turn. */
function slow() {
  let now = 0;
  performance.now = () => (now += 20);
  globalThis.scheduler = { yield: () => new Promise((done) => setTimeout(done, 40)) };
}

test("an element that was in the page before its class grows in more than one task, and is seen whole", async () => {
  const page = await open(browser, `${pages.url}/empty.html`);
  await page.evaluate(slow);
  const seen = await page.evaluate(async () => {
    const duel = document.createElement("taste-duel");
    document.body.append(duel);
    const seen = [];
    const attach = Element.prototype.attachShadow;
    Element.prototype.attachShadow = function (options) {
      const root = attach.call(this, options);
      const look = () => {
        const wall = root.querySelector(".wall");
        const words = [...root.querySelectorAll(".keys .key, .rate")].map(({ textContent }) => textContent);
        seen.push({ shown: wall !== null && getComputedStyle(wall).opacity === "1", words });
      };
      globalThis.look = look;
      new MutationObserver(look).observe(root, { childList: true, subtree: true, attributes: true, attributeFilter: ["style"] });
      return root;
    };
    await import("/pkg/elements/duel.js");
    while (!seen.at(-1)?.shown) {
      await new Promise((done) => setTimeout(done));
      // It may have come to be seen without a change that an observer is told of.
      const wall = duel.shadowRoot?.querySelector(".wall");
      if (wall && getComputedStyle(wall).opacity === "1") globalThis.look();
    }
    return seen;
  });
  const unseen = seen.filter(({ shown }) => !shown);
  assert.ok(unseen.length >= 3, `it grew in ${unseen.length} steps before it was seen`);
  for (const { shown, words } of seen) {
    if (shown) assert.deepEqual(words, ["Left", "Tie", "Neither", "Right", "Skip", "Your answer first. Then our guess."]);
  }
});

test("a drawing that comes while the frame still grows has all of it, once", async () => {
  const page = await open(browser, `${pages.url}/empty.html`);
  await page.evaluate(slow);
  const [grown, later] = await page.evaluate(async () => {
    // A field needs no client: its drawing comes as soon as its code does.
    const field = () => Object.assign(document.createElement("taste-stars"), { lang: "en" });
    const first = document.body.appendChild(field());
    await import("/pkg/elements/stars.js");
    const drawn = async ({ shadowRoot }) => {
      while (!shadowRoot.querySelector("[role=slider]")?.hasAttribute("aria-valuetext")) await new Promise((done) => setTimeout(done));
      // What is left of the frame would come now.
      await new Promise((done) => setTimeout(done, 500));
      const walls = [...shadowRoot.children].map((wall) => getComputedStyle(wall).opacity);
      return { walls, inside: [...shadowRoot.querySelectorAll("*")].map(({ localName, className }) => `${localName}.${className.baseVal ?? className}`) };
    };
    const inside = await drawn(first);
    return [inside, await drawn(document.body.appendChild(field()))];
  });
  assert.deepEqual(grown.walls, ["1"]);
  assert.deepEqual(grown, later);
});

/** Runs in the page before anything else: adds up what layout shifts there were. */
const watchShifts = (page) =>
  page.addInitScript(() => {
    globalThis.shifts = [];
    new PerformanceObserver((list) => {
      for (const { value, hadRecentInput, sources } of list.getEntries()) {
        const moved = sources.map(({ node, previousRect: a, currentRect: b }) => `${node?.className || node?.localName || node?.parentNode?.className} ${[a.x, a.y, a.width, a.height]} -> ${[b.x, b.y, b.width, b.height]}`);
        if (!hadRecentInput) globalThis.shifts.push({ value, moved });
      }
    }).observe({ type: "layout-shift", buffered: true });
  });

const asked = { phase: "asking", question: "Which do you like more?", outcome: null, guess: null, tally: { hits: 0, guessed: 0, recent: [] }, canUndo: false, delivery, upcoming: null };
const texts = [words(1, "A lighthouse keeper teaches the fog to read.", { title: "" }), words(2, "Two rivers argue.", { title: "" })];

for (const [what, tag, views, attributes] of [
  ["a duel of pictures", "taste-duel", { duel: { ...asked, pair: [image(0), image(1)] } }, {}],
  ["a duel of pictures with reasons of strength", "taste-duel", { duel: { ...asked, pair: [image(0), image(1)] } }, { strength: "" }],
  ["a duel of texts without titles", "taste-duel", { duel: { ...asked, pair: texts } }, { content: "text untitled" }],
  ["an approval", "taste-approve", { approval: { ...asked, candidate: image(2), progress: [1, 12] } }, {}],
  ["a board of four", "taste-board", { board: states["board ready"][1].board }, { limit: "4" }],
  ["a wallet", "taste-wallet", { wallet: { state: "guest", votes: 0 } }, {}],
]) {
  for (const [where, viewport] of [["wide", { width: 1100, height: 900 }], ["on a phone", { width: 390, height: 844 }]]) {
    test(`nothing moves when the client comes: ${what}, ${where}`, async () => {
      const context = await browser.newContext({ viewport });
      const page = await openFixture(browser, pages, { context, prepare: watchShifts });
      // Hung as a page would: the element first, its drawing a little later, its client some frames after that.
      await page.evaluate(async ([tag, attributes]) => {
        globalThis.shifts.length = 0;
        const shown = globalThis.show(tag, undefined, attributes);
        document.body.appendChild(document.createElement("p")).textContent = "What is below on the page";
        await shown;
        await new Promise((done) => setTimeout(done, 300));
      }, [tag, attributes]);
      await page.evaluate((views) => document.querySelector("taste-round").open(views), views);
      await page.evaluate(() => globalThis.settled(true));
      await page.evaluate(() => new Promise((done) => setTimeout(done, 100)));
      const shifts = await page.evaluate(() => globalThis.shifts);
      const sum = shifts.reduce((sum, { value }) => sum + value, 0);
      assert.ok(sum < 0.001, `${sum}: ${shifts.flatMap(({ moved }) => moved).join("\n")}`);
      await context.close();
    });
  }
}

test("a language on its way keeps the place too, and English is not seen meanwhile", async () => {
  const context = await browser.newContext({ viewport: { width: 1100, height: 900 } });
  const page = await openFixture(browser, pages, { context, prepare: watchShifts });
  await page.evaluate(() => {
    globalThis.seen = [];
    const look = () => {
      const key = document.querySelector("taste-duel")?.shadowRoot?.querySelector("[part~=key-left]");
      if (key?.checkVisibility({ visibilityProperty: true })) globalThis.seen.push(key.textContent);
      requestAnimationFrame(look);
    };
    look();
  });
  await hang(page, ["taste-duel", { duel: { ...asked, pair: [image(0), image(1)] } }, { lang: "es" }]);
  await until("Spanish", () => page.evaluate(() => globalThis.seen.includes("Izquierda")));
  assert.deepEqual(await page.evaluate(() => [...new Set(globalThis.seen)]), ["Izquierda"]);
  assert.equal(await page.evaluate(() => document.querySelector("taste-duel").shadowRoot.querySelector(".wall").lang), "es");
  await context.close();
});
