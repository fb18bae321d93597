// What npm would publish, looked at without a browser: what is inside, whether every entry resolves with its types, and
// whether the types fit TypeScript, viem and each framework.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";

import { test } from "../e2e/bounded.mjs";
import { root } from "../e2e/harness.mjs";
import { ballotId, verifyBallot } from "../e2e/protocol.mjs";
import { accounts } from "../vectors/oracle.mjs";
import { inside, modules, project, tarball } from "./packed.mjs";
import { better, withModel, worse } from "./pages.mjs";

const tsc = join(modules, "typescript/bin/tsc");
const manifestOf = async () => JSON.parse(await inside(root, "tar", "-xzOf", await tarball(), "package/package.json"));

test("the tarball holds what package.json promises, and nothing that was not meant for anybody", async () => {
  const listed = (await inside(root, "tar", "-tzf", await tarball())).trimEnd().split("\n").map((line) => line.replace("package/", ""));
  const manifest = await manifestOf();
  const promised = [];
  const visit = (value) => (typeof value === "string" ? promised.push(value.replace("./", "")) : Object.values(value ?? {}).forEach(visit));
  visit(manifest.exports);
  promised.push(manifest.customElements, manifest["web-types"].replace("./", ""));
  for (const file of promised) {
    const [before, after] = file.split("*");
    const there = after === undefined ? listed.includes(file) : listed.some((name) => name.startsWith(before) && name.endsWith(after));
    assert.ok(there, `${file} is promised`);
  }
  assert.deepEqual(Object.keys(manifest.dependencies ?? {}), [], "no dependency comes along");
  assert.deepEqual(listed.filter((file) => /\.(ts|map|rs|tgz|toml)$/.test(file) && !file.endsWith(".d.ts")), []);
});

test("publint has nothing to say", async () => {
  const { buffer } = Uint8Array.from(await readFile(await tarball()));
  const { messages } = await publint({ pack: { tarball: buffer }, strict: true });
  assert.deepEqual(messages, []);
});

test("arethetypeswrong finds the types of every entry; an ES module is what it says it is", async () => {
  const analysis = await checkPackage(createPackageFromTarballData(Uint8Array.from(await readFile(await tarball()))));
  const { exports } = await manifestOf();
  assert.deepEqual(Object.keys(analysis.entrypoints).sort(), Object.keys(exports).sort());
  const problems = analysis.problems.filter(({ kind, resolutionKind, entrypoint }) => {
    // Not offered: CommonJS (Node 22 and newer can require ES modules), and TypeScript's resolution of before the exports map.
    if (kind === "CJSResolvesToESM" && resolutionKind === "node16-cjs") return false;
    if (kind === "NoResolution" && resolutionKind === "node10") return false;
    // A wasm file has no types; bundlers import its address.
    return !(kind === "NoResolution" && entrypoint.endsWith("wasm"));
  });
  assert.deepEqual(problems, []);
});

test("in Node: every entry is imported without a document; initialised, signed, recovered; embedded and predicted", async () => {
  const script = `
    import { TasteClient, init, recover, sessionAccount, domain, types, hashTypedData } from "tastemaker";
    import { MemoryStore, TasteClient as Client } from "tastemaker/client";
    import { embed } from "tastemaker/encoder";
    import * as slim from "tastemaker/slim";
    import { readFile } from "node:fs/promises";
    import "tastemaker/elements";
    import "tastemaker/elements/duel";
    import "tastemaker/slim/elements";
    import "tastemaker/react";
    import "tastemaker/cdn";
    import "tastemaker/vue";
    await init();
    const account = await sessionAccount(new Uint8Array(32).fill(7));
    const round = JSON.parse(await readFile("round.json", "utf8"));
    const client = await TasteClient.open({ round, store: new MemoryStore() });
    if (!(client instanceof Client)) throw new Error("two clients");
    if (client.duel.pair.length !== 2) throw new Error("nothing is asked");
    await client.vote("right");
    const [signed] = await client.export();
    const digest = hashTypedData({ domain, types, primaryType: "Ballot", message: signed.ballot });
    if (client.model === undefined) await new Promise((resolve) => client.addEventListener("taste-model", resolve));
    const [better, worse] = ${JSON.stringify([better, worse])}.map((values) => new Float32Array(values));
    const { probability } = await client.predict(better, worse);
    const unsaid = await slim.init().catch(({ code, hint }) => ({ code, hint }));
    await slim.init(await readFile("node_modules/tastemaker/dist/tastemaker.wasm"));
    await slim.initTaste(await readFile("node_modules/tastemaker/dist/tastemaker-taste.wasm"));
    const again = await slim.TasteClient.open({ round });
    if (again.duel.phase !== "asking") throw new Error("nothing is asked");
    await again.vote("left");
    console.log(JSON.stringify({
      address: account.address, signed, digest, signer: await recover(digest, signed.signature), voter: client.voter,
      dimensions: (await client.embed("A line.")).length, alone: (await embed("A line.")).length, probability,
      unsaid, slim: await again.export(),
    }));
    client.close();
    again.close();`;
  // A round that is handed over as a value has no address that its files could lie beside.
  const inline = (bytes) => `data:application/octet-stream;base64,${Buffer.from(bytes).toString("base64")}`;
  const files = await withModel();
  const given = await withModel({ model: inline(files["model.onnx"]), features: inline(files["features.bin"]) });
  const folder = await project({ "package.json": `{"type":"module"}`, "main.mjs": script, "round.json": given["round.json"] }, ["react"]);
  const found = JSON.parse(await inside(folder, process.execPath, "main.mjs"));
  assert.equal(found.address, accounts.privateKeyToAddress(`0x${"07".repeat(32)}`), "as viem has it");
  assert.equal(found.digest, ballotId(found.signed.ballot));
  assert.equal(found.signer, found.voter);
  assert.equal(await verifyBallot(found.signed), found.voter);
  assert.equal(found.signed.ballot.votes[0].outcome, "right");
  assert.deepEqual([found.dimensions, found.alone], [1024, 1024]);
  assert.ok(found.probability > 0.6 && found.probability < 1, `${found.probability}`);
  assert.equal(found.unsaid.code, "Client::WasmLoad");
  assert.match(found.unsaid.hint, /init\(url \| bytes \| module\)/);
  await verifyBallot(found.slim[0]);
});

/** As strict as can be; `skipLibCheck` only where files that are not ours come along. */
const strict = (more) => ({
  strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, skipLibCheck: false, noEmit: true,
  target: "es2022", module: "esnext", moduleResolution: "bundler", lib: ["es2024", "dom", "dom.iterable"], types: [], ...more,
});

async function compiles(source, compilerOptions, borrowed = [], name = "main.ts") {
  const folder = await project(
    { "package.json": `{"type":"module"}`, [name]: source, "tsconfig.json": JSON.stringify({ compilerOptions, include: [name] }) },
    borrowed,
  );
  await inside(folder, process.execPath, tsc, "-p", ".");
}

test("the types are strict and complete for a consumer in TypeScript", async () => {
  const source = `
    import { TasteClient, TasteError, init, initContent, sessionAccount, type DuelView, type SignedBallot, type Prediction } from "tastemaker";
    import { MemoryStore } from "tastemaker/client";
    import { register } from "tastemaker/elements";
    import { TasteBoard } from "tastemaker/elements/board";
    import { embed } from "tastemaker/encoder";
    import { init as slimInit } from "tastemaker/slim";
    import { register as both } from "tastemaker/cdn";
    register();
    both();
    await init();
    await slimInit(new Uint8Array());
    await initContent(new URL("https://example.org/content.wasm"), { sha256: "0x00" });
    const client: TasteClient = await TasteClient.open({ src: "https://example.org/v1/rounds/0x00", store: new MemoryStore() });
    const view: DuelView = client.duel;
    const ballots: SignedBallot[] = await client.export();
    const guess: Prediction = await client.predict("one text", "another");
    const embedding: Float32Array = await embed("a text");
    client.addEventListener("taste-model", ({ detail }) => { const size: number = detail.logSize; void size; });
    const element = document.createElement("taste-duel");
    element.advance = "manual";
    const board: TasteBoard = document.createElement("taste-board");
    board.limit = 5;
    try { await client.vote("left"); } catch (error) { if (error instanceof TasteError) { const code: string = error.code; void code; } }
    // @ts-expect-error an outcome that there is not
    await client.vote("up");
    // @ts-expect-error a secret is bytes
    sessionAccount("0x00");
    export { view, ballots, guess, embedding };`;
  for (const moduleResolution of ["bundler", "nodenext"]) {
    await compiles(source, strict({ module: moduleResolution === "bundler" ? "esnext" : "nodenext", moduleResolution }));
  }
});

test("viem's types fit: a session key is its account, its wallets and providers connect", async () => {
  const source = `
    import { TasteClient, sessionAccount } from "tastemaker";
    import { createWalletClient, custom, type EIP1193Provider, type LocalAccount, type WalletClient } from "viem";
    const account: LocalAccount = await sessionAccount(new Uint8Array(32));
    declare const client: TasteClient;
    declare const provider: EIP1193Provider;
    declare const wallet: WalletClient;
    export const signer = createWalletClient({ account, transport: custom(provider) });
    await client.connect(provider);
    await client.connect(wallet);
    await client.connect(signer);`;
  await compiles(source, strict({ skipLibCheck: true }), ["viem"]);
});

/** In each framework: what is right compiles; an attribute's wrong value and an event's wrong detail do not. */
const frameworks = {
  "React, components": [
    `import { createRef } from "react";
     import { TasteDuel, TasteRound } from "tastemaker/react";
     import type { TasteDuel as Element } from "tastemaker/elements/duel";
     const ref = createRef<Element>();
     export const right = <TasteRound src="/round.json" consent="required" onTasteOpen={({ detail }) => void detail.client.voter}>
       <TasteDuel ref={ref} className="wide" advance="manual" onTasteVoted={(event) => { const kind: string = event.detail.kind; void kind; }} />
     </TasteRound>;
     // @ts-expect-error no such way to advance
     export const wrong = <TasteDuel advance="never" />;
     // @ts-expect-error the event's detail has no such thing
     export const worse = <TasteDuel onTasteVoted={(event) => void event.detail.nothing} />;`,
    { jsx: "react-jsx" }, ["react", "@types/react"],
  ],
  "React, the elements themselves": [
    `import type {} from "tastemaker/react";
     export const right = <taste-round src="/round.json"><taste-board limit={5} ontaste-error={(event) => void event.detail.error} /></taste-round>;
     // @ts-expect-error no such consent
     export const wrong = <taste-round consent="perhaps" />;`,
    { jsx: "react-jsx" }, ["react", "@types/react"],
  ],
  Preact: [
    `import type {} from "tastemaker/preact";
     export const right = <taste-round src="/round.json"><taste-duel advance="manual" ontaste-voted={(event) => void event.detail.outcome} /></taste-round>;
     // @ts-expect-error no such way to advance
     export const wrong = <taste-duel advance="never" />;`,
    { jsx: "react-jsx", jsxImportSource: "preact" }, ["preact"],
  ],
  Solid: [
    `import type {} from "tastemaker/solid";
     export const right = <taste-round src="/round.json"><taste-duel advance="manual" on:taste-voted={(event) => void event.detail.outcome} /></taste-round>;
     // @ts-expect-error no such way to advance
     export const wrong = <taste-duel advance="never" />;`,
    { jsx: "preserve", jsxImportSource: "solid-js" }, ["solid-js"],
  ],
  "plain JSX": [
    `import type {} from "tastemaker/jsx";
     declare function h(tag: string, props: unknown, ...children: unknown[]): unknown;
     export const right = <taste-round src="/round.json"><taste-duel advance="manual" ontaste-voted={(event) => void event.detail.outcome} /></taste-round>;
     // @ts-expect-error no such way to advance
     export const wrong = <taste-duel advance="never" />;`,
    { jsx: "react", jsxFactory: "h" }, [],
  ],
  Svelte: [
    `import type {} from "tastemaker/svelte";
     import type { SvelteHTMLElements } from "svelte/elements";
     export const right: SvelteHTMLElements["taste-duel"] = { advance: "manual", "ontaste-voted": (event) => void event.detail.outcome };
     // @ts-expect-error no such way to advance
     export const wrong: SvelteHTMLElements["taste-duel"] = { advance: "never" };`,
    {}, ["svelte"],
  ],
  Vue: [
    `import type {} from "tastemaker/vue";
     import type { GlobalComponents } from "vue";
     type Props = InstanceType<GlobalComponents["taste-duel"]>["$props"];
     export const right: Props = { advance: "manual", onTasteVoted: (event) => void event.detail.outcome };
     // @ts-expect-error no such way to advance
     export const wrong: Props = { advance: "never" };`,
    {}, ["vue"],
  ],
};

for (const [name, [source, options, borrowed]] of Object.entries(frameworks)) {
  test(`the types of ${name} know the elements, their attributes and events`, async () => {
    await compiles(source, strict({ skipLibCheck: true, ...options }), borrowed, "main.tsx");
  });
}
