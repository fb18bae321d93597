// How fast encoders are in Chromium: networks beside transformers.js and a plain onnxruntime-web pipeline, on the same model files and one
// thread; lists beside one by one; the built-in encoders, and how long the page's thread is held, beside their budgets.
//
//   node bindings/encoder/bench.mjs PEERS_FOLDER CONTENT_GLUE_FOLDER     (as `cargo xtask bench --only encoders` calls it)
//
// Networks come from ../shared/encoders, the peers' packages from a folder with `node_modules`. Each figure is the median of nine turns
// after a warm-up; sides take turns. Answers that differ (cosine under 0.98: the peers round MiniLM's activations to 8 bits, and a canvas
// scales in its own way) end the run. The last line of the output is the rows as JSON.

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize, resolve } from "node:path";

import { launch } from "../../tests/e2e/browser.mjs";
import { dist, root } from "../../tests/e2e/harness.mjs";

const [peers, glue] = process.argv.slice(2);
if (!peers || !glue) {
  process.stderr.write("usage: node bench.mjs PEERS_FOLDER CONTENT_GLUE_FOLDER\n");
  process.exit(2);
}
const shared = join(root, "../shared/encoders");
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".json": "application/json", ".wasm": "application/wasm" };
const sha256 = async (name) => `0x${createHash("sha256").update(await readFile(join(shared, name))).digest("hex")}`;

const manifests = {
  minilm: { kind: "text", model: "minilm_l6_int8.onnx", tokenizer: "minilm_tokenizer.json", maxTokens: 512, dimension: 384 },
  mobilenet: { kind: "image", model: "mobilenetv2_qat_int8w.onnx", dimension: 1280 },
};
for (const manifest of Object.values(manifests)) {
  manifest.digests = Object.fromEntries(await Promise.all([manifest.model, manifest.tokenizer].filter(Boolean).map(async (name) => [name, await sha256(name)])));
}
// transformers.js wants Hugging Face's folder.
const virtual = {
  "/hub/minilm/config.json": JSON.stringify({ model_type: "bert", architectures: ["BertModel"], hidden_size: 384 }),
  "/hub/minilm/tokenizer_config.json": JSON.stringify({ tokenizer_class: "BertTokenizer", model_max_length: 512 }),
  "/encoders/minilm.json": JSON.stringify(manifests.minilm),
  "/encoders/mobilenet.json": JSON.stringify(manifests.mobilenet),
  "/": "<!doctype html><title>bench</title><link rel=icon href='data:,'>",
};
const places = [
  ["/pkg/", dist],
  ["/peers/", join(resolve(peers), "node_modules")],
  ["/encoders/", shared],
  ["/content/", resolve(glue)],
];
const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url, "http://host");
  if (virtual[pathname]) return response.writeHead(200, { "content-type": pathname === "/" ? "text/html" : "application/json" }).end(virtual[pathname]);
  const aliases = { "/hub/minilm/tokenizer.json": "/encoders/minilm_tokenizer.json", "/hub/minilm/onnx/model.onnx": "/encoders/minilm_l6_int8.onnx" };
  const name = normalize(aliases[pathname] ?? pathname);
  const place = places.find(([prefix]) => name.startsWith(prefix));
  const bytes = place && (await readFile(join(place[1], name.slice(place[0].length))).catch(() => undefined));
  if (!bytes) return response.writeHead(404).end();
  response.writeHead(200, { "content-type": TYPES[extname(name)] ?? "application/octet-stream", "content-length": bytes.length }).end(bytes);
});
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const browser = await launch();
const page = await browser.newPage();
await page.goto(`http://127.0.0.1:${server.address().port}/`);
page.on("pageerror", (error) => process.stderr.write(`${error}\n`));

const rows = await page.evaluate(async () => {
  const { openEncoder } = await import("/pkg/encoder/index.js");
  const cosine = (a, b) => {
    let [dot, left, right] = [0, 0, 0];
    for (let at = 0; at < a.length; at += 1) {
      dot += a[at] * b[at];
      left += a[at] ** 2;
      right += b[at] ** 2;
    }
    return dot / Math.sqrt(left * right);
  };
  /** The longest that the page's thread does not answer while `work` goes on: pings through a channel, each after the other. */
  async function held(work) {
    const { port1, port2 } = new MessageChannel();
    let [longest, last, going] = [0, performance.now(), true];
    port2.onmessage = () => {
      const now = performance.now();
      longest = Math.max(longest, now - last);
      last = now;
      if (going) port1.postMessage(0);
    };
    port1.postMessage(0);
    await work();
    going = false;
    port1.close();
    return longest;
  }
  const median = (times) => times.sort((a, b) => a - b)[times.length >> 1];
  /** Both sides in turns, the first one changing. */
  async function beside(name, ours, peer, peerName) {
    const found = cosine(await ours(), await peer());
    if (!(found > 0.98)) throw new Error(`${name}: the answers differ, cosine ${found}`);
    const times = [[], []];
    for (let turn = 0; turn < 9; turn += 1) {
      for (const side of turn % 2 ? [1, 0] : [0, 1]) {
        const start = performance.now();
        await [ours, peer][side]();
        times[side].push(performance.now() - start);
      }
    }
    const [mine, theirs] = times.map(median);
    return { name, unit: "ms", ours: mine, peer: theirs, peer_name: peerName, ratio: theirs / mine, cosine: found };
  }
  const rows = [];

  const { AutoModel, AutoTokenizer, env } = await import("/peers/@huggingface/transformers/dist/transformers.min.js");
  env.allowRemoteModels = false;
  env.allowLocalModels = true;
  env.localModelPath = "/hub/";
  env.useBrowserCache = false;
  env.backends.onnx.wasm.wasmPaths = "/peers/onnxruntime-web/dist/";
  env.backends.onnx.wasm.numThreads = 1;
  const minilm = await openEncoder("/encoders/minilm.json", { keep: false, threads: 1 });
  const tokenizer = await AutoTokenizer.from_pretrained("minilm");
  const model = await AutoModel.from_pretrained("minilm", { dtype: "fp32", device: "wasm" });
  const theirs = async (text) => {
    const { input_ids, attention_mask } = await tokenizer(text);
    return (await model({ input_ids, attention_mask })).embedding.data;
  };
  const short = "A lighthouse keeper retired to the sea.";
  const long = "The lighthouse keeper retired, and the sea, out of habit, kept looking up; nobody had told it that lamps are lit by people, and that people grow old and leave.";
  for (const [name, text] of [["short", short], ["long", long]]) {
    const tokens = (await minilm.tokens(text)).length;
    rows.push(await beside(`MiniLM, ${name} sentence (${tokens} tokens)`, () => minilm.embed(text), () => theirs(text), "transformers.js"));
  }
  // Thirty-two of three to forty words, in one list and one by one.
  const words = long.split(" ");
  const many = Array.from({ length: 32 }, (_, at) => Array.from({ length: 3 + ((at * 7) % 13) * ((at * 5) % 4) }, (_, word) => words[(at * 11 + word) % words.length]).join(" "));
  const alone = async () => {
    const rows = [];
    for (const text of many) rows.push(await minilm.embed(text));
    return rows;
  };
  const [listed, single] = [await minilm.embed(many), await alone()];
  const least = Math.min(...listed.map((row, at) => cosine(row, single[at])));
  if (!(least > 0.99999)) throw new Error(`a list gives other embeddings than one by one: cosine ${least}`);
  const last = (rows) => rows[31];
  rows.push(await beside("MiniLM, a list of 32 sentences", async () => last(await minilm.embed(many)), async () => last(await alone()), "the same, one by one"));
  const holds = [];
  for (let turn = 0; turn < 9; turn += 1) holds.push(await held(() => minilm.embed(many)));
  minilm.close();

  const ort = await import("/peers/onnxruntime-web/dist/ort.wasm.bundle.min.mjs");
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = "/peers/onnxruntime-web/dist/";
  const session = await ort.InferenceSession.create("/encoders/mobilenetv2_qat_int8w.onnx");
  const mobilenet = await openEncoder("/encoders/mobilenet.json", { keep: false, threads: 1 });
  const [width, height] = [640, 480];
  const canvas = new OffscreenCanvas(width, height);
  const drawing = canvas.getContext("2d");
  const gradient = drawing.createLinearGradient(0, 0, width, height);
  ["#204080", "#e0a030", "#f4f0e8"].forEach((colour, at) => gradient.addColorStop(at / 2, colour));
  drawing.fillStyle = gradient;
  drawing.fillRect(0, 0, width, height);
  const bitmap = await createImageBitmap(canvas);
  const plain = async () => {
    const scaled = new OffscreenCanvas(224, 224).getContext("2d", { willReadFrequently: true });
    scaled.imageSmoothingQuality = "high";
    scaled.drawImage(bitmap, 0, 0, 224, 224);
    const { data } = scaled.getImageData(0, 0, 224, 224);
    const input = new Float32Array(3 * 224 * 224);
    for (let at = 0; at < 224 * 224; at += 1) for (let channel = 0; channel < 3; channel += 1) input[channel * 224 * 224 + at] = data[at * 4 + channel] / 127.5 - 1;
    const { embedding } = await session.run({ x: new ort.Tensor("float32", input, [1, 3, 224, 224]) });
    return embedding.data;
  };
  rows.push(await beside("MobileNetV2, a bitmap of 640 x 480", () => mobilenet.embed(bitmap), plain, "onnxruntime-web and a canvas"));
  for (let turn = 0; turn < 9; turn += 1) holds.push(await held(() => mobilenet.embed(bitmap)));
  for (const image of [canvas, drawing.getImageData(0, 0, width, height)]) for (let turn = 0; turn < 9; turn += 1) holds.push(await held(() => mobilenet.embed(image)));
  mobilenet.close();
  const budget = (name, unit, ours, most) => rows.push({ name, unit, ours, peer: most, peer_name: "budget", ratio: most / ours });
  budget("longest hold of the page's thread while networks embed (median of 36)", "ms", median(holds), 16);

  // The built-in encoders, whose answers `cargo test` holds to the same bits as natively.
  const content = await import("/content/tastemaker_content.js");
  await content.default({ module_or_path: "/content/tastemaker_content_bg.wasm" });
  const square = new OffscreenCanvas(512, 512).getContext("2d");
  square.drawImage(canvas, 0, 0, 512, 512);
  for (let at = 0; at < 400; at += 1) {
    square.fillStyle = `hsl(${(at * 47) % 360} ${(at * 13) % 100}% ${(at * 29) % 100}%)`;
    square.fillRect((at * 131) % 512, (at * 71) % 512, 8 + (at % 40), 6 + (at % 30));
  }
  const { data } = square.getImageData(0, 0, 512, 512);
  const timed = (count, work) => {
    const times = [];
    for (let turn = 0; turn < 10; turn += 1) {
      const start = performance.now();
      for (let at = 0; at < count; at += 1) work(at);
      times.push((performance.now() - start) / count);
    }
    return median(times.slice(1));
  };
  budget("visual@1 of 512 x 512 pixels", "ms", timed(10, () => content.embedVisual(512, 512, data)), 3);
  budget("text@1 of a sentence", "ms", timed(1000, (at) => content.embedText(many[at % 32])), 0.02);
  return rows;
});
await browser.close();
server.close();
process.stdout.write(`${JSON.stringify(rows)}\n`);
