// What a person can do to a widget, and what the widget then asks for: how clearly and why, swipes, long texts, keys alone;
// what the page can put in and restyle; and that nothing which a candidate or an attribute says breaks it.

import assert from "node:assert/strict";

import { after, before, test } from "./bounded.mjs";
import { Widget, launch, quiet } from "./browser.mjs";
import { delivery, hang, image, openFixture, serveFixture, states, words } from "./fixture.mjs";
import { until } from "./harness.mjs";

const EVIL = `<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10" onload="top.pwned = 1"><script>top.pwned = 2; parent.pwned = 3</script>
<foreignObject width="10" height="10"><body xmlns="http://www.w3.org/1999/xhtml"><img src="/tracked" onerror="top.pwned = 4"/></body></foreignObject></svg>`;

let browser, pages;
before(async () => {
  [browser, pages] = await Promise.all([launch(), serveFixture({ "evil.svg": EVIL })]);
});
after(async () => {
  await browser?.close();
  await pages?.close();
});

const [tag, { duel }] = states["duel asking"];
const { approval } = states["approve asking"][1];
const requests = (page) => page.evaluate(() => globalThis.requests.splice(0));
const key = (page, part) => page.locator(`[part~="${part}"]`).first();
const shown = (page, state) => hang(page, state).then(() => page.evaluate(() => void (globalThis.requests.length = 0)));

test("how clearly and why are chosen before the answer and go with the vote, once", async () => {
  const page = await openFixture(browser, pages);
  await shown(page, [tag, { duel: { ...duel, reasons: ["colour", "composition", "mood"] } }, { strength: "", advance: "manual" }]);
  await page.evaluate(() => document.addEventListener("taste-vote-request", ({ detail }) => (globalThis.asked = detail)));
  for (const name of ["mood", "colour", "mood"]) await page.getByRole("button", { name, exact: true }).click();
  await page.getByRole("button", { name: "composition", exact: true }).press("Enter");
  await page.getByRole("button", { name: "A little" }).click();
  assert.equal(await page.getByRole("button", { name: "A little", pressed: true }).count(), 1);
  await page.keyboard.press("ArrowLeft");
  assert.deepEqual(await requests(page), [{ request: "duel", outcome: "left", strength: 30, reasons: ["colour", "composition"] }]);
  assert.deepEqual(await page.evaluate(() => [globalThis.asked.strength, globalThis.asked.reasons]), [30, ["colour", "composition"]]);
  // The next question starts plain.
  await page.evaluate(() => globalThis.client.set({ duel: { ...globalThis.client.duel, phase: "answered", outcome: "left" } }));
  await page.evaluate(() => globalThis.client.set({ duel: { ...globalThis.client.duel, phase: "asking", outcome: null } }));
  await page.keyboard.press("2");
  await page.keyboard.press("3");
  await page.keyboard.press("ArrowRight");
  assert.deepEqual(await requests(page), [{ request: "duel", outcome: "right" }]);
  quiet(page);
});

test("without the attribute and without reasons of the round nobody is asked for either", async () => {
  const page = await openFixture(browser, pages);
  await shown(page, [tag, { duel }, {}]);
  assert.equal(await page.locator("[part~=strength], [part~=reasons]").count(), 0);
  await key(page, "duel").focus();
  await page.keyboard.press("1");
  await page.keyboard.press("ArrowRight");
  assert.deepEqual(await requests(page), [{ request: "duel", outcome: "right" }]);
});

test("a swipe to the right is for, to the left is against, in every writing direction; a short one and a scroll are neither", async () => {
  for (const lang of ["en", "ar"]) {
    const context = await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, reducedMotion: "reduce" });
    const page = await openFixture(browser, pages, { context, lang });
    const touch = await context.newCDPSession(page);
    const swipe = async (dx, dy) => {
      const { x, y, width, height } = await page.locator("[part~=work]").first().boundingBox();
      const [x0, y0] = [x + width / 2, y + height / 2];
      const send = (type, points) => touch.send("Input.dispatchTouchEvent", { type, touchPoints: points });
      await send("touchStart", [{ x: x0, y: y0 }]);
      for (let step = 1; step <= 8; step += 1) await send("touchMove", [{ x: x0 + (dx * step) / 8, y: y0 + (dy * step) / 8 }]);
      await send("touchEnd", []);
    };
    for (const [dx, dy, outcome] of [[140, 10, "for"], [-140, -10, "against"], [30, 0, undefined], [20, -200, undefined]]) {
      await shown(page, ["taste-approve", { approval }, {}]);
      await swipe(dx, dy);
      await page.waitForTimeout(50);
      assert.deepEqual((await requests(page)).map((request) => request.outcome), outcome ? [outcome] : [], `${lang} ${dx} ${dy}`);
      assert.equal(await page.locator(".swiping").count(), 0);
    }
    await context.close();
  }
});

test("a text of 100 kB scrolls inside its sheet, by keyboard too, and the answer is by the keys", async () => {
  for (const viewport of [{ width: 1100, height: 900 }, { width: 390, height: 844 }]) {
    const context = await browser.newContext({ viewport, reducedMotion: "reduce" });
    const page = await openFixture(browser, pages, { context });
    await shown(page, states["duel long texts"]);
    assert.ok(await page.evaluate(() => document.documentElement.scrollHeight <= innerHeight), "the page does not grow");
    const sheet = page.getByRole("group", { name: /word word/ });
    assert.ok((await sheet.getAttribute("aria-label")).length < 400);
    await sheet.focus();
    await page.keyboard.press("PageDown");
    await until("it scrolls", () => sheet.evaluate((sheet) => sheet.scrollTop > 0));
    await key(page, "key-left").click();
    assert.deepEqual((await requests(page)).map(({ outcome }) => outcome), ["left"]);
    await context.close();
  }
});

test("keys alone: Tab leads from work to work to the keys, and what goes away leaves the keyboard in the widget", async () => {
  const page = await openFixture(browser, pages);
  await shown(page, [tag, { duel: { ...duel, canUndo: true } }, {}]);
  const order = [];
  for (let at = 0; at < 8; at += 1) {
    await page.keyboard.press("Tab");
    order.push(await page.evaluate(() => document.activeElement?.shadowRoot?.activeElement?.getAttribute("part")));
  }
  assert.deepEqual(order.slice(0, 8), ["work", "work", "key key-left", "key key-tie", "key key-neither", "key key-right", "key key-skip", "key key-undo"]);
  await page.evaluate(() => globalThis.client.set({ duel: { ...globalThis.client.duel, phase: "done", pair: null } }));
  assert.equal(await page.evaluate(() => document.activeElement.shadowRoot.activeElement.getAttribute("part")), "duel");
  await page.keyboard.press("ArrowLeft");
  assert.deepEqual(await requests(page), []);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  assert.deepEqual(await requests(page), [{ request: "keep-going", desk: "duel" }]);
});

test("the page's own header, empty, done and error are shown where they belong", async () => {
  const page = await openFixture(browser, pages);
  const seen = (state) =>
    shown(page, state).then(() =>
      page.evaluate(async () => {
        const element = document.querySelector("main > taste-round > *");
        for (const slot of ["header", "empty", "done", "error"]) {
          const mine = element.appendChild(document.createElement("b"));
          mine.slot = slot;
          mine.textContent = slot;
        }
        await new Promise((done) => requestAnimationFrame(done));
        return [...element.children].filter((each) => each.checkVisibility()).map(({ slot }) => slot);
      }),
    );
  assert.deepEqual(await seen([tag, { duel }, {}]), ["header"]);
  assert.deepEqual(await seen(states["duel empty"]), ["header", "empty"]);
  assert.deepEqual(await seen(states["duel done"]), ["header", "done"]);
  assert.deepEqual(await seen(states["board empty"]), ["header", "empty"]);
});

test("what a candidate brings stays inert and on its label: scripts in pictures, overrides of direction", async () => {
  const page = await openFixture(browser, pages);
  const title = "\u202Eltr gnol a";
  await shown(page, [tag, { duel: { ...duel, question: "<b>Which?</b> \u202E", pair: [image(0, { src: "/evil.svg", title }), words(1, `${"\u202E".repeat(50)}<script>pwned=5</script>`, { title: "\u2067\u2067 x" })] } }, {}]);
  await page.evaluate(() => new Promise((done) => setTimeout(done, 100)));
  assert.equal(await page.evaluate(() => globalThis.pwned), undefined);
  assert.ok(!pages.asked.some((path) => path.includes("tracked")));
  const isolated = await page.evaluate(() =>
    [...document.querySelector("main > taste-round > *").shadowRoot.querySelectorAll("[part~=title], [part~=note], [part~=text], [part~=reveal]")].map((node) => getComputedStyle(node).unicodeBidi));
  assert.ok(isolated.length >= 6);
  for (const bidi of isolated) assert.match(bidi, /isolate|plaintext/);
  quiet(page);
});

test("attributes that make no sense change nothing", async () => {
  const page = await openFixture(browser, pages);
  const nonsense = ["", "-3", "NaN", "1e309", "banana", "<script>", "☃".repeat(5000)];
  for (const value of nonsense) {
    const attributes = Object.fromEntries(["advance", "limit", "content", "strength", "consent", "lang", "dir", "class"].map((name) => [name, value]));
    for (const [state, part] of [[["taste-duel", { duel }, attributes], "key-left"], [["taste-board", states["board ready"][1], attributes], "row"]]) {
      await shown(page, state);
      assert.equal(await key(page, part).isVisible(), true, `${state[0]} ${value.slice(0, 20)}`);
    }
  }
  assert.deepEqual(await page.evaluate(() => {
    const board = document.querySelector("taste-board");
    board.limit = 2;
    const duel = document.createElement("taste-duel");
    Object.assign(duel, { src: "/x", advance: "manual", strength: true, consent: "pending", content: "text" });
    return [board.getAttribute("limit"), duel.outerHTML];
  }), ["2", '<taste-duel src="/x" advance="manual" strength="" consent="pending" content="text"></taste-duel>']);
  quiet(page);
});

test("a board that the round's rules hide says when it shows", async () => {
  const page = await openFixture(browser, pages);
  const { board } = states["board ready"][1];
  const rows = board.rows.map((row) => ({ ...row, yours: false }));
  const hidden = { round: { rules: { board: "voted" } }, wallet: { state: "guest", votes: 0 }, delivery, duel: { tally: { guessed: 0 } }, board: { ...board, rows } };
  await shown(page, ["taste-board", hidden, {}]);
  const widget = new Widget(page, "taste-board");
  assert.equal(await widget.phase(), "hidden");
  assert.match(await widget.words(), /after your first vote/);
  assert.equal(await page.locator("[part~=row]").count(), 0);
  await page.evaluate(() => globalThis.client.set({ wallet: { state: "guest", votes: 1 } }));
  assert.equal(await widget.phase(), "ready");
  await shown(page, states["board hidden"]);
  assert.match(await widget.words(), /when the round closes/);
});

test("in forced colours the marks and the bars are still there", async () => {
  const context = await browser.newContext({ viewport: { width: 1100, height: 900 }, reducedMotion: "reduce", forcedColors: "active" });
  const page = await openFixture(browser, pages, { context });
  const differs = (selector) =>
    page.evaluate((selector) => {
      const node = document.querySelector("main > taste-round > *").shadowRoot.querySelector(selector);
      const style = getComputedStyle(node, selector.includes("you") ? "::after" : undefined);
      const ground = getComputedStyle(document.body).backgroundColor;
      return [style.backgroundColor, style.borderTopColor].some((colour) => colour !== ground && colour !== "rgba(0, 0, 0, 0)");
    }, selector);
  await shown(page, states["duel answered"]);
  for (const mark of [".scale .you", ".scale .us", ".lean", ".stickers .you"]) assert.ok(await differs(mark), mark);
  await shown(page, states["board ready"]);
  for (const mark of [".range", ".estimate", ".fragile .range"]) assert.ok(await differs(mark), mark);
  await context.close();
});
