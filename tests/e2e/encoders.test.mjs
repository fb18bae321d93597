// What the page embeds, it embeds to the very bits that `taste embed` writes.

import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { deflateSync } from "node:zlib";

import { launch, open, quiet } from "./browser.mjs";
import { command, site, temporary, texts } from "./harness.mjs";
import { serveFolders } from "./http.mjs";

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

/** A PNG of opaque RGB pixels, `colour(x, y)` giving three bytes. */
function png(width, height, colour) {
  const lines = Buffer.alloc(height * (1 + 3 * width));
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) lines.set(colour(x, y), y * (1 + 3 * width) + 1 + 3 * x);
  }
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
    const frame = Buffer.alloc(8 + body.length);
    frame.writeUInt32BE(data.length, 0);
    body.copy(frame, 4);
    frame.writeUInt32BE(checksum(body), 4 + body.length);
    return frame;
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk("IHDR", head), chunk("IDAT", deflateSync(lines)), chunk("IEND", Buffer.alloc(0))]);
}

/** CRC-32 as PNG has it; Node 20 brings none. */
function checksum(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

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
