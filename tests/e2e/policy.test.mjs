// The strict content policy of the server, and what a page may not do: ask others, ask anybody before it was told whom,
// or take a candidate's words for anything but words.

import assert from "node:assert/strict";
import { join } from "node:path";

import { after, before, test } from "./bounded.mjs";
import { Widget, launch, open, quiet } from "./browser.mjs";
import { Server, galleryTexts, root, site, texts, until, works } from "./harness.mjs";

let browser, server;
before(async () => {
  const folders = [join(root, "examples/demo"), ...site()];
  [browser, server] = await Promise.all([launch(), Server.start({ folders })]);
  await server.round(await works(12), { title: "Works on paper" });
  await server.round(await galleryTexts(12), { title: "One line each" });
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Notes violations that the console might not show. */
const watchPolicy = (page) =>
  page.addInitScript(() => {
    globalThis.violations = [];
    document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
      globalThis.violations.push(`${violatedDirective} ${blockedURI}`),
    );
  });

test("the demo's pages keep to the strict policy and ask nobody but their own server", async () => {
  for (const [path, widgets] of [["/", ["taste-duel"]], ["/texts.html", ["taste-duel", "taste-approve"]]]) {
    const page = await open(browser, `${server.url}${path}`, { prepare: watchPolicy });
    const policy = await page.evaluate(async () => (await fetch(location.href)).headers.get("content-security-policy"));
    for (const part of ["script-src 'self' 'wasm-unsafe-eval'", "object-src 'none'", "require-trusted-types-for 'script'"]) {
      assert.ok(policy.includes(part), policy);
    }
    for (const tag of widgets) {
      const widget = new Widget(page, tag);
      await widget.answer(() => widget.key(tag === "taste-duel" ? "key-left" : "key-for").click());
    }
    await page.locator("#wallet-key").click();
    await new Widget(page, "taste-wallet").reaches("guest");
    assert.deepEqual(await page.evaluate(() => globalThis.violations), []);
    assert.deepEqual([...page.hosts], [new URL(server.url).host]);
    quiet(page);
  }
});

test("nothing is asked for and nothing is stored before a round is named and consent is given", async () => {
  const asked = [];
  const prepare = async (page) => page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  const bare = await Server.start();
  const { round } = await bare.round(texts(["One.", "Two.", "Three."]));
  const scripts = (path) => path === "/" || path === "/page.js" || /^\/pkg\/[\w-]+\.js$/.test(path);
  for (const query of ["widgets=duel,approve,board,wallet", `widgets=duel&consent=pending&src=/v1/rounds/${round}`]) {
    const silent = await open(browser, `${bare.url}/?${query}`, { prepare });
    await silent.waitForFunction(() => customElements.get("taste-duel"));
    await silent.evaluate(() => new Promise((done) => requestIdleCallback(done)));
    assert.deepEqual(asked.filter((path) => !scripts(path)), []);
    assert.deepEqual(await silent.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name)), []);
    if (query.includes("pending")) {
      await silent.evaluate(() => document.querySelector("taste-round").removeAttribute("consent"));
      await new Widget(silent, "taste-duel").reaches("asking");
    }
    quiet(silent);
  }
  await bare.stop();
});

test("whatever a candidate says is shown as words", async () => {
  const lines = [
    `<img src=x onerror="globalThis.pwned = 1"><script>globalThis.pwned = 2</script>`,
    `</span></button><h1>Breaking out</h1><style>* { display: none }</style>`,
    `{{constructor.constructor("pwned=3")()}} \${pwned=4} %3Cscript%3E &lt;b&gt;`,
    `\u202Egnp.exe\u202C and \u2066isolated\u2069 \u200F right to left`,
    `${"Supercalifragilistic".repeat(100)}`,
    `Zalgo ${"o\u0301\u0302\u0303\u0304\u0305".repeat(60)}`,
  ];
  const titles = [
    `<b onmouseover="pwned=5">bold</b>`,
    `"><script>pwned=6</script>`,
    `\u202Eltr gnol a\u202C`,
    "t".repeat(200),
    `javascript:pwned=7`,
    `'; drop table rounds; --`,
  ];
  const { round } = await server.round(
    texts(lines.map((text, at) => ({ text, title: titles[at], note: `note <i>${at}</i> \u202E` }))),
    { title: "<script>pwned=8</script> \u202E round", question: "<b>Which</b> & why?" },
  );
  const demo = await open(browser, `${server.url}/texts.html?round=${round}`, { prepare: watchPolicy, viewport: { width: 700, height: 900 } });
  const duel = new Widget(demo, "taste-duel");
  const seen = new Set();
  for (let turn = 0; turn < 6; turn += 1) {
    await duel.reaches("asking");
    const shown = await demo.evaluate(() => {
      const inside = document.querySelector("taste-duel").shadowRoot;
      const own = (part) => [...inside.querySelectorAll(`[part~="${part}"]`)];
      return {
        texts: own("text").map((node) => node.textContent),
        titles: own("title").map((node) => node.textContent),
        foreign: inside.querySelectorAll("script, h1, b, iframe, img[src='x']").length,
        overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
      };
    });
    assert.equal(shown.foreign, 0);
    assert.ok(shown.overflow <= 0, `the page is ${shown.overflow} px too wide`);
    for (const text of shown.texts) {
      assert.ok(lines.includes(text), `shown as ${text}`);
      seen.add(text);
    }
    for (const title of shown.titles) assert.ok(titles.includes(title), `titled ${title}`);
    await duel.answer(() => duel.key("key-tie").click());
    await duel.key("key-left").click();
    await until("the next pair", async () => (await duel.phase()) !== "answered");
  }
  assert.equal(seen.size, lines.length);
  assert.equal(await demo.evaluate(() => globalThis.pwned), undefined);
  assert.deepEqual(await demo.evaluate(() => globalThis.violations), []);
  assert.deepEqual([...demo.hosts], [new URL(server.url).host]);
  quiet(demo);
});
