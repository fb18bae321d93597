// The encoder module in Chromium and in Node, held against what runs natively: a tiny network made here always, and the real
// encoders of ../shared/encoders where they are. `PKG_DIR`, `TASTE_BIN`, `CHROMIUM`, `ORT_DYLIB_PATH` say where things are, as for the other tests.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import { after, before, test } from "../../../tests/e2e/bounded.mjs";
import { launch } from "../../../tests/e2e/browser.mjs";
import { command, dist, require, root, temporary, texts } from "../../../tests/e2e/harness.mjs";
import { ONNX, TOKENIZER, averages, bands, giant, manifest, oneWindow, standInForClap, tokenTable } from "./networks.mjs";

const shared = join(root, "../shared/encoders");
/** The strict policy of the widgets, workers from the same place, and the types that scripts' addresses need. */
const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; img-src blob: data:; media-src blob:; require-trusted-types-for 'script'";
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".json": "application/json", ".wasm": "application/wasm" };

let folder, site, browser;

/** Serves the package under /pkg/, the encoders under /encoders/, and a bare page; `behave` may answer itself. */
async function serve() {
  const state = { asked: [], behave: undefined, isolated: false };
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://host");
    state.asked.push(pathname);
    if (state.behave?.(pathname, response)) return;
    const headers = { "content-security-policy": POLICY, ...(state.isolated && { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" }) };
    if (pathname === "/") return response.writeHead(200, { ...headers, "content-type": "text/html" }).end("<!doctype html><title>bare</title><link rel=icon href='data:,'>");
    const name = normalize(pathname);
    const file = name.startsWith("/pkg/") ? join(dist, name.slice(5)) : join(folder, name);
    const bytes = await readFile(file).catch(() => undefined);
    if (bytes === undefined) return response.writeHead(404, headers).end();
    response.writeHead(200, { ...headers, "content-type": TYPES[extname(name)] ?? "application/octet-stream", "content-length": bytes.length }).end(bytes);
  });
  await new Promise((ready) => server.unref().listen(0, "127.0.0.1", ready));
  state.url = `http://127.0.0.1:${server.address().port}`;
  state.close = () => (server.closeAllConnections(), server.close());
  return state;
}

/** An encoder's folder: its files and a manifest with their digests. */
async function encoder(name, said, files) {
  const place = join(folder, "encoders", name);
  await mkdir(place, { recursive: true });
  for (const [file, bytes] of Object.entries({ ...files, "manifest.json": manifest(said, files) })) await writeFile(join(place, file), bytes);
}

/** The same, made by `taste encoder add` of an ONNX file in a folder. */
async function added(name, model, ...options) {
  const place = join(folder, "encoders", name);
  return { place, said: JSON.parse(await command("encoder", "add", model, "--out", place, ...options)) };
}

before(async () => {
  folder = temporary("encoders");
  await encoder("averages", { kind: "image", model: "m.onnx", size: 2, mean: [0, 0, 0], std: [1, 1, 0.5], dimension: 3 }, { "m.onnx": averages() });
  await encoder("tokens", { kind: "text", model: "m.onnx", tokenizer: "tokenizer.json", maxTokens: 3, dimension: 2 }, { "m.onnx": tokenTable(), "tokenizer.json": TOKENIZER });
  await encoder("bands", { kind: "audio", model: "m.onnx", dimension: 8, sound: { bands: 8, frames: 4, step: 2 } }, { "m.onnx": bands() });
  if (existsSync(shared)) {
    const file = (name) => readFile(join(shared, name));
    await encoder("minilm", { kind: "text", model: "minilm.onnx", tokenizer: "tokenizer.json", maxTokens: 512, dimension: 384 }, { "minilm.onnx": await file("minilm_l6_int8.onnx"), "tokenizer.json": await file("minilm_tokenizer.json") });
    await encoder("mobilenet", { kind: "image", model: "mobilenet.onnx", dimension: 1280 }, { "mobilenet.onnx": await file("mobilenetv2_qat_int8w.onnx") });
  }
  site = await serve();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  site?.close();
});

/** A page with the module at hand, and a list of what went wrong in it. */
async function page(context) {
  const it = await (context ?? (await browser.newContext())).newPage();
  it.faults = [];
  it.on("console", (message) => message.type() === "error" && it.faults.push(message.text()));
  it.on("pageerror", (error) => it.faults.push(String(error)));
  await it.goto(site.url);
  await it.evaluate(async () => {
    globalThis.long = [];
    new PerformanceObserver((list) => globalThis.long.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: "longtask" });
    globalThis.tools = await import("/pkg/encoder.js");
  });
  return it;
}

const open = (it, name, options = {}) =>
  it.evaluate(
    async ({ name, options }) => {
      globalThis.progress = [];
      const { openEncoder } = globalThis.tools;
      try {
        globalThis.encoder = await openEncoder(`/encoders/${name}/manifest.json`, { ...options, onprogress: (progress) => globalThis.progress.push(progress) });
        const { id, dimension, kind, threads, processor, withoutWebGpu } = globalThis.encoder;
        return { id, dimension, kind, threads, processor, withoutWebGpu };
      } catch ({ code, message, hint }) {
        return { code, message, hint };
      }
    },
    { name, options },
  );
const embedText = (it, text) => it.evaluate((text) => globalThis.encoder.embed(text).then((row) => [...row], ({ code }) => code), text);
const embedFile = (it, bytes) =>
  it.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (it) => it.charCodeAt(0));
    return globalThis.encoder.embed(new Blob([bytes])).then((row) => [...row], ({ code }) => code);
  }, Buffer.from(bytes).toString("base64"));

const close = (found, expected) => found.forEach((value, at) => assert.ok(Math.abs(value - expected[at]) < 1e-6, `${found} instead of ${expected}`));

test("nothing of the encoder is fetched before it is asked for, and then only from the page's own site", async () => {
  const it = await page();
  assert.deepEqual(site.asked.filter((path) => path.startsWith("/pkg/encoder/")), []);
  const hosts = new Set();
  it.context().on("request", (request) => hosts.add(new URL(request.url()).origin));
  const opened = await open(it, "tokens");
  assert.deepEqual({ ...opened, id: "" }, { id: "", dimension: 2, kind: "text", threads: 1, processor: "wasm", withoutWebGpu: undefined });
  assert.match(opened.id, /^m@[0-9a-f]{8}$/);
  close(await embedText(it, "blue"), [0.6, 0.8]);
  close(await embedText(it, "Red GREEN"), [Math.SQRT1_2, Math.SQRT1_2]);
  assert.deepEqual(await it.evaluate(() => globalThis.encoder.tokens("Red green PINK blue")), [1, 2, 0]);
  assert.deepEqual([...hosts], [site.url]);
  const progress = await it.evaluate(() => globalThis.progress);
  for (const file of ["m.onnx", "tokenizer.json", "ort-wasm-simd-threaded.wasm"]) {
    const of = progress.filter((each) => each.file === file);
    assert.ok(of.length > 0 && of.at(-1).loaded === of.at(-1).total, `${file}: ${JSON.stringify(of.at(-1))}`);
  }
  assert.deepEqual(it.faults, []);
});

test("under a public name and without the flag of a driven browser, nobody but the page's own site is asked", async () => {
  // Telemetry that spares localhost and driven browsers would show itself here.
  const { chromium } = require("playwright-core");
  const port = new URL(site.url).port;
  const log = join(temporary("network"), "log.json");
  const flags = ["--no-sandbox", "--disable-gpu", "--disable-blink-features=AutomationControlled", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"];
  const public_ = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: [...flags, "--host-resolver-rules=MAP art.example.org 127.0.0.1", `--log-net-log=${log}`] });
  try {
    const context = await public_.newContext();
    const it = await context.newPage();
    await it.goto(`http://art.example.org:${port}/`);
    const seen = await it.evaluate(async () => {
      const { openEncoder } = await import("/pkg/encoder.js");
      const encoder = await openEncoder("/encoders/tokens/manifest.json");
      const row = await encoder.embed("blue");
      return { host: location.hostname, driven: navigator.webdriver, row: [...row] };
    });
    assert.equal(seen.host, "art.example.org");
    assert.ok(!seen.driven);
    close(seen.row, [0.6, 0.8]);
  } finally {
    await public_.close();
  }
  // All that left the browser, whoever in it asked: pages, workers, beacons.
  const hosts = new Set(Array.from((await readFile(log, "utf8")).matchAll(/"url":"(https?:\/\/[^"]+)"/g), ([, url]) => new URL(url).host));
  assert.deepEqual([...hosts].filter((host) => !/\.(google|googleapis|gvt1)\.com$/.test(host)), [`art.example.org:${port}`]);
  // And no such code is shipped.
  for (const name of ["index.js", "worker.js", "node.js"]) {
    const text = await readFile(join(dist, "encoder", name), "utf8");
    assert.doesNotMatch(text, /sendBeacon|pyke/, name);
  }
});

test("pictures come as files, pixels, bitmaps and canvases", async () => {
  const it = await page();
  await open(it, "averages");
  const rows = await it.evaluate(async () => {
    const pixels = new ImageData(new Uint8ClampedArray([255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255, 9, 9, 9, 0]), 2, 2);
    const opaque = new ImageData(new Uint8ClampedArray([255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255, 255, 255, 255, 255]), 2, 2);
    const canvas = new OffscreenCanvas(2, 2);
    canvas.getContext("2d").putImageData(opaque, 0, 0);
    const png = await canvas.convertToBlob();
    const svg = new Blob(['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 1"><script>parent.hacked = 1</script><rect width="2" height="1" fill="#ff0000"/></svg>'], { type: "image/svg+xml" });
    const rows = [];
    for (const content of [pixels, opaque, canvas, await createImageBitmap(opaque), png, await png.arrayBuffer(), svg]) rows.push([...(await globalThis.encoder.embed(content))]);
    return { rows, hacked: globalThis.hacked };
  });
  // Half of the pixels have each channel; blue's deviation of 0.5 doubles it.
  const norm = Math.hypot(0.5, 0.5, 1);
  rows.rows.slice(0, 6).forEach((row) => close(row, [0.5 / norm, 0.5 / norm, 1 / norm]));
  close(rows.rows[6], [1, 0, 0]);
  assert.equal(rows.hacked, undefined);
  assert.equal(await embedFile(it, Buffer.from("not a picture")), "PreprocessError::ImageFormat");
  assert.equal(await embedText(it, "a text"), "Encoder::WrongKind");
});

test("a wrong digest, a hostile graph, a lost file and a silent server are refused by name", async () => {
  const whole = averages();
  const said = { kind: "image", model: "m.onnx", size: 2, dimension: 3 };
  await encoder("truncated", said, { "m.onnx": whole.subarray(0, whole.length / 2) });
  await encoder("external", said, { "m.onnx": averages({ external: "../../etc/passwd" }) });
  await encoder("cyclic", said, { "m.onnx": averages({ input: "embedding" }) });
  await encoder("changed", said, { "m.onnx": whole });
  await writeFile(join(folder, "encoders/changed/m.onnx"), ONNX.flipped(whole));
  const it = await page();
  const code = async (name, options) => (await open(it, name, options)).code;
  assert.equal(await code("truncated"), "PreprocessError::OnnxMalformed");
  assert.equal(await code("external"), "PreprocessError::OnnxExternal");
  assert.equal(await code("cyclic"), "PreprocessError::OnnxOrder");
  assert.equal(await code("changed"), "PreprocessError::Digest");
  assert.equal(await code("nowhere"), "Encoder::Fetch");
  assert.equal(await code("averages", { digest: `0x${"0".repeat(64)}` }), "PreprocessError::Digest");
  site.behave = (path, response) => path.endsWith("m.onnx") && response.writeHead(200, { "content-length": 1000 }).write("one byte, and then none");
  assert.equal(await code("averages", { patience: 0.3, keep: false }), "Encoder::Timeout");
  const cancelled = it.evaluate(async () => {
    const control = new AbortController();
    const opening = globalThis.tools.openEncoder("/encoders/averages/manifest.json", { signal: control.signal, keep: false });
    setTimeout(() => control.abort(), 300);
    return opening.then(() => "opened", ({ code }) => code);
  });
  assert.equal(await cancelled, "Encoder::Cancelled");
  site.behave = undefined;
  // The same page still opens a good one.
  assert.equal((await open(it, "averages")).dimension, 3);
});

test("on the second visit the weights come from the device, also without a network", async () => {
  const context = await browser.newContext();
  const it = await page(context);
  await open(it, "tokens");
  const first = await embedText(it, "green");
  await it.reload();
  await it.evaluate(async () => (globalThis.tools = await import("/pkg/encoder.js")));
  const from = site.asked.length;
  site.behave = (path, response) => path.startsWith("/encoders/") && (response.destroy(), true);
  const opened = await open(it, "tokens");
  assert.equal(opened.dimension, 2, JSON.stringify(opened));
  assert.deepEqual(await embedText(it, "green"), first);
  site.behave = undefined;
  const again = site.asked.slice(from).filter((path) => path.endsWith(".onnx") || path.endsWith("threaded.wasm"));
  assert.deepEqual(again, []);
});

test("threads run where the page is isolated, and give the same embedding", async () => {
  site.isolated = true;
  const it = await page();
  const opened = await open(it, "tokens", { threads: 2 });
  assert.equal(opened.threads, 2, JSON.stringify(opened));
  close(await embedText(it, "blue"), [0.6, 0.8]);
  site.isolated = false;
});

test("a list gives what one by one gives, in its order, and says which content is wrong", async () => {
  const it = await page();
  await open(it, "tokens", { keep: false });
  const many = ["blue", "red", "Red GREEN", "pink", "green blue red", "red"];
  const [together, alone] = await it.evaluate(async (many) => {
    const { encoder } = globalThis;
    const rows = (await encoder.embed(many)).map((row) => [...row]);
    const single = [];
    // What has no direction (an unknown word is all zeros here) is refused, in a list too.
    for (const text of many) single.push([...(await encoder.embed(text))]);
    return [rows, single];
  }, many.filter((text) => text !== "pink"));
  assert.equal(together.length, 5);
  together.forEach((row, at) => close(row, alone[at]));
  const code = (list) => it.evaluate((list) => globalThis.encoder.embed(list).then(() => "none", ({ code }) => code), list);
  assert.equal(await code(many), "CoreError::EmbeddingZero");
  assert.deepEqual(await it.evaluate(() => globalThis.encoder.embed([])), []);
  await open(it, "averages");
  const pictures = await it.evaluate(async () => {
    const pixels = (value) => ({ width: 1, height: 1, data: new Uint8Array([value, 10, 20, 255]) });
    const { encoder } = globalThis;
    const rows = await encoder.embed([pixels(200), pixels(0)]);
    return [...rows, await encoder.embed(pixels(200)), await encoder.embed(pixels(0))].map((row) => [...row]);
  });
  close(pictures[0], pictures[2]);
  close(pictures[1], pictures[3]);
});

/** A WAV file of a sweep, whole numbers of so many bits. */
function wav(rate, channels, bits, seconds) {
  const width = bits / 8;
  const count = Math.round(rate * seconds) * channels;
  const file = Buffer.alloc(44 + count * width);
  file.write("RIFF", 0);
  file.writeUInt32LE(36 + count * width, 4);
  file.write("WAVEfmt ", 8);
  [[16, 16, 4], [20, 1, 2], [22, channels, 2], [24, rate, 4], [28, rate * channels * width, 4], [32, channels * width, 2], [34, bits, 2]].forEach(([at, value, size]) => file.writeUIntLE(value, at, size));
  file.write("data", 36);
  file.writeUInt32LE(count * width, 40);
  for (let at = 0; at < count; at += 1) {
    const time = Math.floor(at / channels) / rate;
    const value = 0.4 * Math.sin(2 * Math.PI * (200 + 900 * time) * time) + 0.2 * Math.sin(2 * Math.PI * (60 + 40 * (at % channels)) * time);
    const whole = Math.round(value * 2 ** (bits - 1));
    if (bits === 8) file.writeUInt8(whole + 128, 44 + at);
    else file.writeIntLE(whole, 44 + at * width, width);
  }
  return file;
}

const HOURS = { length: 36_000 * 48_000, sampleRate: 48_000, numberOfChannels: 1 };

test("sounds come as files, samples and what the browser decoded; ten hours and nonsense are refused by name", async () => {
  const it = await page();
  const from = site.asked.length;
  await open(it, "bands", { keep: false });
  assert.ok(!site.asked.slice(from).some((path) => path.includes("senses")), "nothing of sounds comes with the encoder");
  const file = wav(16_000, 1, 16, 0.5);
  const found = await it.evaluate(async (base64) => {
    const { encoder } = globalThis;
    const bytes = Uint8Array.from(atob(base64), (it) => it.charCodeAt(0));
    const samples = Float32Array.from({ length: (bytes.length - 44) / 2 }, (_, at) => new DataView(bytes.buffer).getInt16(44 + 2 * at, true) / 32768);
    const heard = await new OfflineAudioContext(1, 1, 16_000).decodeAudioData(bytes.buffer.slice(0));
    const stereo = new AudioBuffer({ length: samples.length, numberOfChannels: 2, sampleRate: 16_000 });
    stereo.copyToChannel(samples.map((sample) => sample * 2), 0);
    const rows = [];
    for (const content of [new Blob([bytes]), { sampleRate: 16_000, samples }, heard, stereo]) rows.push([...(await encoder.embed(content))]);
    return rows;
  }, file.toString("base64"));
  assert.equal(found[0].length, 8);
  assert.ok(Math.abs(Math.hypot(...found[0]) - 1) < 1e-6);
  close(found[1], found[0]);
  close(found[3], found[0]);
  // The browser's own reading of 16 bits differs by a last digit.
  assert.ok(cosine(found[2], found[0]) > 0.9999, String(cosine(found[2], found[0])));
  const codes = await it.evaluate(async (hours) => {
    const code = (content) => globalThis.encoder.embed(content).then(() => "embedded", ({ code }) => code);
    const never = { ...hours, getChannelData: () => { throw new Error("nothing of it is read"); } };
    return Promise.all([never, { sampleRate: 16_000, samples: new Float32Array(0) }, { sampleRate: 16_000, samples: new Float32Array([Number.NaN]) }, { sampleRate: 1, samples: new Float32Array(1) }, new Blob(["OggS"]), "a text"].map(code));
  }, HOURS);
  const unreadable = "PreprocessError::AudioUnreadable";
  assert.deepEqual(codes, ["PreprocessError::AudioTooLong", unreadable, unreadable, unreadable, unreadable, "Encoder::WrongKind"]);
  // A header of ten hours, and nothing behind it.
  const promise = Buffer.from(wav(8_000, 1, 8, 0));
  promise.writeUInt32LE(36_000 * 8_000, 40);
  assert.equal(await embedFile(it, promise), "PreprocessError::AudioTooLong");
  await open(it, "averages");
  assert.equal(await it.evaluate(() => globalThis.encoder.embed({ sampleRate: 16_000, samples: new Float32Array(16) }).catch(({ code }) => code)), "Encoder::WrongKind");
  assert.deepEqual(it.faults, []);
});

test("a film is embedded by pictures of it, which the browser takes from it", async () => {
  const it = await page();
  await open(it, "averages");
  const { rows, codes } = await it.evaluate(async () => {
    // One that was recorded here: red, then blue.
    const canvas = Object.assign(document.createElement("canvas"), { width: 64, height: 64 });
    const drawing = canvas.getContext("2d");
    const recorder = new MediaRecorder(canvas.captureStream(30), { mimeType: "video/webm" });
    const parts = [];
    recorder.ondataavailable = ({ data }) => parts.push(data);
    const stopped = new Promise((done) => (recorder.onstop = done));
    recorder.start();
    for (const colour of ["#ff0000", "#0000ff"]) {
      const end = performance.now() + 700;
      while (performance.now() < end) {
        drawing.fillStyle = colour;
        drawing.fillRect(0, 0, 64, 64);
        // Not by frames: nobody looks at the page, and it may draw none.
        await new Promise((done) => setTimeout(done, 16));
      }
    }
    recorder.stop();
    await stopped;
    const film = new Blob(parts, { type: "video/webm" });
    const { encoder } = globalThis;
    const pixels = (red, blue) => ({ width: 1, height: 1, data: new Uint8Array([red, 0, blue, 255]) });
    const one = await encoder.embed({ film, frames: 4 });
    const [listed, single] = await encoder.embed([{ film: [pixels(255, 0), pixels(0, 255)] }, pixels(255, 0)]);
    const code = (film) => encoder.embed({ film }).then(() => "embedded", ({ code }) => code);
    return { rows: [one, listed, single].map((row) => [...row]), codes: [await code(new Blob(["no film"])), await code([])] };
  });
  // Red alone is (1, 0, 0) and blue (0, 0, 1); a codec's colours are nearly those.
  assert.ok(rows[0][0] > 0.3 && rows[0][2] > 0.3 && rows[0][1] < 0.2, JSON.stringify(rows[0]));
  close(rows[1], [Math.SQRT1_2, 0, Math.SQRT1_2]);
  close(rows[2], [1, 0, 0]);
  assert.deepEqual(codes, ["Encoder::Film", "Encoder::Film"]);
});

/** A PNG that declares 60,000 × 60,000 pixels in a few bytes. */
function bomb() {
  const crc = (bytes) => {
    let sum = ~0;
    for (const byte of bytes) for (let bit = 0, rest = (sum ^= byte); bit < 8; bit += 1, rest = sum) sum = (rest >>> 1) ^ (rest & 1 ? 0xedb88320 : 0);
    return ~sum >>> 0;
  };
  const header = Buffer.alloc(25);
  header.writeUInt32BE(13, 0);
  header.write("IHDR", 4);
  header.writeUInt32BE(60_000, 8);
  header.writeUInt32BE(60_000, 12);
  header.set([8, 6, 0, 0, 0], 16);
  header.writeUInt32BE(crc(header.subarray(4, 21)), 21);
  return Buffer.concat([Buffer.from("89504e470d0a1a0a", "hex"), header, Buffer.from("0000000049444154", "hex"), Buffer.alloc(4)]);
}

test("a giant tensor, a bomb, a foreign picture and bytes that are no text are refused by name, and the encoder goes on", async () => {
  await encoder("giant", { kind: "image", model: "m.onnx", size: 2, dimension: 3 }, { "m.onnx": giant() });
  const it = await page();
  assert.equal((await open(it, "giant")).code, "PreprocessError::OnnxTensor");
  await open(it, "averages");
  assert.equal(await embedFile(it, bomb()), "PreprocessError::ImageTooLarge");
  // A picture of another site, shown without its leave: the page may show it and not read it.
  const other = await serve();
  const png = await readFile(join(PICTURES, "plain.png"));
  other.behave = (path, response) => path === "/other.png" && response.writeHead(200, { "content-type": "image/png" }).end(png);
  site.behave = (path, response) => path === "/open" && response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>open</title><link rel=icon href='data:,'>");
  await it.goto(`${site.url}/open`);
  await it.evaluate(async () => (globalThis.tools = await import("/pkg/encoder.js")));
  await open(it, "averages");
  const codes = await it.evaluate(async (src) => {
    const image = Object.assign(new Image(), { src });
    await image.decode();
    const canvas = new OffscreenCanvas(8, 8);
    canvas.getContext("2d").drawImage(image, 0, 0);
    const code = (content) => globalThis.encoder.embed(content).then(() => "embedded", ({ code }) => code);
    return [await code(image), await code(canvas)];
  }, `${other.url}/other.png`);
  assert.deepEqual(codes, ["Encoder::Picture", "Encoder::Picture"]);
  other.close();
  site.behave = undefined;
  const row = await it.evaluate(() => globalThis.encoder.embed({ width: 1, height: 1, data: new Uint8Array([9, 0, 0, 255]) }));
  assert.ok(row);
  await open(it, "tokens");
  assert.equal(await embedFile(it, Buffer.from([0x62, 0xc3, 0x28])), "Encoder::NotUtf8");
  close(await embedText(it, "blue"), [0.6, 0.8]);
});

test("without space nothing is kept and all works; in a hidden tab embedding goes on", async () => {
  const context = await browser.newContext();
  const it = await page(context);
  const devtools = await context.newCDPSession(it);
  await devtools.send("Storage.overrideQuotaForOrigin", { origin: site.url, quotaSize: 1 });
  assert.equal((await open(it, "tokens")).dimension, 2);
  close(await embedText(it, "blue"), [0.6, 0.8]);
  assert.deepEqual(await it.evaluate(() => caches.open("tastemaker-encoders").then((cache) => cache.keys()).then((keys) => keys.length)), 0);
  // Another tab in front of it.
  const front = await context.newPage();
  await front.bringToFront();
  close(await embedText(it, "green"), [0, 1]);
});

test("memory that the browser refuses is an error by name, and the page goes on", async () => {
  const it = await page();
  const worker = await readFile(join(dist, "encoder/worker.js"));
  const refuse = "WebAssembly.Memory = class { constructor() { throw new RangeError('WebAssembly.Memory(): could not allocate memory'); } };\n";
  site.behave = (path, response) => path === "/pkg/encoder/worker.js" && response.writeHead(200, { "content-type": "text/javascript" }).end(refuse + worker);
  const { code } = await open(it, "tokens", { threads: 1, keep: false });
  site.behave = undefined;
  assert.match(code ?? "opened", /^Encoder::(Memory|Graph|Run|Stopped)$/);
  // Opened anew, it works.
  assert.equal((await open(it, "tokens", { keep: false })).dimension, 2);
});

test("Node has the same API and the same numbers", async () => {
  const { openEncoder } = await import(pathToFileURL(join(dist, "node-encoder.js")));
  const encoder = await openEncoder(pathToFileURL(join(folder, "encoders/tokens/manifest.json")));
  close([...(await encoder.embed("blue"))], [0.6, 0.8]);
  await assert.rejects(encoder.embed(new Uint8Array([0xc3, 0x28])), { code: "Encoder::NotUtf8" });
  encoder.close();
  await assert.rejects(encoder.embed("blue"), { code: "Encoder::Closed" });
  const sounds = await openEncoder(pathToFileURL(join(folder, "encoders/bands/manifest.json")));
  const file = wav(44_100, 2, 16, 0.3);
  assert.equal((await sounds.embed(new Uint8Array(file))).length, 8);
  await assert.rejects(sounds.embed({ ...HOURS, getChannelData: assert.fail }), { code: "PreprocessError::AudioTooLong" });
  sounds.close();
  const pictures = await openEncoder(pathToFileURL(join(folder, "encoders/averages/manifest.json")));
  const pixels = (red, blue) => ({ width: 1, height: 1, data: new Uint8Array([red, 0, blue, 255]) });
  close([...(await pictures.embed({ film: [pixels(255, 0), pixels(0, 255)] }))], [Math.SQRT1_2, 0, Math.SQRT1_2]);
  await assert.rejects(pictures.embed({ film: new Blob([]) }), { code: "Encoder::Film" });
  pictures.close();
});

const TEXTS = [
  "The lighthouse keeper retired, and the sea, out of habit, kept looking up.",
  "我喜欢在雨天读书，窗外的声音像音乐。",
  "أحب القراءة في الأيام الممطرة",
  "👩‍👩‍👧‍👦 loves 🏳️‍🌈 and 🍕🍕🍕!",
  "word ".repeat(700),
  "Ça alors! Naïve café — 100 % déjà-vu…",
  "?",
];

/** Cosine of two unit rows. */
const cosine = (a, b) => a.reduce((sum, value, at) => sum + value * b[at], 0);

/** What `taste embed` gives with the same manifest: a row of numbers a candidate, by its name. */
async function natively(name, candidates) {
  const out = join(temporary("native"), "rows.npy");
  const said = JSON.parse(await command("embed", candidates, "--encoder", join(folder, "encoders", name, "manifest.json"), "--out", out));
  const file = await readFile(out);
  const start = 10 + file.readUInt16LE(8);
  const names = (await readFile(out.replace(".npy", ".ids"), "utf8")).trimEnd().split("\n").map((line) => line.split("\t")[0]);
  const row = (at) => Array.from({ length: said.dimension }, (_, column) => file.readFloatLE(start + 4 * (at * said.dimension + column)));
  return { id: said.encoder, rows: Object.fromEntries(names.map((name, at) => [name, row(at)])) };
}

const PICTURES = fileURLToPath(new URL("pictures/", import.meta.url));

/** A folder with some of the pictures. */
async function someOf(...names) {
  const place = temporary("pictures");
  for (const name of names) await copyFile(join(PICTURES, name), join(place, name));
  return place;
}

const absent = !existsSync(shared) && "../shared/encoders is absent";

test("MiniLM in the page is MiniLM natively", { skip: absent }, async (t) => {
  const native = await natively("minilm", texts(TEXTS));
  const it = await page();
  const opened = await open(it, "minilm");
  assert.equal(opened.id, native.id);
  for (const [at, text] of TEXTS.entries()) {
    const found = cosine(await embedText(it, text), native.rows[at]);
    t.diagnostic(`${found.toFixed(8)} ${text.slice(0, 30)}`);
    assert.ok(found >= 0.99999, `${found}: ${text.slice(0, 40)}`);
  }
  const together = await it.evaluate((list) => globalThis.encoder.embed(list).then((rows) => rows.map((row) => [...row])), [...TEXTS, "new ".repeat(20), "so new"]);
  for (const at of TEXTS.keys()) assert.ok(cosine(together[at], native.rows[at]) >= 0.99999, `in a list: ${TEXTS[at].slice(0, 40)}`);
  await open(it, "minilm", { keep: false });
  const listed = await it.evaluate((list) => globalThis.encoder.embed(list).then((rows) => rows.map((row) => [...row])), TEXTS);
  for (const at of TEXTS.keys()) assert.ok(cosine(listed[at], native.rows[at]) >= 0.99999, `in a list, nothing kept: ${TEXTS[at].slice(0, 40)}`);
  assert.equal((await it.evaluate((text) => globalThis.encoder.tokens(text), TEXTS[4])).length, 512);
  const long = await it.evaluate(() => globalThis.long);
  t.diagnostic(`tasks over 50 ms on the page's thread: ${JSON.stringify(long)}`);
});

test("MobileNet in the page is MobileNet natively, whatever the file", { skip: absent }, async (t) => {
  const names = (await readdir(PICTURES)).filter((name) => !name.endsWith(".py"));
  const place = temporary("pictures");
  for (const name of names) await copyFile(join(PICTURES, name), join(place, `${name.replace(".", "-")}.${name.split(".")[1]}`));
  const native = await natively("mobilenet", place);
  const it = await page();
  const opened = await open(it, "mobilenet");
  assert.equal(opened.id, native.id);
  for (const name of names) {
    const row = await embedFile(it, await readFile(join(PICTURES, name)));
    assert.notEqual(typeof row, "string", `${name}: ${row}`);
    const found = cosine(row, native.rows[name.replace(".", "-")]);
    t.diagnostic(`${found.toFixed(8)} ${name}`);
    assert.ok(found >= 0.99999, `${found}: ${name}`);
  }
});

/** WAV files of every width, embedded natively and in a page by the same manifest. */
async function soundsAgree(t, name, files) {
  const place = temporary("sounds");
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(place, name), bytes);
  const native = await natively(name, place);
  const it = await page();
  const opened = await open(it, name);
  assert.deepEqual([opened.id, opened.kind], [native.id, "audio"], JSON.stringify(opened));
  const rows = [];
  for (const [name, bytes] of Object.entries(files)) {
    const row = await embedFile(it, bytes);
    assert.notEqual(typeof row, "string", `${name}: ${row}`);
    const found = cosine(row, native.rows[name.replace(".wav", "")]);
    t.diagnostic(`${found.toFixed(8)} ${name}`);
    assert.ok(found >= 0.99999, `${found}: ${name}`);
    rows.push(row);
  }
  // Sounds that differ are told apart, or the comparison would say nothing.
  assert.ok(cosine(rows[0], rows.at(-1)) < 0.999, `${cosine(rows[0], rows.at(-1))}`);
  return native.id;
}

/** A browser whose WebGPU is drawn by the processor, where it has one. */
async function withWebGpu() {
  const { chromium } = require("playwright-core");
  const flags = ["--no-sandbox", "--no-first-run", "--disable-background-networking", "--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: flags });
}

// A processor that plays a graphics card takes its time.
test("WebGPU runs a network where it is asked for, to the same embedding; its files are checked, and nobody else fetches them", { timeout: 300_000 }, async (t) => {
  const gpu = await withWebGpu();
  try {
    const it = await page(await gpu.newContext());
    if (!(await it.evaluate(async () => Boolean(await navigator.gpu?.requestAdapter())))) return t.skip("this Chromium has no WebGPU");
    const asked = (from) => site.asked.slice(from).filter((path) => path.includes("jspi"));
    let from = site.asked.length;
    assert.equal((await open(it, "tokens")).processor, "wasm");
    assert.deepEqual(asked(from), []);
    from = site.asked.length;
    const opened = await open(it, "tokens", { webgpu: true, keep: false });
    assert.deepEqual([opened.processor, opened.withoutWebGpu], ["webgpu", undefined], JSON.stringify(opened));
    assert.equal(new Set(asked(from)).size, 2);
    assert.ok(!site.asked.slice(from).some((path) => path.endsWith("ort-wasm-simd-threaded.wasm")), "one runtime is enough");
    close(await embedText(it, "blue"), [0.6, 0.8]);
    close(await embedText(it, "Red GREEN"), [Math.SQRT1_2, Math.SQRT1_2]);
    await open(it, "averages", { webgpu: true, keep: false });
    close(await it.evaluate(async () => [...(await globalThis.encoder.embed(new ImageData(new Uint8ClampedArray([255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255, 255, 255, 255, 255]), 2, 2)))]), [0.5, 0.5, 1].map((value) => value / Math.hypot(0.5, 0.5, 1)));
    // One byte of either file changed.
    for (const name of ["ort.jspi.bundle.min.js", "ort-wasm-simd-threaded.jspi.wasm"]) {
      const changed = ONNX.flipped(await readFile(join(dist, "encoder", name)));
      site.behave = (path, response) => path.endsWith(name) && response.writeHead(200, { "content-type": "application/octet-stream", "content-length": changed.length }).end(changed);
      assert.equal((await open(it, "tokens", { webgpu: true, keep: false })).code, "PreprocessError::Digest", name);
    }
    site.behave = undefined;
    if (absent) return t.diagnostic(absent);
    // One text and one picture.
    const patient = { webgpu: true, keep: false, timeout: 300 };
    const native = [await natively("minilm", texts(TEXTS.slice(0, 2))), await natively("mobilenet", await someOf("plain.png", "grey.png"))];
    assert.equal((await open(it, "minilm", patient)).processor, "webgpu");
    const text = cosine(await embedText(it, TEXTS[1]), native[0].rows[1]);
    assert.equal((await open(it, "mobilenet", patient)).processor, "webgpu");
    const picture = cosine(await embedFile(it, await readFile(join(PICTURES, "plain.png"))), native[1].rows.plain);
    t.diagnostic(`${text.toFixed(8)} a text, ${picture.toFixed(8)} a picture`);
    assert.ok(text >= 0.99999 && picture >= 0.99999, `${text} ${picture}`);
  } finally {
    site.behave = undefined;
    await gpu.close();
  }
});

test("where WebGPU cannot be had the network runs without, and says why", async (t) => {
  const from = site.asked.length;
  const it = await page();
  const plain = await open(it, "tokens", { webgpu: true, keep: false });
  assert.deepEqual([plain.processor, plain.withoutWebGpu], ["wasm", "Encoder::NoAdapter"], JSON.stringify(plain));
  close(await embedText(it, "blue"), [0.6, 0.8]);
  assert.ok(!site.asked.slice(from).some((path) => path.includes("jspi")), "nothing is fetched for what is not there");
  const { openEncoder } = await import(pathToFileURL(join(dist, "node-encoder.js")));
  const inNode = await openEncoder(pathToFileURL(join(folder, "encoders/tokens/manifest.json")), { webgpu: true });
  assert.deepEqual([inNode.processor, inNode.withoutWebGpu], ["wasm", "Encoder::NoWebGpu"]);
  inNode.close();
  const gpu = await withWebGpu();
  try {
    const there = await page(await gpu.newContext());
    if (!(await there.evaluate(async () => Boolean(await navigator.gpu?.requestAdapter())))) return t.diagnostic("this Chromium has no WebGPU to take away");
    const worker = await readFile(join(dist, "encoder/worker.js"));
    for (const [taken, reason] of [
      ["delete WebAssembly.Suspending;", "Encoder::NoSuspending"],
      ["GPUAdapter.prototype.requestDevice = async () => { throw new Error('no device'); };", "Encoder::WebGpuRefused"],
    ]) {
      site.behave = (path, response) => path === "/pkg/encoder/worker.js" && response.writeHead(200, { "content-type": "text/javascript" }).end(`${taken}\n${worker}`);
      const opened = await open(there, "tokens", { webgpu: true, keep: false });
      assert.deepEqual([opened.processor, opened.withoutWebGpu], ["wasm", reason], JSON.stringify(opened));
      close(await embedText(there, "blue"), [0.6, 0.8]);
    }
    // A folder that was copied without them.
    site.behave = (path, response) => path.includes("jspi") && response.writeHead(404).end();
    const lost = await open(there, "tokens", { webgpu: true, keep: false });
    assert.deepEqual([lost.processor, lost.withoutWebGpu], ["wasm", "Encoder::WebGpuFiles"], JSON.stringify(lost));
    close(await embedText(there, "blue"), [0.6, 0.8]);
  } finally {
    site.behave = undefined;
    await gpu.close();
  }
});

const SOUNDS = { "plain.wav": wav(16_000, 1, 16, 3), "disc.wav": wav(44_100, 2, 16, 2.2), "studio.wav": wav(48_000, 2, 24, 1), "telephone.wav": wav(8_000, 1, 8, 1.5), "short.wav": wav(22_050, 1, 16, 0.2) };

test("YAMNet in the page is YAMNet natively, whatever the file, as `taste encoder add` describes it", { skip: absent }, async (t) => {
  const { said } = await added("yamnet", join(shared, "yamnet_trunk_int8w.onnx"), "--licence", "Apache-2.0");
  assert.deepEqual([said.kind, said.dimension, said.opset], ["audio", 1024, 13]);
  assert.equal(await soundsAgree(t, "yamnet", SOUNDS), said.encoder);
});

/** What lies beside clap-htsat-unfused, as far as it decides anything. */
const CLAP = { feature_extractor_type: "ClapFeatureExtractor", feature_size: 64, fft_window_size: 1024, frequency_max: 14000, frequency_min: 50, hop_length: 480, max_length_s: 10, padding: "repeatpad", sampling_rate: 48000, truncation: "rand_trunc" };

test("what networks hear of a sound has the same bits in the page and natively", async () => {
  const files = { "long.wav": wav(44_100, 2, 16, 12), ...SOUNDS };
  const place = temporary("sounds");
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(place, name), bytes);
  for (const [name, network, beside] of [
    ["heard-by-yamnet", oneWindow("x", 96, 17n), undefined],
    ["heard-by-clap", oneWindow("input_features", 1001, 17n), CLAP],
    ["heard-by-htk", oneWindow("input_features", 1001, 999n), { ...CLAP, truncation: "fusion", padding: "repeat" }],
  ]) {
    const exported = temporary(name);
    await writeFile(join(exported, "window.onnx"), network);
    if (beside) await writeFile(join(exported, "preprocessor_config.json"), JSON.stringify(beside));
    await added(name, join(exported, "window.onnx"));
    const native = await natively(name, place);
    const it = await page();
    await open(it, name, { keep: false });
    for (const [file, bytes] of Object.entries(files)) assert.deepEqual(await embedFile(it, bytes), native.rows[file.replace(".wav", "")], `${name}: ${file}`);
  }
});

test("a network with CLAP's front end gives in the page what it gives natively, as `taste encoder add` describes it", async (t) => {
  const exported = temporary("clap");
  await mkdir(join(exported, "onnx"));
  await writeFile(join(exported, "onnx/audio_model.onnx"), standInForClap());
  await writeFile(join(exported, "preprocessor_config.json"), JSON.stringify(CLAP));
  await writeFile(join(exported, "config.json"), JSON.stringify({ model_type: "clap", projection_dim: 64, audio_config: { enable_fusion: false } }));
  const { place, said } = await added("clap", join(exported, "onnx/audio_model.onnx"));
  assert.deepEqual([said.kind, said.dimension], ["audio", 64]);
  const { sound } = JSON.parse(await readFile(join(place, "manifest.json"), "utf8"));
  assert.deepEqual([sound.front, sound.scale, sound.rate, sound.frames, sound.low], ["clap", "slaney", 48_000, 1001, 50]);
  // One is longer than what CLAP hears at once.
  assert.equal(await soundsAgree(t, "clap", { "long.wav": wav(16_000, 1, 16, 23), ...SOUNDS }), said.encoder);
});
