// Content that no server has seen is embedded in the page by the round's own network, under the strict policy, and predicted there.

import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { after, before, test } from "./bounded.mjs";
import { averages, manifest } from "../../bindings/encoder/test/networks.mjs";
import { Widget, heard, launch, quiet, visit } from "./browser.mjs";
import { Server, command, site, temporary, texts, until } from "./harness.mjs";
import { png } from "./png.mjs";
import { duel, guestBallot, newAccount } from "./protocol.mjs";

/** The mean of each channel: an encoder whose answers can be told in advance. */
const AVERAGES = { id: "averages@1", kind: "image", model: "m.onnx", size: 2, mean: [0, 0, 0], std: [1, 1, 1], dimension: 3 };
/** The same network by another name, which is another encoder. */
const OTHER = { ...AVERAGES, id: "other@1" };
const COLOURS = [[230, 20, 30], [200, 60, 40], [240, 90, 80], [180, 30, 60], [30, 40, 220], [60, 80, 190], [20, 110, 240], [80, 60, 250], [120, 120, 120], [90, 150, 90], [150, 90, 150], [200, 200, 60]];

let browser, server, round, page;
const asked = [];
before(async () => {
  const pages = temporary("pages");
  for (const [name, said] of [["averages", AVERAGES], ["other", OTHER]]) {
    await mkdir(join(pages, "encoders", name), { recursive: true });
    await writeFile(join(pages, "encoders", name, "m.onnx"), averages());
    await writeFile(join(pages, "encoders", name, "manifest.json"), manifest(said, { "m.onnx": averages() }));
  }
  const encoders = [join(pages, "encoders/averages/manifest.json")];
  [browser, server] = await Promise.all([launch(), Server.start({ trainEvery: 60, folders: [...site(), pages], settings: { encoders } })]);
  const candidates = join(temporary("candidates"), "colours");
  await mkdir(candidates);
  for (const [at, colour] of COLOURS.entries()) await writeFile(join(candidates, `${at}.png`), png(16, 12, () => colour));
  ({ round } = await server.round(candidates, { encoder: "averages@1" }));
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Ten people who like what is red and not blue. */
async function crowd() {
  const { signed } = await server.json(`/v1/rounds/${round}`);
  const redness = new Map();
  for (const { id } of signed.round.candidates) {
    const bytes = Buffer.from(await (await fetch(`${server.url}/v1/content/${id}`)).arrayBuffer());
    const at = COLOURS.findIndex((colour) => png(16, 12, () => colour).equals(bytes));
    redness.set(id, COLOURS[at][0] - COLOURS[at][2]);
  }
  const ids = [...redness.keys()];
  const pairs = ids.flatMap((left) => ids.filter((right) => Math.abs(redness.get(left) - redness.get(right)) > 60).map((right) => [left, right]));
  for (let person = 0; person < 10; person += 1) {
    const votes = Array.from({ length: 12 }, (_, at) => {
      const [left, right] = pairs[((person * 12 + at) * 7919) % pairs.length];
      return duel(left, right, redness.get(left) > redness.get(right) ? "left" : "right");
    });
    const ballot = await guestBallot(newAccount(), round, 1, votes);
    const answer = await fetch(`${server.url}/v1/ballots`, { method: "POST", headers: { "content-type": "application/json" }, body: ballot.body });
    assert.equal(answer.status, 201, await answer.text());
  }
}

/** Draws squares of these colours in the page and asks its client about them. */
const ask = (colours, what) =>
  page.evaluate(
    async ([colours, what]) => {
      const drawn = colours.map((colour) => {
        const canvas = new OffscreenCanvas(40, 30);
        const context = canvas.getContext("2d");
        context.fillStyle = colour;
        context.fillRect(0, 0, 40, 30);
        return canvas;
      });
      try {
        if (what === "embed") return [...(await globalThis.client.embed(drawn[0]))];
        if (what === "predict") return await globalThis.client.predict(drawn[0], drawn[1]);
        const ranked = await globalThis.client.rank(drawn);
        return ranked.map(({ subject, utility }) => ({ colour: colours[drawn.indexOf(subject)], utility }));
      } catch ({ code, message }) {
        return { code, message };
      }
    },
    [colours, what],
  );
const name = (encoder) => page.evaluate((encoder) => document.querySelector("taste-round").setAttribute("encoder", encoder), encoder);

test("a page that only votes fetches nothing of the encoder, and says what it lacks", async () => {
  const prepare = async (page) => {
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    await page.addInitScript(() => {
      globalThis.violations = [];
      document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => globalThis.violations.push(`${violatedDirective} ${blockedURI}`));
    });
  };
  page = await visit(browser, server, round, { prepare });
  await crowd();
  await until("a model in the page", () => page.evaluate(() => globalThis.client.model), 60);
  const refused = await ask(["#e01428"], "embed");
  assert.equal(refused.code, "Client::ForeignEncoder");
  assert.match(refused.message, /averages@1/);
  assert.deepEqual(asked.filter((path) => path.startsWith("/pkg/encoder/")), []);
});

test("<taste-round encoder> embeds what the page draws, and the person's taste ranks it", async () => {
  await name("/encoders/averages/manifest.json");
  const [red, green, blue] = await ask(["#ff0000"], "embed");
  assert.ok(red > 0.9999 && Math.abs(green) < 1e-6 && Math.abs(blue) < 1e-6, `${[red, green, blue]}`);
  const fetched = asked.filter((path) => path.startsWith("/pkg/encoder/"));
  assert.ok(fetched.includes("/pkg/encoder/worker.js") && fetched.includes("/pkg/encoder/ort-wasm-simd-threaded.wasm"), fetched.join(" "));
  assert.ok(!fetched.includes("/pkg/encoder/tastemaker-pictures.wasm"), "a canvas needs no decoder");

  const ranked = await ask(["#2030e0", "#e01428", "#808080", "#e06040"], "rank");
  const order = ranked.map(({ colour }) => colour);
  assert.ok(order.indexOf("#e01428") < order.indexOf("#808080") && order.indexOf("#808080") < order.indexOf("#2030e0"), JSON.stringify(ranked));
  const one = await ask(["#e01428", "#2030e0"], "predict");
  const other = await ask(["#2030e0", "#e01428"], "predict");
  assert.ok(one.probability > 0.6, JSON.stringify(one));
  assert.ok(Math.abs(one.probability + other.probability - 1) < 1e-5, "P(a,b) + P(b,a) = 1");
});

test("an encoder by another name than the round's, and a manifest that is not there, are refused by name; votes go on", async () => {
  await name("/encoders/other/manifest.json");
  const foreign = await ask(["#ff0000"], "embed");
  assert.deepEqual([foreign.code, foreign.message.includes("other@1")], ["Client::ForeignEncoder", true]);
  await name("/encoders/none/manifest.json");
  assert.equal((await ask(["#ff0000"], "embed")).code, "Encoder::Fetch");
  await page.locator("taste-duel [part~='key-left']").first().click();
  await until("the guess", async () => (await heard(page, "revealed")).length > 0);
  await name("/encoders/averages/manifest.json");
  assert.equal((await ask(["#ff0000"], "embed")).length, 3);
});

test("an encoder that the page opened itself is used before any that is named", async () => {
  const found = await page.evaluate(async () => {
    const { useEncoder } = await import("/pkg/encoder.js");
    const away = useEncoder({ id: "averages@1", embed: async () => new Float32Array([0, 0, 1]) });
    const own = [...(await globalThis.client.embed("whatever"))];
    away();
    return own;
  });
  assert.deepEqual(found, [0, 0, 1]);
  assert.deepEqual(await page.evaluate(() => globalThis.violations), []);
  assert.deepEqual([...page.hosts], [new URL(server.url).host]);
  // The manifest that was not there.
  quiet(page, [/404.*encoders\/none/]);
});

test("palettes are shown as colours and voted on, and palette@1 gives the same bits in the page and natively", async () => {
  const palettes = [["#aa3300", "#00aa77", "#224466"], ["#ffffff", "#000000"], ["#F0E0D0"], ["#123456", "#654321", "#abcdef", "#fedcba", "#0f0f0f"]];
  const file = texts(palettes.map((palette) => ({ palette })));
  const { round } = await server.round(file, { encoder: "palette@1", title: "Colours" });
  const out = join(temporary("palettes"), "palettes.npy");
  await command("embed", file, "--encoder", "palette@1", "--out", out);
  const bytes = await readFile(out);
  const start = 10 + bytes.readUInt16LE(8);
  const width = (bytes.length - start) / 4 / palettes.length;
  const page = await visit(browser, server, round);
  for (const [row, palette] of palettes.entries()) {
    const found = await page.evaluate(async (text) => [...new Uint32Array((await globalThis.client.embed(text)).buffer)], JSON.stringify(palette));
    assert.deepEqual(found, Array.from({ length: width }, (_, column) => bytes.readUInt32LE(start + 4 * (row * width + column))), palette.join());
  }
  const code = (text) => page.evaluate((text) => globalThis.client.embed(text).then(() => "embedded", ({ code }) => code), text);
  assert.deepEqual([await code("a text"), await code("[]"), await code('["#abc"]')], ["Client::Palette", "Client::Palette", "Client::Palette"]);
  const widget = new Widget(page, "taste-duel");
  await widget.reaches("asking");
  assert.equal(await page.locator("taste-duel [part~=palette]").count(), 2);
  await widget.answer(() => widget.key("key-left").click());
  await page.evaluate(() => globalThis.client.flush());
  await until("the vote in the log", async () => (await server.votes(round)).length === 1);
  quiet(page);
});
