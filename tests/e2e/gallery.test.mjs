// The gallery looks as it did. Pictures of it would differ from machine to machine (fonts, smoothing, versions of the browser), and a
// reference that fails everywhere but at home is soon ignored. So what is kept is where every part stands, how large it is and
// which colours it has, under a font that is the same everywhere (`boxfont.mjs`): a text file, which a person can read and a
// review can compare line by line. Pictures with the real fonts go to `target/gallery/` for looking at.
//
// A change that is meant: run this file with UPDATE_GALLERY=1, look at the pictures and at the difference, commit it.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { after, before, test } from "./bounded.mjs";
import { boxFont } from "./boxfont.mjs";
import { launch, open, quiet } from "./browser.mjs";
import { root, site, until } from "./harness.mjs";
import { serveFolders } from "./http.mjs";

const PHONE = { width: 390, height: 844 };
/** Players are drawn by the browser, each version its own way; a hundred kilobytes of text say nothing more of the layout. */
const APART = ["sounds", "films", "a film that is none", "sound", "texts and others", "hostile"];

let browser, pages;
before(async () => {
  pages = await serveFolders(site({}, join(root, "examples/widgets")));
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await pages?.close();
});

async function visit(query, options) {
  const page = await open(browser, `${pages.url}/?${new URLSearchParams(query)}`, options);
  await page.waitForFunction(() => globalThis.hung === true);
  return page;
}

/** Where every part of every exhibit stands, a line each. */
async function parts(page) {
  await page.evaluate(async (bytes) => {
    const font = new FontFace("Boxes", Uint8Array.from(bytes).buffer);
    document.fonts.add(await font.load());
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(":root { --tm-serif: Boxes; --tm-sans: Boxes; --tm-mono: Boxes } body, label { font-family: Boxes !important }");
    document.adoptedStyleSheets.push(sheet);
    await document.fonts.ready;
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  }, [...boxFont()]);
  return page.evaluate((apart) => {
    const hex = (colour) => colour.replace(/rgba?\(([^)]*)\)/, (_, list) => {
      const [r, g, b, a = 1] = list.split(/[ ,/]+/).map(Number);
      return a === 0 ? "-" : `#${[r, g, b].map((part) => part.toString(16).padStart(2, "0")).join("")}`;
    });
    const lines = [];
    for (const host of document.querySelectorAll("main [data-state]")) {
      if (apart.includes(host.dataset.state)) continue;
      const from = host.getBoundingClientRect();
      lines.push(`${host.localName}, ${host.dataset.state}: ${Math.round(from.width)}×${Math.round(from.height)}`);
      for (const part of host.shadowRoot.querySelectorAll("[part]")) {
        if (!part.checkVisibility({ visibilityProperty: true })) continue;
        const { left, top, width, height } = part.getBoundingClientRect();
        if (width === 0 || height === 0) continue;
        const { color, backgroundColor } = getComputedStyle(part);
        lines.push(`  ${part.getAttribute("part")}: ${Math.round(left - from.left)},${Math.round(top - from.top)} ${Math.round(width)}×${Math.round(height)} ${hex(color)} on ${hex(backgroundColor)}`);
      }
    }
    return lines;
  }, APART);
}

/** The parts once nothing changes any more: a colour may still be on its way when its state is said. */
async function settled(page) {
  let now = await parts(page);
  await until("the gallery to settle", async () => {
    const before = now;
    await page.evaluate(() => new Promise((done) => setTimeout(() => requestAnimationFrame(done), 250)));
    now = await parts(page);
    return now.join() === before.join();
  });
  return now;
}

/** The same line, give or take a pixel in a place or a size. */
function same(a, b) {
  const numbers = /-?\d+(?=[,×: ]|$)/g;
  if (a === undefined || b === undefined || a.replace(numbers, "n") !== b.replace(numbers, "n")) return false;
  const [left, right] = [a.match(numbers) ?? [], b.match(numbers) ?? []];
  return left.every((value, at) => Math.abs(value - right[at]) <= 1);
}

for (const [name, query, options] of [
  ["desk-light-en", { lang: "en", scheme: "light" }, {}],
  ["phone-dark-ar", { lang: "ar", scheme: "dark" }, { viewport: PHONE }],
]) {
  test(`the gallery looks as it did: ${name}`, async () => {
    const file = join(root, `tests/e2e/gallery/${name}.txt`);
    const pictures = join(root, "target/gallery", name);
    mkdirSync(pictures, { recursive: true });
    const page = await visit(query, options);
    for (const host of await page.locator("main [data-state]").all()) {
      const [tag, state] = await host.evaluate((element) => [element.localName, element.dataset.state]);
      // What is in a shadow root is found, too.
      if (!tag.startsWith("taste-")) continue;
      await host.screenshot({ path: join(pictures, `${tag}-${state.replace(/\W+/g, "-")}.png`) });
    }
    const now = await settled(page);
    assert.ok(now.length > 300, "the gallery is empty");
    if (process.env.UPDATE_GALLERY) {
      mkdirSync(join(root, "tests/e2e/gallery"), { recursive: true });
      writeFileSync(file, `${now.join("\n")}\n`);
    }
    const before = readFileSync(file, "utf8").trimEnd().split("\n");
    let heading = "";
    const differences = [];
    for (let at = 0; at < Math.max(now.length, before.length) && differences.length < 12; at += 1) {
      if (now[at] && !now[at].startsWith(" ")) heading = now[at];
      if (!same(now[at], before[at])) differences.push(`${heading}\n  was: ${before[at]}\n  is:  ${now[at]}`);
    }
    assert.deepEqual(differences, [], `pictures are in ${pictures}; if this is meant, run with UPDATE_GALLERY=1`);
    quiet(page);
  });
}
