// What a page fetches, in brotli bytes at quality 11 (what a server or a content network sends).
//
// usage: CHROMIUM=… node size.mjs  → JSON on stdout; the shape is in crates/xtask/README.md under `size`.
//
// Nothing is listed: real pages are opened in Chromium from the built package, and whatever they fetch of it counts.
//
//   entry         a page that imports `tastemaker` and does nothing with it
//   first_paint   a page with one <taste-duel> and no source: the widget is drawn, and nothing else is asked for
//   first_vote    the same with a round, until its first `taste-ballot-signed`
//   background    what that page went on to fetch without being asked
//   content       what it fetches when content is embedded
//   encoder       what a page fetches of ours when it opens an encoder with a network and embeds a text
//   pictures      what it fetches of ours when a network first embeds a picture's file
//   runtime       ONNX Runtime Web's files, fetched with the first encoder

import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";
import { averages, manifest, tokenTable, TOKENIZER } from "../../../bindings/encoder/test/networks.mjs";
import { bundle, launch, root, version } from "./tools.mjs";

const dist = join(root, "pkg/dist");
const round = join(root, "examples/plain-html/round.json");

const brotli = (bytes) =>
  brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  }).length;

const page = (body) => `<!doctype html><html lang="en"><meta charset="utf-8"><title>size</title><link rel="icon" href="data:,">${body}`;
const duel = `<script type="module" src="/pkg/elements/duel.js"></script>`;
/** With its id, as an operator's address has it: without one the signature would have to be looked at first, by the taste module. */
const { domain, hashTypedData, init, types } = await import(pathToFileURL(join(dist, "node.js")).href);
await init();
const id = hashTypedData({ domain, types, primaryType: "Round", message: JSON.parse(await readFile(round, "utf8")).signed.round });
const PAGES = {
  "/entry": page(`<script type="module">import "/pkg/index.js";</script>`),
  "/paint": page(`${duel}<taste-duel></taste-duel>`),
  "/encoder": page(`<script type="module">globalThis.tastemaker = await import("/pkg/encoder.js");</script>`),
  "/vote": page(`${duel}<taste-duel src="/round.json#${id}" advance="manual"></taste-duel>`),
};
const TYPES = { ".js": "text/javascript", ".wasm": "application/wasm", ".json": "application/json", ".css": "text/css" };

/** Two encoders with networks of a few bytes, which do not count. */
const tokens = { "m.onnx": tokenTable(), "tokenizer.json": TOKENIZER };
const ENCODERS = {
  "/texts/manifest.json": manifest({ kind: "text", model: "m.onnx", tokenizer: "tokenizer.json", maxTokens: 3, dimension: 2 }, tokens),
  "/pictures/manifest.json": manifest({ kind: "image", model: "m.onnx", size: 2, dimension: 3 }, { "m.onnx": averages() }),
  "/texts/m.onnx": tokens["m.onnx"],
  "/texts/tokenizer.json": TOKENIZER,
  "/pictures/m.onnx": averages(),
  "/one.png": await readFile(join(root, "bindings/encoder/test/pictures/one.png")),
};

/** Serves the pages and the package; `asked` lists the package's files as they are fetched. */
async function serve() {
  const asked = [];
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://host");
    if (PAGES[pathname]) return response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(PAGES[pathname]);
    const file = pathname === "/round.json" ? round : pathname.startsWith("/pkg/") && join(dist, pathname.slice("/pkg/".length));
    const content = ENCODERS[pathname] ?? (file && (await readFile(file).catch(() => undefined)));
    if (!content) return response.writeHead(404).end();
    if (pathname.startsWith("/pkg/")) asked.push(pathname.slice("/pkg/".length));
    response.writeHead(200, { "content-type": TYPES[extname(pathname)] ?? "application/octet-stream" }).end(content);
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return { asked, url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

/** Waits until a page has asked for nothing for a while. */
const settled = (page) => page.waitForLoadState("networkidle");

async function ours() {
  const server = await serve();
  const browser = await launch();
  try {
    const visit = async (path) => {
      const context = await browser.newContext();
      const page = await context.newPage();
      server.asked.length = 0;
      await page.goto(server.url + path);
      return page;
    };
    const when = new Map();
    const note = (name, files = server.asked) => {
      for (const file of new Set(files)) if (!when.has(file)) when.set(file, name);
      return [...new Set(files)];
    };

    const entry = await visit("/entry");
    await settled(entry);
    const entryFiles = [...new Set(server.asked)];

    const paint = await visit("/paint");
    await settled(paint);
    note("first_paint");
    const height = await paint.evaluate(() => document.querySelector("taste-duel").getBoundingClientRect().height);
    if (!(height > 0)) throw new Error("the widget without a source is not drawn");

    const vote = await visit("/vote");
    await vote.evaluate(() => document.addEventListener("taste-ballot-signed", () => (globalThis.signed ??= performance.now())));
    const key = vote.locator("taste-duel [part~='key-left']").first();
    await vote.waitForFunction(() => document.querySelector("taste-duel").client?.duel.phase === "asking");
    await key.click();
    await vote.waitForFunction(() => document.querySelector("taste-duel").client.duel.phase !== "asking");
    await vote.evaluate(() => document.querySelector("taste-duel").client.export().then(() => undefined));
    await vote.waitForFunction(() => globalThis.signed);
    await settled(vote);
    // Whatever was asked for until then, whether or not it had come.
    const until = await vote.evaluate(() => {
      const early = performance.getEntriesByType("resource").filter(({ startTime }) => startTime <= globalThis.signed);
      return early.map(({ name }) => new URL(name).pathname);
    });
    note("first_vote", until.filter((path) => path.startsWith("/pkg/")).map((path) => path.slice("/pkg/".length)));
    note("background");
    await vote.evaluate(() => document.querySelector("taste-duel").client.embed("A line.").then(() => undefined));
    note("content");

    const encoder = await visit("/encoder");
    await encoder.waitForFunction(() => globalThis.tastemaker);
    const touch = (name, content) =>
      encoder.evaluate(
        async ([name, content]) => {
          const encoder = await globalThis.tastemaker.openEncoder(`/${name}/manifest.json`, { keep: false });
          await encoder.embed(content.startsWith("/") ? await (await fetch(content)).blob() : content);
          encoder.close();
        },
        [name, content],
      );
    await touch("texts", "blue");
    note("encoder");
    await touch("pictures", "/one.png");
    note("pictures");
    for (const file of when.keys()) if (/^encoder\/ort[.-]/.test(file)) when.set(file, "runtime");

    const files = {};
    const measure = async (file) => {
      const bytes = await readFile(join(dist, file));
      return { raw: bytes.length, brotli: brotli(bytes) };
    };
    for (const [file, at] of when) files[`dist/${file}`] = { ...(await measure(file)), when: at };
    const sizes = await Promise.all(entryFiles.map(measure));
    // Were the modules one, the figures above would still be right, but the promise behind them broken.
    const early = Object.keys(files).filter((file) => file.endsWith(".wasm") && files[file].when === "first_paint");
    if (early.length > 0) throw new Error(`the first paint fetches ${early}`);
    if (files["dist/tastemaker-content.wasm"]?.when !== "content") throw new Error("voting fetches the content module");
    const unasked = Object.keys(files).filter((file) => file.startsWith("dist/encoder/") && !["encoder", "pictures", "runtime"].includes(files[file].when));
    if (unasked.length > 0) throw new Error(`fetched without an encoder being asked for: ${unasked}`);
    return { entry: sizes.reduce((sum, size) => sum + size.brotli, 0), files };
  } finally {
    await browser.close();
    server.close();
  }
}

/**
 * What a page would load to do a part of the same with others' packages, and nothing else. Those marked `hosted` are a door:
 * the rest is an iframe of a third party's, which is not counted because only that party's server has it.
 */
const PEERS = [
  ["viem", "sign typed data", `import { privateKeyToAccount } from "viem/accounts"; export const sign = (key, data) => privateKeyToAccount(key).signTypedData(data);`],
  ["ethers", "sign typed data", `import { Wallet } from "ethers"; export const sign = (key, domain, types, message) => new Wallet(key).signTypedData(domain, types, message);`],
  ["@snapshot-labs/snapshot.js", "cast a vote", `import snapshot from "@snapshot-labs/snapshot.js"; export const vote = (wallet, address, message) => new snapshot.Client712("https://example.org").vote(wallet, address, message);`],
  ["@awesome.me/webawesome", "one rating (lit inside)", `import "@awesome.me/webawesome/dist/components/rating/rating.js";`],
  ["posthog-js", "init and capture", `import posthog from "posthog-js"; export const start = (key) => posthog.init(key); export const capture = (name) => posthog.capture(name);`],
  ["giscus", "its element; then an iframe", `import "giscus";`],
  ["@typeform/embed", "a widget; then an iframe", `import { createWidget } from "@typeform/embed"; export const show = (id, container) => createWidget(id, { container });`],
];

async function peers() {
  const rows = [];
  for (const [name, what, source] of PEERS) {
    const bytes = await bundle(source);
    rows.push({ name: `${name} ${version(name)}: ${what}`, raw: bytes.length, brotli: brotli(bytes) });
  }
  return rows;
}

const { entry, files } = await ours();
const sum = (...whens) =>
  Object.values(files)
    .filter((file) => whens.includes(file.when))
    .reduce((total, file) => total + file.brotli, 0);

console.log(
  JSON.stringify({
    entry,
    first_paint: sum("first_paint"),
    first_vote: sum("first_paint", "first_vote"),
    background: sum("background"),
    content_module: sum("content"),
    encoder_module: sum("encoder"),
    pictures_module: sum("pictures"),
    onnx_runtime: sum("runtime"),
    files,
    peers: await peers(),
  }),
);
