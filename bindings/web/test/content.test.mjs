// Content that the page brings: the content wasm gives the native bits, and predictions of content go through it.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { expected, featuresFile, model, modelDigest } from "../../../tests/vectors/features.mjs";
import { distUrl, tastemaker } from "./package.mjs";
import { makeRound, sha256, texts } from "./round.mjs";

const { MemoryStore, TasteClient, TasteError, embed, initContent } = tastemaker;
const HOST = "https://operator.test";

/** FNV-1a, 64 bits, over the little-endian bytes: how crates/taste-encoders/tests/data/bits.json is written. */
function bits(values) {
  let hash = 0xcbf29ce484222325n;
  const bytes = new DataView(new ArrayBuffer(4 * values.length));
  values.forEach((value, at) => bytes.setFloat32(4 * at, value, true));
  for (let at = 0; at < bytes.byteLength; at += 1) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(bytes.getUint8(at))) * 0x100000001b3n);
  }
  return hash.toString(16).padStart(16, "0");
}

/** The pictures of crates/taste-encoders/tests/pictures. */
function picture(name, width, height) {
  const colour = {
    waves: (x, y) => [Math.floor((x * 255) / Math.max(width - 1, 1)), x * y, Math.floor((y * 255) / Math.max(height - 1, 1)), 255],
    checks: (x, y) => {
      const on = ((x >> 4) + (y >> 4)) % 2 ? 255 : 0;
      return [on, (on >> 1) + 40, 200 - (on >> 1), 255];
    },
    noise: (x, y) => {
      const hash = (Math.imul(x, 374_761_393) + Math.imul(y, 668_265_263)) >>> 0;
      const mixed = Math.imul(hash ^ (hash >>> 13), 1_274_126_177);
      return [mixed >>> 24, mixed >>> 16, mixed >>> 8, mixed];
    },
  }[name];
  const data = new Uint8ClampedArray(4 * width * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) data.set(colour(x, y).map((value) => value & 255), 4 * (y * width + x));
  }
  return { width, height, data };
}

test("the content wasm embeds to exactly the native bits", async () => {
  const record = JSON.parse(readFileSync(new URL("../../../crates/taste-encoders/tests/data/bits.json", import.meta.url), "utf8"));
  assert.ok(record.pictures.length >= 7 && record.texts.length >= 5);
  for (const [name, width, height, expected] of record.pictures) {
    assert.equal(bits(await embed(picture(name, width, height))), expected, `${name} ${width} × ${height}`);
  }
  for (const [text, expected] of record.texts) assert.equal(bits(await embed(text)), expected, text.slice(0, 20));
});

test("votes move a person's utilities to exactly the native bits", async (t) => {
  const record = JSON.parse(readFileSync(new URL("../../../crates/taste-model/tests/data/posterior_bits.json", import.meta.url), "utf8"));
  const { client } = await opened(t, {});
  const ids = client.candidates.map(({ id }) => id);
  const utilities = async () => {
    const ranked = new Map((await client.rank(ids)).map(({ subject, utility }) => [subject, utility]));
    return ids.map((id) => Buffer.from(new Float64Array([ranked.get(id)]).buffer).reverse().toString("hex"));
  };
  assert.notDeepEqual(await utilities(), record.utilities);
  for (const [outcome, left, right] of record.votes) {
    client.ask(ids[left], ids[right]);
    await (right === undefined ? client.approve(outcome) : client.vote(outcome));
  }
  assert.deepEqual(await utilities(), record.utilities);
});

test("a model's file answers as ONNX Runtime does", async () => {
  const { Model } = await initContent();
  const read = new Model(model);
  for (const [at, embedding] of expected.embeddings.entries()) {
    const found = read.evaluate(new Float32Array(embedding));
    [expected.utility[at], ...expected.features[at]].forEach((value, column) => {
      assert.ok(Math.abs(found[column] - value) <= 1e-5 * (1 + Math.abs(value)), `embedding ${at}, column ${column}`);
    });
    assert.equal(found.length, 1 + expected.features[at].length);
  }
  read.free();
});

test("errors of the content module are TasteErrors too", async (t) => {
  const { client } = await opened(t, { [modelDigest]: model });
  for (const [call, code] of [
    [() => embed(""), "EncoderError::TextEmpty"],
    [() => embed({ width: 2, height: 2, data: new Uint8ClampedArray(15) }), "EncoderError::ImageBuffer"],
    [() => client.predict(new Float32Array(3), new Float32Array(3)), "CoreError::EmbeddingLength"],
  ]) {
    await assert.rejects(call, (error) => error instanceof TasteError && error.code === code && error.message !== "" && error.hint !== "", code);
  }
});

/** A client whose operator has a model and, of its files, those given; the files that were asked for. */
async function opened(t, files) {
  const features = featuresFile(texts.length);
  const all = { ...files, [features.digest]: features.bytes };
  const asked = [];
  const view = { ...(await makeRound()), model: { digest: modelDigest, features: features.digest, logSize: "12" } };
  const transport = {
    json: async () => structuredClone(view),
    text: async () => texts[0],
    bytes: async (url) => {
      asked.push(url.slice(HOST.length));
      const bytes = all[url.split("/").at(-1)];
      if (bytes === undefined) throw new TasteError("Client::Network", "gone");
      return bytes;
    },
    events: (_, heard) => {
      transport.tell = heard;
      return () => undefined;
    },
  };
  const client = await TasteClient.open({ src: `${HOST}/v1/rounds/${view.id}`, transport, store: new MemoryStore(), sendAfter: 3600 });
  t.after(() => client.close());
  if (client.model === undefined) await new Promise((resolve) => client.addEventListener("taste-model", resolve, { once: true }));
  return { client, asked, all, view, transport };
}

const row = (at) => new Float32Array(expected.embeddings[at]);

test("a person who votes and is guessed loads the features alone; content loads the model's file, once", async (t) => {
  const { client, asked, view } = await opened(t, { [modelDigest]: model });
  assert.equal(client.model, modelDigest);
  const [one, other] = client.candidates.map(({ id }) => id);
  const guess = await client.predict(one, other);
  assert.deepEqual(await client.predict(one.toUpperCase().replace("0X", "0x"), other), guess, "an id in capitals is no text");
  assert.ok(guess.probability > 0 && guess.probability < 1);
  assert.deepEqual(asked, [`/v1/features/${view.model.features}`]);

  const brought = await client.predict(row(0), row(1));
  await client.predict(row(1), one);
  assert.deepEqual(asked, [`/v1/features/${view.model.features}`, `/v1/models/${modelDigest}`]);
  assert.ok(Math.abs(brought.probability - 0.5) <= Math.abs(guess.probability - 0.5), "what no offset is known of is predicted less surely");
  assert.equal(brought.probability > 0.5, guess.probability > 0.5);
  const ranked = await client.rank([row(0), row(1), other]);
  const best = expected.utility[0] > expected.utility[1] ? 0 : 1;
  assert.deepEqual(ranked.map(({ subject }) => subject).filter((subject) => typeof subject !== "string")[0], row(best));
});

test("a model's file that does not come is asked for again; the round's own candidates are predicted meanwhile", async (t) => {
  const { client, asked, all } = await opened(t, {});
  await assert.rejects(client.predict(row(0), row(1)), { code: "Client::Network" });
  const [one, other] = client.candidates.map(({ id }) => id);
  await client.predict(one, other);
  all[modelDigest] = model;
  await client.predict(row(0), row(1));
  assert.equal(asked.filter((path) => path.includes("/models/")).length, 2);
});

test("a model that did not come is not asked for any more once another has", async (t) => {
  const { client, asked, transport, view } = await opened(t, {});
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const features = `0x${"ab".repeat(32)}`;
  const heard = (type) => new Promise((resolve) => client.addEventListener(type, resolve, { once: true }));
  const trouble = heard("taste-trouble");
  transport.tell("model", { ...view.model, digest: `0x${"cd".repeat(32)}`, features });
  await trouble;
  const another = heard("taste-model");
  transport.tell("model", view.model);
  await another;
  t.mock.timers.tick(60_000);
  await new Promise(setImmediate);
  // The client's own timers are not of these.
  t.mock.timers.reset();
  assert.equal(asked.filter((path) => path.endsWith(features)).length, 1);
  assert.equal(client.model, modelDigest);
});

test("features of another model than announced are refused", async (t) => {
  const { client, transport, view } = await opened(t, { [modelDigest]: model });
  const trouble = new Promise((resolve) => client.addEventListener("taste-trouble", ({ detail }) => resolve(detail.error)));
  transport.tell("model", { ...view.model, digest: `0x${"ab".repeat(32)}` });
  assert.equal((await trouble).code, "SdkError::Features");
  assert.equal(client.model, modelDigest);
});

test("a digest is that of the whole vote wasm, wherever it lies", async () => {
  // In processes of their own: in this one the module is loaded.
  const said = (file) => {
    const script = `const { init, keccak256 } = await import(${JSON.stringify(distUrl("node.js").href)});
      console.log(await init(undefined, { sha256: ${JSON.stringify(sha256(readFileSync(distUrl(file))))} }).then(() => keccak256(new Uint8Array()), ({ code }) => code));`;
    return execFileSync(process.execPath, ["--input-type=module", "--eval", script], { encoding: "utf8" }).trim();
  };
  assert.equal(said("tastemaker-first.wasm"), "Client::WasmDigest");
  assert.match(said("tastemaker.wasm"), /^0xc5d2/);
});

test("the content wasm is loaded from where one says, its digest checked; a refused one can be tried again", async () => {
  // The page's modules: this process has used Node's until here, so nothing is loaded in these yet.
  const page = await import(distUrl("index.js").href);
  const bytes = readFileSync(distUrl("tastemaker-content.wasm"));
  await assert.rejects(page.initContent(bytes, { sha256: `0x${"00".repeat(32)}` }), { code: "Client::WasmDigest" });
  const wasm = await page.initContent(bytes, { sha256: sha256(bytes) });
  assert.equal(await page.initContent(), wasm);
  assert.equal(bits(await page.embed("a")), bits(await embed("a")));
});

test("nothing that a page loads before it embeds names the content wasm", () => {
  const seen = new Set();
  const visit = (name) => {
    if (seen.has(name)) return;
    seen.add(name);
    const text = readFileSync(distUrl(name), "utf8");
    assert.ok(!text.includes("tastemaker-content.wasm"), name);
    for (const [, next] of text.matchAll(/(?:from|import)\s*"\.\/([\w-]+\.js)"/g)) visit(next);
  };
  visit("index.js");
  visit("elements.js");
  assert.ok(seen.size >= 3, [...seen].join());
});
