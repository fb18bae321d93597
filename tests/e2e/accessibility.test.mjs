// What axe-core finds in every state of every widget: nothing. And the targets are large enough for a finger.

import assert from "node:assert/strict";

import { after, before, test } from "./bounded.mjs";
import { launch } from "./browser.mjs";
import { hang, openFixture, serveFixture, states } from "./fixture.mjs";

let browser, pages;
before(async () => {
  [browser, pages] = await Promise.all([launch(), serveFixture()]);
});
after(async () => {
  await browser?.close();
  await pages?.close();
});

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
// Of the page around, not of the widget.
const NOT_OURS = ["region", "landmark-one-main", "page-has-heading-one", "bypass"];

/** Rules that are broken, with the elements that break them. */
const broken = (page) =>
  page.evaluate(
    async ([RULES, NOT_OURS]) => {
      const off = Object.fromEntries(NOT_OURS.map((rule) => [rule, { enabled: false }]));
      const { violations } = await globalThis.axe.run(document.querySelector("main"), { runOnly: RULES, rules: off });
      return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target, failureSummary }) => `${target.flat()} ${failureSummary}`).join("; ")}`);
    },
    [RULES, NOT_OURS],
  );

for (const [name, options] of [
  ["light", {}],
  ["dark, on a phone", { colorScheme: "dark", viewport: { width: 390, height: 844 } }],
  ["from right to left", { lang: "ar" }],
]) {
  test(`axe-core finds nothing in any state: ${name}`, { timeout: 400_000 }, async () => {
    const { lang, ...look } = options;
    const context = await browser.newContext({ viewport: { width: 1100, height: 900 }, reducedMotion: "reduce", ...look });
    const page = await openFixture(browser, pages, { context, lang });
    await page.addScriptTag({ url: "/axe.js" });
    const found = [];
    for (const [state, what] of Object.entries(states)) {
      await hang(page, what);
      for (const rule of await broken(page)) found.push(`${state}: ${rule}`);
    }
    assert.deepEqual(found, []);
    await context.close();
  });
}

test("every key is at least 44 pixels high and wide", { timeout: 300_000 }, async () => {
  for (const viewport of [{ width: 1100, height: 900 }, { width: 390, height: 844 }]) {
    const context = await browser.newContext({ viewport, reducedMotion: "reduce" });
    const page = await openFixture(browser, pages, { context });
    const small = [];
    for (const [state, what] of Object.entries(states)) {
      await hang(page, what);
      const found = await page.evaluate(() =>
        [...document.querySelector("main > taste-round > *").shadowRoot.querySelectorAll("button")]
          .filter((key) => key.checkVisibility({ visibilityProperty: true }))
          .map((key) => [key.textContent, Math.round(key.getBoundingClientRect().width), Math.round(key.getBoundingClientRect().height)])
          .filter(([, width, height]) => width < 44 || height < 44),
      );
      if (found.length > 0) small.push([state, found]);
    }
    assert.deepEqual(small, []);
    await context.close();
  }
});
