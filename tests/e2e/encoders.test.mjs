// What the page embeds, it embeds to the very bits that `taste embed` writes.

import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { after, before, test } from "./bounded.mjs";
import { launch, open, quiet } from "./browser.mjs";
import { command, site, temporary, texts } from "./harness.mjs";
import { serveFolders } from "./http.mjs";
import { png } from "./png.mjs";

let browser, pages, page;
before(async () => {
  browser = await launch();
  pages = await serveFolders(site({ "bare.html": "<!doctype html><title>bare</title><link rel=icon href='data:,'>" }));
  page = await open(browser, `${pages.url}/bare.html`);
  await page.evaluate(async () => {
    globalThis.tastemaker = await import("/pkg/index.js");
    await globalThis.tastemaker.init();
  });
});
after(async () => {
  await browser?.close();
  await pages?.close();
});

/** The rows of an .npy file of little-endian f32, as the bits of each number. */
function rows(file) {
  const header = file.readUInt16LE(8);
  const [, count, width] = /'descr': '<f4'.*'shape': \((\d+), (\d+)\)/.exec(file.toString("latin1", 10, 10 + header)).map(Number);
  const start = 10 + header;
  return Array.from({ length: count }, (_, row) =>
    Array.from({ length: width }, (_, column) => file.readUInt32LE(start + 4 * (row * width + column))),
  );
}

const hex = (bits) => bits.map((word) => word.toString(16).padStart(8, "0")).join(" ");

test("text@1 gives the same bits in the page and natively", async () => {
  const lines = [
    "The lighthouse keeper retired, and the sea, out of habit, kept looking up.",
    "Ça alors! Naïve café, ß, ﬁ, Ⅷ.",
    "日本語と中文和한국어, עברית ו-العربية",
    "👩‍👩‍👧‍👦 emoji 🏳️‍🌈 and\nline breaks\t\ttabs   spaces",
    "?",
    "SHOUTING!!! and whispering…",
    "word ".repeat(400),
  ];
  const out = join(temporary("embed"), "texts.npy");
  await command("embed", texts(lines), "--encoder", "text@1", "--out", out);
  const native = rows(await readFile(out));
  for (const [at, line] of lines.entries()) {
    const bits = await page.evaluate(async (line) => [...new Uint32Array((await globalThis.tastemaker.embed(line)).buffer)], line);
    assert.equal(hex(bits), hex(native[at]), line.slice(0, 40));
  }
});

test("visual@1 gives the same bits for the same pixels, from a file, from ImageData and natively", async () => {
  const pictures = [
    ["gradient", png(64, 48, (x, y) => [4 * x, 5 * y, 128])],
    ["noise", png(97, 131, (x, y) => [0, 8, 16].map((shift) => ((x * 73856093) ^ (y * 19349663) ^ (x * y * 83492791)) >>> shift & 255))],
    ["stripes", png(300, 40, (x) => (x % 10 < 5 ? [250, 240, 230] : [20, 30, 90]))],
    ["one-colour", png(16, 16, () => [200, 30, 45])],
  ];
  const folder = join(temporary("embed"), "pictures");
  await mkdir(folder);
  for (const [name, bytes] of pictures) await writeFile(join(folder, `${name}.png`), bytes);
  const out = join(folder, "..", "pictures.npy");
  await command("embed", folder, "--encoder", "visual@1", "--out", out);
  const native = rows(await readFile(out));
  const names = (await readFile(out.replace(".npy", ".ids"), "utf8")).trimEnd().split("\n").map((line) => line.split("\t")[0]);
  for (const [name, bytes] of pictures) {
    const found = await page.evaluate(async (base64) => {
      const { embed } = globalThis.tastemaker;
      const blob = await (await fetch(`data:image/png;base64,${base64}`)).blob();
      const bitmap = await createImageBitmap(blob);
      const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
      context.drawImage(bitmap, 0, 0);
      const pixels = context.getImageData(0, 0, bitmap.width, bitmap.height);
      return Promise.all([blob, pixels].map(async (content) => [...new Uint32Array((await embed(content)).buffer)]));
    }, bytes.toString("base64"));
    for (const bits of found) assert.equal(hex(bits), hex(native[names.indexOf(name)]), name);
  }
});

test("audio@1 gives the same bits in the page and natively, and ten minutes are the most", async () => {
  const rate = 16_000;
  const samples = Int16Array.from({ length: 2 * rate }, (_, at) => 9000 * Math.sin(at * at / 40_000) + ((at * 7919) % 4001) - 2000);
  const file = Buffer.alloc(44);
  file.write("RIFF", 0);
  file.write("WAVEfmt ", 8);
  [[16, 16, 4], [20, 1, 2], [22, 1, 2], [24, rate, 4], [34, 16, 2], [40, samples.byteLength, 4]].forEach(([at, value, size]) => file.writeUIntLE(value, at, size));
  file.write("data", 36);
  const folder = join(temporary("embed"), "sounds");
  await mkdir(folder);
  await writeFile(join(folder, "one.wav"), Buffer.concat([file, Buffer.from(samples.buffer)]));
  await writeFile(join(folder, "two.wav"), Buffer.concat([file, Buffer.from(samples.map((sample) => sample >> 1).buffer)]));
  const out = join(folder, "..", "sounds.npy");
  await command("embed", folder, "--encoder", "audio@1", "--out", out);
  const native = rows(await readFile(out));
  const found = await page.evaluate(async (values) => {
    const samples = Float32Array.from(values, (value) => value / 32768);
    return [...new Uint32Array((await globalThis.tastemaker.embed({ sampleRate: 16_000, samples })).buffer)];
  }, [...samples]);
  assert.equal(hex(found), hex(native[0]));
  const code = await page.evaluate(() => globalThis.tastemaker.embed({ sampleRate: 8_000, samples: new Float32Array(8_000 * 601) }).catch(({ code }) => code));
  assert.equal(code, "EncoderError::AudioLength");
});

test("what is no picture is refused by name", async () => {
  const codes = await page.evaluate(() =>
    Promise.all(
      [new Blob(["not a picture"], { type: "image/png" }), new Blob([], { type: "image/svg+xml" })].map((blob) =>
        globalThis.tastemaker.embed(blob).then(() => "embedded", ({ code }) => code),
      ),
    ),
  );
  assert.deepEqual(codes, ["Client::Picture", "Client::Picture"]);
  quiet(page);
});
