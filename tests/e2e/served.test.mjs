// Widgets that a server drew: seen without any script, under a strict content policy, and taken over by the element without
// a flash or a move. And that drawing on a server needs no document.

import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { after, before, test } from "./bounded.mjs";
import { launch, open, quiet } from "./browser.mjs";
import { image, serveFixture, states } from "./fixture.mjs";
import { dist, until } from "./harness.mjs";

assert.equal(globalThis.document, undefined);
const { registerLocale, renderToString, tags } = await import(pathToFileURL(join(dist, "server.js")).href);

const POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'";
const sheet = (tag) => `/pkg/styles/${tag}.css`;

const duel = { ...states["duel asking"][1].duel, canUndo: false };
const approval = { ...states["approve asking"][1].approval, canUndo: false };
const cases = {
  "duel": ["taste-duel", { duel }, {}],
  "duel-es": ["taste-duel", { duel }, { locale: "es" }],
  "duel-ar": ["taste-duel", { duel }, { locale: "ar" }],
  "approve": ["taste-approve", { approval }, {}],
  "wallet": ["taste-wallet", { wallet: { state: "guest", votes: 0 } }, {}],
  "frame": ["taste-duel", undefined, {}],
  "frame-zh": ["taste-duel", undefined, { locale: "zh" }],
};

const views = { "taste-duel": "duel", "taste-approve": "approval", "taste-board": "board" };

/** The page of a case: the server's drawing in a round, and the script that defines the elements. */
async function page([tag, given, options]) {
  const view = given?.[views[tag]] ?? (given?.wallet && { wallet: given.wallet, known: [] });
  const drawn = await renderToString(tag, {}, { ...options, ...(view && { view }), stylesheet: sheet(tag) });
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Served</title><link rel="icon" href="/0.svg">
<link rel="preload" as="style" href="${sheet(tag)}"><link rel="stylesheet" href="/fixture.css">
<main><taste-round>${drawn}</taste-round></main><p>What is below on the page</p><script type="module" src="/fixture.js"></script></html>`;
}

let browser, pages;
before(async () => {
  const files = Object.fromEntries(await Promise.all(Object.entries(cases).map(async ([name, what]) => [`${name}.html`, await page(what)])));
  [browser, pages] = await Promise.all([launch(), serveFixture(files, { "content-security-policy": POLICY })]);
});
after(async () => {
  await browser?.close();
  await pages?.close();
});

/** The pixels, once pictures and sheets are here and nothing moves: what says that works are on their way comes late. */
async function look(page) {
  await page.waitForLoadState("networkidle");
  let last;
  return until("a picture that stays", async () => {
    await page.waitForTimeout(800);
    const now = await page.screenshot({ animations: "disabled" });
    const same = last?.equals(now);
    last = now;
    return same && now;
  });
}

/** Where two pictures differ, if by more than what is rounded when a text has faded in. */
async function difference(one, two) {
  if (one.equals(two)) return "none";
  const page = await browser.newPage();
  const found = await page.evaluate(async (pictures) => {
    const [a, b] = await Promise.all(pictures.map(async (base64) => {
      const image = Object.assign(new Image(), { src: `data:image/png;base64,${base64}` });
      await image.decode();
      const context = new OffscreenCanvas(image.width, image.height).getContext("2d");
      context.drawImage(image, 0, 0);
      return context.getImageData(0, 0, image.width, image.height);
    }));
    const at = a.data.findIndex((value, index) => Math.abs(value - b.data[index]) > 2);
    return at < 0 ? "none" : `at ${(at >> 2) % a.width}, ${Math.floor((at >> 2) / a.width)}`;
  }, [one.toString("base64"), two.toString("base64")]);
  await page.close();
  return found;
}

/** Fails where the page does not come to look as drawn: a text that has just faded in may be redrawn after it stood still. */
async function looks(page, drawn, when) {
  let found;
  for (let tries = 0; tries < 3; tries += 1) {
    found = await difference(await look(page), drawn);
    if (found === "none") return;
  }
  assert.fail(`${when}: ${found}`);
}

for (const [name, [tag, given]] of Object.entries(cases)) {
  test(`what a server drew is what the element shows: ${name}`, async () => {
    const address = `${pages.url}/${name}.html`;
    const look1 = { viewport: { width: 1100, height: 900 }, reducedMotion: "reduce" };
    const without = await browser.newContext({ ...look1, javaScriptEnabled: false });
    const silent = await open(browser, address, { context: without });
    const drawn = await look(silent);
    await without.close();

    const context = await browser.newContext(look1);
    const prepare = (page) =>
      page.addInitScript(() => {
        globalThis.shifts = [];
        new PerformanceObserver((list) => globalThis.shifts.push(...list.getEntries().map(({ value }) => value))).observe({ type: "layout-shift", buffered: true });
      });
    const live = await open(browser, address, { context, prepare });
    await live.waitForFunction(() => globalThis.ready);
    const before = await live.evaluateHandle((tag) => document.querySelector(tag).shadowRoot.querySelector("section"), tag);
    await looks(live, drawn, "before the client");
    if (given) {
      await live.evaluate((views) => document.querySelector("taste-round").open(views), given);
      await live.evaluate(() => globalThis.settled(true));
      await looks(live, drawn, "with the client");
      assert.ok(await live.evaluate(([tag, before]) => document.querySelector(tag).shadowRoot.querySelector("section") === before, [tag, before]), "the very same elements");
    }
    assert.deepEqual(await live.evaluate(() => globalThis.shifts), []);
    if (tag === "taste-duel" && given) assert.deepEqual(await live.evaluate(() => globalThis.posed), given.duel.pair.map(({ id }) => id));
    quiet(live);
    await context.close();
  });
}

test("a board that a server drew has its bars in a sheet of its own, with the page's nonce", async () => {
  const html = await renderToString("taste-board", { limit: "4" }, { view: states["board ready"][1].board, nonce: "abc" });
  assert.match(html, /<style nonce="abc">[^<]*\[data-served="0"\]\{--low:60\.0%;--high:80\.0%;--at:70\.0%\}/);
  assert.doesNotMatch(html, / style=/);
});

test("whatever a candidate is called, it is words in the page", async () => {
  const hostile = `</template></taste-duel><script>alert(1)</script>"'&`;
  const html = await renderToString("taste-duel", { src: hostile }, { view: { ...duel, question: hostile, pair: [image(0, { title: hostile, src: `/"onerror="alert(1)` }), image(1)] }, stylesheet: "/a.css" });
  assert.equal(html.match(/<script|onerror="/g), null);
  assert.equal(html.match(/<\/template>/g).length, 1);
  await assert.rejects(renderToString("taste-duel", { "onclick=alert(1) x": "" }), { code: "Client::Argument" });
  await assert.rejects(renderToString("script"), { code: "Client::UnknownElement" });
});

test("every element can be drawn, in every language, and in one of the host's own", async () => {
  registerLocale("fr", { skip: "Passer", walletConnect: "Connecter un portefeuille" });
  for (const tag of tags) {
    for (const locale of ["en", "zh", "es", "ar"]) {
      const html = await renderToString(tag, {}, { locale, stylesheet: sheet(tag) });
      assert.match(html, new RegExp(`^<${tag}[^>]*><template shadowrootmode="open"[^>]*>.*</template></${tag}>$`, "s"));
      assert.match(html, new RegExp(`lang="${locale}" dir="${locale === "ar" ? "rtl" : "ltr"}"`));
      assert.doesNotMatch(html, /\{\w+\}|\{\{/);
    }
  }
  const french = await renderToString("taste-duel", {}, { locale: "fr" });
  assert.match(french, />Passer</);
  assert.match(french, />Left</, "what the host left out is English");
});

test("every question can be drawn with its works", async () => {
  const tags = { "duel asking": "Work 0", "approve asking": "Work 2", "stars asking": "Work 2", "rank asking": "Work 0", "points asking": "Work 0" };
  for (const [state, title] of Object.entries(tags)) {
    const [tag, views, attributes] = states[state];
    const html = await renderToString(tag, attributes, { view: Object.values(views)[0], stylesheet: sheet(tag) });
    assert.match(html, new RegExp(`>${title}<`), state);
  }
});

test("with the round alone the widget keeps its place in the round's shape", async () => {
  const round = { signed: { round: { title: "Lines", question: "Which line?", candidates: [{ kind: "text", title: "", note: "" }] }, signature: "0x" } };
  const html = await renderToString("taste-approve", {}, { round, stylesheet: "/a.css" });
  assert.match(html, /^<taste-approve content="text untitled">/);
  assert.match(html, />Which line\?</);
});
