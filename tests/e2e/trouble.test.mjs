// What comes back from the network may be anything: the page says that a vote did not arrive, keeps it, and delivers it
// once when the way is free again.

import assert from "node:assert/strict";
import { join } from "node:path";

import { after, before, test } from "./bounded.mjs";
import { Widget, launch, open, quiet, visit } from "./browser.mjs";
import { Server, root, texts, until } from "./harness.mjs";
import { between, serveFolders } from "./http.mjs";
import { verifyLog } from "./protocol.mjs";

const LINES = ["One line.", "Another line.", "A third, longer line.", "The fourth and last line."];
/** What Chromium itself says of a failed answer. */
const FAILED = [/Failed to load resource/, /ERR_EMPTY_RESPONSE/, /ERR_CONNECTION_RESET/, /ERR_INCOMPLETE_CHUNKED_ENCODING/];

let browser, server;
before(async () => {
  [browser, server] = await Promise.all([launch(), Server.start()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const ballots = (request) => request.method === "POST" && request.url === "/v1/ballots";

// A hanging server is noticed after the client's own patience, 15 s: the four run side by side.
test("a ballot's answer may be garbage, an error, cut off, or never come", { concurrency: true }, async (t) => {
  const ways = ["garbage", "error", "cut", "hang"].map((how) =>
    t.test(how, async () => {
      const { round } = await server.round(texts(LINES));
      const way = await between(server.url);
      const page = await visit(browser, way, round);
      const duel = new Widget(page, "taste-duel");
      way.spoil = (request) => (ballots(request) ? how : undefined);
      const pair = await duel.answer(() => duel.key("key-right").click());
      await until("the page to say so", async () => /didn’t reach us[\s\S]*safe on this device/.test(await duel.words()));
      assert.equal(await page.evaluate(() => globalThis.client.delivery.kept), 1);
      assert.ok(way.spoiled > 0);
      // A cut connection is the mean case: the server has the vote, the page cannot know.
      assert.equal((await server.votes(round)).length, how === "cut" ? 1 : 0);

      way.spoil = () => undefined;
      // At once, in the page: the widget also tries by itself, and then the button is gone under the pointer.
      await page.evaluate(() => document.querySelector("taste-duel").shadowRoot.querySelector('[data-ask="retry"]').click());
      await until("the vote to be acknowledged", () => page.evaluate(() => globalThis.client.delivery.kept === 0));
      await until("the page to say no more of it", async () => !/reach us/.test(await duel.words()));
      const [{ signed }, ...others] = await verifyLog(server, round);
      assert.deepEqual(others, [], "it arrived once");
      assert.deepEqual([signed.ballot.votes[0].candidates, signed.ballot.votes[0].outcome], [pair, "right"]);
      quiet(page, FAILED);
      await page.context().close();
      await way.close();
    }),
  );
  await Promise.all(ways);
});

test("the rest of the vote module may not come: voting goes on, votes are signed and kept, and they are sent once it does", async () => {
  const { round } = await server.round(texts(LINES));
  const way = await between(server.url);
  way.spoil = ({ url }) => (url.endsWith("/tastemaker-rest.wasm") ? "error" : undefined);
  const page = await visit(browser, way, round);
  const duel = new Widget(page, "taste-duel");
  const signed = page.evaluate(() => new Promise((resolve) => document.addEventListener("taste-ballot-signed", ({ detail }) => resolve(detail.id), { once: true })));
  await duel.answer(() => duel.key("key-right").click());
  await duel.key("key-undo").click();
  await duel.reaches("asking");
  await duel.answer(() => duel.key("key-left").click());
  const id = await signed;
  await until("the page to say so", async () => /didn’t reach us[\s\S]*safe on this device/.test(await duel.words()));
  assert.equal((await server.votes(round)).length, 0);

  assert.ok(way.spoiled > 0);
  way.spoil = () => undefined;
  await page.evaluate(() => document.querySelector("taste-duel").shadowRoot.querySelector('[data-ask="retry"]').click());
  await until("the vote to be acknowledged", () => page.evaluate(() => globalThis.client.delivery.kept === 0));
  const [{ signed: ballot }, ...others] = await verifyLog(server, round);
  assert.deepEqual([ballot.ballot.votes.map(({ outcome }) => outcome), others], [["left"], []]);
  assert.match(id, /^0x[0-9a-f]{64}$/);

  // Who comes back reads what was left here; the rest is waited for then.
  await page.reload();
  await new Widget(page, "taste-duel").reaches("asking");
  assert.equal(await page.evaluate(async () => (await document.querySelector("taste-round").client).votes().length), 1);
  quiet(page, FAILED);
  await page.context().close();
  await way.close();
});

test("a round that does not open says why in the widget, and opens on the next try", async () => {
  const { round } = await server.round(texts(LINES));
  for (const [how, words] of [["garbage", /didn’t open/], ["error", /didn’t open/]]) {
    const way = await between(server.url);
    way.spoil = ({ url }) => (url === `/v1/rounds/${round}` ? how : undefined);
    const page = await open(browser, `${way.url}/?src=/v1/rounds/${round}`);
    await until("the widget to say so", () => page.evaluate((words) => new RegExp(words).test(document.querySelector("taste-duel").shadowRoot?.textContent), words.source));
    way.spoil = () => undefined;
    await page.getByRole("button", { name: "Try again" }).click();
    await new Widget(page, "taste-duel").reaches("asking");
    quiet(page, FAILED);
    await page.context().close();
    await way.close();
  }
});

test("another round than the address promises is refused", async () => {
  const [wanted, other] = [await server.round(texts(LINES)), await server.round(texts(["Some.", "Others."]))];
  const way = await between(server.url);
  const page = await open(browser, `${way.url}/pkg/index.js`);
  const found = await page.evaluate(async ([wanted, other]) => {
    const { TasteClient } = await import("/pkg/index.js");
    const transport = { json: async () => (await fetch(`/v1/rounds/${other}`)).json(), events: () => () => {} };
    return TasteClient.open({ src: `/v1/rounds/${wanted}`, transport }).then(() => "opened", ({ code, hint }) => [code, hint.length > 0]);
  }, [wanted.round, other.round]);
  assert.deepEqual(found, ["SdkError::RoundId", true]);
  await way.close();
});

test("a round file that was changed after it was signed is found out, and its widget takes no votes", async () => {
  const site = await serveFolders([join(root, "tests/e2e/site"), join(root, "examples/plain-html"), join(root, "pkg")]);
  const page = await open(browser, `${site.url}/empty.html`, {
    prepare: (page) =>
      page.route("**/round.json", async (route) => {
        const view = await (await route.fetch()).json();
        (view.signed ?? view).round.title += "!";
        await route.fulfill({ json: view });
      }),
  });
  await page.evaluate(async () => {
    document.body.innerHTML = `<taste-duel src="/round.json"></taste-duel>`;
    document.addEventListener("taste-error", ({ detail }) => (globalThis.code = detail.error.code));
    await import("/dist/elements/duel.js");
  });
  await until("the widget to say so", () => page.evaluate(() => globalThis.code === "SdkError::RoundSignature"));
  assert.match(await page.evaluate(() => document.querySelector("taste-duel").shadowRoot.querySelector(".trouble").textContent), /signed by someone else[\s\S]*the file was changed/);
  assert.equal(await page.evaluate(() => document.querySelector("taste-duel").client), undefined);
  // Another look finds the same.
  await page.getByRole("button", { name: "Try again" }).click();
  await until("the widget to say so again", async () => (await page.locator("taste-duel .trouble").count()) === 1 && page.evaluate(() => document.querySelector("taste-duel").client === undefined));
  // With an id in the address it is seen before anything is shown, and said in words, not by its code alone.
  const promised = `0x${"ab".repeat(32)}`;
  await page.evaluate((id) => (document.body.innerHTML = `<taste-duel src="/round.json#${id}"></taste-duel>`), promised);
  await until("the widget to say what was promised", () =>
    page.evaluate((id) => new RegExp(`digest is 0x[0-9a-f]+, expected ${id}`).test(document.querySelector("taste-duel").shadowRoot.textContent), promised));
  quiet(page);
  await page.context().close();
  await site.close();
});
