// Bad input, for every widget: candidates that try to get out of where they stand, attributes that make no sense, a server that
// answers garbage or never. The page never breaks, the visitor knows what happened, no vote is lost.

import assert from "node:assert/strict";

import { after, before, test } from "./bounded.mjs";
import { Widget, launch, open, quiet, visit } from "./browser.mjs";
import { delivery, hang, image, openFixture, serveFixture, states, words } from "./fixture.mjs";
import { Server, texts, until } from "./harness.mjs";
import { between } from "./http.mjs";
import { verifyLog } from "./protocol.mjs";

const FAILED = [/Failed to load resource/, /ERR_EMPTY_RESPONSE/, /ERR_CONNECTION_RESET/];
/** A picture that is a program, asks others, and claims to be as large as a town. */
const EVIL = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="90000" height="90000" onload="parent.document.title='taken';top.taken=1">
<script>top.taken = 1; parent.document.title = "taken";</script><image href="https://elsewhere.example/x.png" width="9" height="9"/>
<foreignObject width="100" height="100"><iframe xmlns="http://www.w3.org/1999/xhtml" src="https://elsewhere.example/"/></foreignObject>
<style>@import url(https://elsewhere.example/x.css);</style><a xlink:href="javascript:top.taken=1"><rect width="90000" height="90000"/></a></svg>`;
const TITLE = "<img src=x onerror=globalThis.taken=1>\u202Etxet desrever\u202C and-one-very-long-word-without-any-break-that-goes-on-and-on-and-on-and-on";
const NOTE = "\u202E<script>globalThis.taken=1</script> \u2066isolate never closed ".repeat(4);

let browser, server, pages;
before(async () => {
  [browser, server, pages] = await Promise.all([launch(), Server.start(), serveFixture({ "evil.svg": EVIL })]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
  await pages?.close();
});

const evil = (at) => image(at, { title: TITLE, note: NOTE, src: "/evil.svg" });
const endless = (at) => words(at, "A word and \u202Eanother\u202C word. ".repeat(4000), { title: TITLE });
const given = (state, change) => {
  const [tag, views, attributes] = states[state];
  const [[name, view]] = Object.entries(views);
  return [tag, { [name]: change(view) }, attributes];
};
const cases = {
  "duel": given("duel asking", (view) => ({ ...view, question: TITLE, pair: [evil(0), endless(1)] })),
  "approve": given("approve asking", (view) => ({ ...view, question: TITLE, candidate: endless(1) })),
  "stars, a picture": given("stars asking", (view) => ({ ...view, question: TITLE, candidate: evil(0) })),
  "stars, a text": given("stars asking", (view) => ({ ...view, candidate: endless(0), reasons: [TITLE, "\u202Ereason"] })),
  "rank": given("rank asking", (view) => ({ ...view, question: TITLE, candidates: [evil(0), endless(1), image(2)] })),
  "points": given("points asking", (view) => ({ ...view, question: TITLE, candidates: [evil(0), endless(1), image(2)] })),
  "me": given("me known", (view) => ({ ...view, title: TITLE, rows: view.rows.map((row, at) => ({ ...row, candidate: at % 2 ? endless(at) : evil(at) })), nearest: [{ candidate: evil(5), near: endless(1) }] })),
  "board": given("board ready", (view) => ({ ...view, title: TITLE, rows: view.rows.map((row, at) => ({ ...row, candidate: at % 2 ? endless(at) : evil(at) })) })),
};

for (const [where, viewport] of [["wide", { width: 1100, height: 900 }], ["on a phone", { width: 390, height: 844 }]]) {
  test(`hostile words and pictures stay where they stand: ${where}`, async () => {
    const context = await browser.newContext({ viewport, reducedMotion: "reduce" });
    const page = await openFixture(browser, pages, { context });
    for (const [name, what] of Object.entries(cases)) {
      await hang(page, what);
      const found = await page.evaluate(() => {
        const host = document.querySelector("main > taste-round > *");
        const root = host.shadowRoot;
        return {
          taken: globalThis.taken, title: document.title,
          strangers: root.querySelectorAll("script, iframe, object, [onerror], [onload], img[src=x]").length,
          wide: document.documentElement.scrollWidth > innerWidth,
          // 100 kB of text scroll within their sheet, or are cut: they do not push the keys out of the world.
          high: host.getBoundingClientRect().height > 6 * innerHeight,
          spills: [...root.querySelectorAll("button, [part~=label], .name, .thumb")].filter((each) => each.checkVisibility() && each.getBoundingClientRect().right > innerWidth + 1).map((each) => each.className),
          // A name or a text is a world of its own: what it does to the direction ends where it ends.
          loose: [...root.querySelectorAll("[part~=title], [part~=note], [part~=text]")].filter((each) => !/isolate|plaintext/.test(getComputedStyle(each).unicodeBidi)).map((each) => each.className || each.localName),
        };
      });
      assert.deepEqual(found, { taken: undefined, title: "Fixture", strangers: 0, wide: false, high: false, spills: [], loose: [] }, name);
    }
    assert.deepEqual([...page.hosts], [new URL(pages.url).host], "nobody else is asked");
    quiet(page);
    await context.close();
  });
}

test("attributes that make no sense change nothing", async () => {
  const page = await openFixture(browser, pages);
  const nonsense = { advance: "sideways", strength: "maybe", content: "<script> text\u202E", lang: "not a language!", limit: "-3", max: "-3", value: "x", halves: "no", consent: "perhaps", dir: "up" };
  for (const state of ["duel asking", "approve asking", "stars asking", "rank asking", "points asking", "me known", "board ready", "wallet guest"]) {
    const [tag, views] = states[state];
    await hang(page, [tag, views, nonsense]);
    const height = await page.evaluate(() => document.querySelector("main > taste-round > *").shadowRoot.querySelector(".wall").getBoundingClientRect().height);
    assert.ok(height > 100, `${tag}: ${height} px`);
    // And taken away, or changed while it is there.
    await page.evaluate((names) => {
      const host = document.querySelector("main > taste-round > *");
      for (const name of names) host.setAttribute(name, "\u0000 7e999 \u202E");
      for (const name of names) host.removeAttribute(name);
    }, Object.keys(nonsense));
  }
  const fields = [{ max: "-3" }, { max: "1e9" }, { max: "x", value: "4" }, { value: "-1" }, { value: "6" }, { value: "2.5" }, { value: "NaN", required: "" }];
  const read = await page.evaluate(async (fields) => {
    const told = [];
    for (const attributes of fields) {
      const field = document.createElement("taste-stars");
      for (const [name, value] of Object.entries(attributes)) field.setAttribute(name, value);
      document.querySelector("main").replaceChildren(field);
      while (!field.shadowRoot.querySelector("[role=slider]")?.hasAttribute("aria-valuenow")) await new Promise((done) => setTimeout(done, 5));
      await new Promise((done) => setTimeout(done, 20));
      told.push([field.max, field.value, field.shadowRoot.querySelectorAll("[part~=star]").length]);
    }
    return told;
  }, fields);
  assert.deepEqual(read, [[5, "", 5], [5, "", 5], [5, "4", 5], [5, "", 5], [5, "", 5], [5, "", 5], [5, "", 5]]);
  quiet(page);
  await page.context().close();
});

test("an address that is none is told with its code, in every widget", async () => {
  const page = await openFixture(browser, pages);
  for (const tag of ["duel", "approve", "stars", "rank", "points", "me", "board", "wallet"].map((name) => `taste-${name}`)) {
    const found = await page.evaluate(async (tag) => {
      const element = document.createElement(tag);
      element.setAttribute("src", "http://[");
      const error = new Promise((done) => element.addEventListener("taste-error", ({ detail }) => done(detail.error)));
      document.querySelector("main").replaceChildren(element);
      const { code, hint } = await error;
      return [code, Boolean(hint), /didn’t open/.test(element.shadowRoot.textContent)];
    }, tag);
    assert.deepEqual(found, ["Client::Address", true, true], tag);
  }
  quiet(page);
  await page.context().close();
});

const LINES = ["One line.", "Another line.", "A third, longer line.", "The fourth and last line."];
const ALL = ["duel", "approve", "stars", "rank", "points", "me", "board"];
const said = (page, words) =>
  until(`every widget to say ${words}`, () =>
    page.evaluate(([tags, words]) => tags.every((tag) => new RegExp(words).test(document.querySelector(`taste-${tag}`).shadowRoot?.textContent)), [ALL, words]));

// Never: noticed after the client's own patience, 15 s.
for (const how of ["garbage", "error", "hang"]) {
  test(`a round that answers ${how} is told in every widget, and one key opens it again for all`, async () => {
    const { round } = await server.round(texts(LINES), { kinds: "duel,approval,stars,ranking,points", ranking: 3 });
    const way = await between(server.url);
    way.spoil = ({ url }) => (url === `/v1/rounds/${round}` ? how : undefined);
    const page = await open(browser, `${way.url}/?${new URLSearchParams({ src: `/v1/rounds/${round}`, widgets: ALL.join() })}`);
    await said(page, "didn’t open");
    way.spoil = () => undefined;
    await page.locator("taste-stars").getByRole("button", { name: "Try again" }).click();
    for (const name of ["duel", "approve", "stars", "rank", "points"]) await new Widget(page, `taste-${name}`).reaches("asking");
    quiet(page, FAILED);
    await page.context().close();
    await way.close();
  });
}

test("votes of every kind are kept while the server answers garbage, and all arrive once", async () => {
  const { round } = await server.round(texts(LINES), { kinds: "duel,approval,stars,ranking,points", ranking: 3 });
  const way = await between(server.url);
  const page = await visit(browser, way, round, { widgets: ALL.join() });
  way.spoil = ({ method, url }) => (method === "POST" && url === "/v1/ballots" ? "garbage" : undefined);
  const widget = (name) => new Widget(page, `taste-${name}`);
  await widget("approve").answer(() => widget("approve").key("key-for").click());
  await widget("stars").reaches("asking");
  await widget("stars").key("rating").focus();
  await page.keyboard.press("3");
  await page.keyboard.press("Enter");
  await widget("rank").reaches("asking");
  await widget("rank").key("key-confirm").click();
  await widget("points").reaches("asking");
  await page.locator("taste-points [part~=field]").first().fill("4");
  await widget("points").key("key-confirm").click();
  for (const name of ["approve", "stars", "rank", "points"]) {
    await until(`${name} to say so`, async () => /didn’t reach us[\s\S]*safe on this device/.test(await widget(name).words()));
  }
  way.spoil = () => undefined;
  await page.evaluate(() => document.querySelector("taste-rank").shadowRoot.querySelector('[data-ask="retry"]').click());
  await until("the votes to be acknowledged", () => page.evaluate(() => globalThis.client.delivery.kept === 0));
  const votes = (await verifyLog(server, round)).flatMap(({ signed }) => signed.ballot.votes);
  assert.deepEqual(votes.map(({ kind, outcome }) => [kind, outcome]).sort(), [["approval", "for"], ["points", "4,0,0,0"], ["ranking", "1>2>3"], ["stars", "3/5"]]);
  quiet(page, FAILED);
  await page.context().close();
  await way.close();
});
