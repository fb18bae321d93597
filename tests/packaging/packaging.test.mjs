// What npm would publish, tried from its tarball: Node, plain HTML, Vite, TypeScript; and the examples that say so.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";

import { Widget, launch, open, quiet } from "../e2e/browser.mjs";
import { dist, root, until } from "../e2e/harness.mjs";
import { serveFolders } from "../e2e/http.mjs";
import { ballotId, verifyBallot } from "../e2e/protocol.mjs";
import { expected, featuresFile, model, modelDigest } from "../vectors/features.mjs";
import { accounts } from "../vectors/oracle.mjs";
import { example, inside, modules, project, tarball } from "./packed.mjs";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

const round = () => readFile(join(root, "examples/plain-html/round.json"), "utf8");

/** The same round with a model, and the files beside it that its `src` names. */
async function withModel(src = { model: "model.onnx", features: "features.bin" }) {
  const view = JSON.parse(await round());
  const features = featuresFile(view.signed.round.candidates.length);
  view.model = { digest: modelDigest, features: features.digest, logSize: "12", src };
  return { "round.json": JSON.stringify(view), "model.onnx": model, "features.bin": features.bytes };
}

/** Two embeddings that the model takes, the better one first. */
const [better, worse] = [3, 2].map((at) => expected.embeddings[at]);

/** Embeds and predicts in a page that has voted; only then it asks for the content module. */
async function embedAndPredict(page, asked) {
  const modules = () => asked.filter((line) => /tastemaker-content[\w-]*\.wasm$/.test(line));
  await until("the model", () => page.evaluate(() => document.querySelector("taste-duel").client.model));
  assert.deepEqual(modules(), [], "voting needs no content module");
  const found = await page.evaluate(
    async ([better, worse]) => {
      const { client } = document.querySelector("taste-duel");
      const { probability } = await client.predict(new Float32Array(better), new Float32Array(worse));
      return { length: (await client.embed("A line of the page's own.")).length, probability };
    },
    [better, worse],
  );
  assert.equal(found.length, 1024);
  assert.ok(found.probability > 0.6 && found.probability < 1, `${found.probability}`);
  assert.equal(modules().length, 1);
}

/** Votes once in a page's duel, and gives the signed ballots of the client found there. */
async function voteOnce(page) {
  const duel = new Widget(page, "taste-duel");
  const candidates = await duel.answer(() => duel.key("key-left").click());
  const text = await page.evaluate(async () => (await document.querySelector("taste-duel").client.exportBallots()).text());
  const [signed, ...others] = text.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(others, []);
  await verifyBallot(signed);
  assert.deepEqual(signed.ballot.votes.map(({ candidates, outcome }) => [candidates, outcome]), [[candidates, "left"]]);
  return signed;
}

test("the tarball holds what package.json promises, and nothing that was not meant for anybody", async () => {
  const listed = (await inside(root, "tar", "-tzf", await tarball())).trimEnd().split("\n").map((line) => line.replace("package/", ""));
  const manifest = JSON.parse(await inside(root, "tar", "-xzOf", await tarball(), "package/package.json"));
  const promised = [];
  const visit = (value) => (typeof value === "string" ? promised.push(value) : Object.values(value ?? {}).forEach(visit));
  visit(manifest.exports);
  for (const file of promised) assert.ok(listed.includes(file.replace("./", "")), `${file} is promised`);
  assert.deepEqual(Object.keys(manifest.dependencies ?? {}), [], "no dependency comes along");
  assert.deepEqual(listed.filter((file) => /\.(ts|map|rs|tgz|toml)$/.test(file) && !file.endsWith(".d.ts")), []);
});

test("in Node: imported, initialised, signed, recovered; embedded and predicted", async () => {
  const script = `
    import { TasteClient, init, recover, sessionAccount, domain, types, hashTypedData } from "tastemaker";
    import { readFile } from "node:fs/promises";
    import "tastemaker/elements";
    await init();
    const account = sessionAccount(new Uint8Array(32).fill(7));
    const client = await TasteClient.open({ round: JSON.parse(await readFile("round.json", "utf8")) });
    await client.vote("right");
    const [signed] = await client.export();
    const digest = hashTypedData({ domain, types, primaryType: "Ballot", message: signed.ballot });
    if (client.model === undefined) await new Promise((resolve) => client.addEventListener("taste-model", resolve));
    const [better, worse] = ${JSON.stringify([better, worse])}.map((values) => new Float32Array(values));
    const { probability } = await client.predict(better, worse);
    console.log(JSON.stringify({
      address: account.address, signed, digest, signer: recover(digest, signed.signature), voter: client.voter,
      dimensions: (await client.embed("A line.")).length, probability,
    }));
    client.close();`;
  // A round that is handed over as a value has no address that its files could lie beside.
  const inline = (bytes) => `data:application/octet-stream;base64,${Buffer.from(bytes).toString("base64")}`;
  const files = await withModel();
  const given = await withModel({ model: inline(files["model.onnx"]), features: inline(files["features.bin"]) });
  const folder = await project({ "package.json": `{"type":"module"}`, "main.mjs": script, "round.json": given["round.json"] });
  const found = JSON.parse(await inside(folder, process.execPath, "main.mjs"));
  assert.equal(found.address, accounts.privateKeyToAddress(`0x${"07".repeat(32)}`), "as viem has it");
  assert.equal(found.digest, ballotId(found.signed.ballot));
  assert.equal(found.signer, found.voter);
  assert.equal(await verifyBallot(found.signed), found.voter);
  assert.equal(found.signed.ballot.votes[0].outcome, "right");
  assert.equal(found.dimensions, 1024);
  assert.ok(found.probability > 0.6 && found.probability < 1, `${found.probability}`);
});

test("in plain HTML from a static folder: the elements upgrade, and a vote is signed", async () => {
  const html = `<!doctype html><meta charset="utf-8"><title>static</title><link rel="icon" href="data:,">
    <script type="module" src="/node_modules/tastemaker/dist/elements.js"></script>
    <taste-round src="round.json"><taste-duel></taste-duel><taste-approve></taste-approve><taste-board></taste-board><taste-wallet></taste-wallet></taste-round>`;
  const folder = await project({ "index.html": html, ...(await withModel()) });
  const pages = await serveFolders([folder]);
  const page = await open(browser, pages.url);
  await voteOnce(page);
  await embedAndPredict(page, pages.asked);
  const upgraded = await page.evaluate(() =>
    ["taste-round", "taste-duel", "taste-approve", "taste-board", "taste-wallet"].filter((tag) => customElements.get(tag) && document.querySelector(tag) instanceof customElements.get(tag)),
  );
  assert.equal(upgraded.length, 5);
  assert.deepEqual([...page.hosts], [new URL(pages.url).host]);
  quiet(page);
  await pages.close();
});

test("the types are strict and complete for a consumer in TypeScript", async () => {
  const source = `
    import { TasteClient, TasteError, init, initContent, sessionAccount, type DuelView, type SignedBallot, type Prediction } from "tastemaker";
    import { register } from "tastemaker/elements";
    register();
    await init();
    await initContent(new URL("https://example.org/content.wasm"), { sha256: "0x00" });
    const client: TasteClient = await TasteClient.open({ src: "https://example.org/v1/rounds/0x00" });
    const view: DuelView = client.duel;
    const ballots: SignedBallot[] = await client.export();
    const guess: Prediction = await client.predict("one text", "another");
    client.addEventListener("taste-model", ({ detail }) => { const size: number = detail.logSize; void size; });
    const element = document.createElement("taste-duel");
    element.advance = "manual";
    try { await client.vote("left"); } catch (error) { if (error instanceof TasteError) { const code: string = error.code; void code; } }
    // @ts-expect-error an outcome that there is not
    await client.vote("up");
    // @ts-expect-error a secret is bytes
    sessionAccount("0x00");
    export { view, ballots, guess };`;
  for (const moduleResolution of ["bundler", "nodenext"]) {
    const compilerOptions = {
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
      noEmit: true,
      target: "es2022",
      module: moduleResolution === "bundler" ? "esnext" : "nodenext",
      moduleResolution,
      lib: ["es2022", "dom", "dom.iterable"],
      types: [],
    };
    const folder = await project({
      "package.json": `{"type":"module"}`,
      "main.ts": source,
      "tsconfig.json": JSON.stringify({ compilerOptions, include: ["main.ts"] }),
    });
    await inside(folder, process.execPath, join(modules, "typescript/bin/tsc"), "-p", ".");
  }
});

test("viem's types fit: a session key is its account, its wallets and providers connect", async () => {
  const source = `
    import { TasteClient, sessionAccount } from "tastemaker";
    import { createWalletClient, custom, type EIP1193Provider, type LocalAccount, type WalletClient } from "viem";
    const account: LocalAccount = sessionAccount(new Uint8Array(32));
    declare const client: TasteClient;
    declare const provider: EIP1193Provider;
    declare const wallet: WalletClient;
    export const signer = createWalletClient({ account, transport: custom(provider) });
    await client.connect(provider);
    await client.connect(wallet);
    await client.connect(signer);`;
  // As strict as can be with files that are not ours.
  const compilerOptions = {
    strict: true, exactOptionalPropertyTypes: true, skipLibCheck: true, noEmit: true,
    target: "es2022", module: "esnext", moduleResolution: "bundler", lib: ["es2024", "dom", "dom.iterable"], types: [],
  };
  const files = { "package.json": `{"type":"module"}`, "main.ts": source, "tsconfig.json": JSON.stringify({ compilerOptions, include: ["main.ts"] }) };
  const folder = await project(files, ["viem"]);
  await inside(folder, process.execPath, join(modules, "typescript/bin/tsc"), "-p", ".");
});

test("the Vite example builds from the tarball, and the built site votes, embeds and predicts", async () => {
  const folder = await example("vite", ["vite"]);
  for (const [name, content] of Object.entries(await withModel())) await writeFile(join(folder, "public", name), content);
  await inside(folder, process.execPath, join(modules, "vite/bin/vite.js"), "build", "--logLevel", "warn");
  const built = await readdir(join(folder, "dist/assets"));
  const assets = built.filter((name) => name.endsWith(".wasm")).map((name) => name.replace(/-[\w-]{8}\.wasm$/, ""));
  assert.deepEqual(assets.sort(), ["tastemaker", "tastemaker-content"], "each wasm is an asset, once");
  const pages = await serveFolders([join(folder, "dist")]);
  const page = await open(browser, pages.url);
  const signed = await voteOnce(page);
  assert.equal(await page.locator("#voter").textContent(), signed.ballot.voter);
  await embedAndPredict(page, pages.asked);
  quiet(page);
  await pages.close();
});

test("the plain-html example runs with its one command", async () => {
  const child = spawn(process.execPath, ["serve.mjs", "0"], {
    cwd: join(root, "examples/plain-html"),
    env: { ...process.env, PKG_DIR: join(dist, "..") },
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const address = await new Promise((found) => createInterface(child.stdout).once("line", found));
    const page = await open(browser, address);
    await voteOnce(page);
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Save my signed ballots" }).click();
    const file = await (await download).path();
    await until("the file", async () => (await readFile(file, "utf8")).includes('"outcome":"left"'));
    quiet(page);
  } finally {
    child.kill();
  }
});
