// The packed package in plain HTML and in bundlers: each site is built, opened in Chromium, and a vote is cast and signed.
// docs/bundlers.md is the table of what was tried here.

import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";

import { after, before, test } from "../e2e/bounded.mjs";
import { launch, open, quiet } from "../e2e/browser.mjs";
import { until } from "../e2e/harness.mjs";
import { serveFolders } from "../e2e/http.mjs";
import { inside, packageOf, project } from "./packed.mjs";
import { embedAndPredict, voteOnce, withModel } from "./pages.mjs";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

const html = (scripts, body = `<taste-round src="/round.json"><taste-duel></taste-duel></taste-round>`) => `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>packaging</title><link rel="icon" href="data:,">
${scripts}
${body}`;

/** The wasm files that lie anywhere in a built site, without the bundler's hashes. */
async function wasmFiles(folder) {
  const found = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".wasm"));
  return found.map((name) => name.split("/").at(-1).replace(/-[\w-]{8}\.wasm$/, ".wasm")).sort();
}

/** Opens what was built, votes, embeds; whoever else was asked, or anything in the console, fails. */
async function works(folders, { path = "", voteOnly = false } = {}) {
  const pages = await serveFolders(folders);
  try {
    const page = await open(browser, `${pages.url}/${path}`);
    await voteOnce(page);
    if (!voteOnly) await embedAndPredict(page, pages.asked);
    assert.deepEqual([...page.hosts], [new URL(pages.url).host]);
    quiet(page);
    await page.context().close();
    return pages.asked;
  } finally {
    await pages.close();
  }
}

test("in plain HTML from a static folder: every element upgrades, and a vote is signed", async () => {
  const elements = (folder) => readdir(join(folder, "node_modules/tastemaker/dist/elements"));
  const folder = await project(await withModel());
  const tags = (await elements(folder)).map((file) => `taste-${file.replace(".js", "")}`).filter((tag) => tag !== "taste-round");
  const body = `<taste-round src="round.json">${tags.map((tag) => `<${tag}></${tag}>`).join("")}</taste-round>`;
  const index = html(`<script type="module" src="/node_modules/tastemaker/dist/elements.js"></script>`, body);
  const pages = await serveFolders([await project({ "index.html": index, ...(await withModel()) })]);
  const page = await open(browser, pages.url);
  await voteOnce(page);
  const plain = await page.evaluate((tags) => tags.filter((tag) => !customElements.get(tag) || !(document.querySelector(tag) instanceof customElements.get(tag))), ["taste-round", ...tags]);
  assert.deepEqual(plain, []);
  await embedAndPredict(page, pages.asked);
  assert.deepEqual([...page.hosts], [new URL(pages.url).host]);
  quiet(page);
  await pages.close();
});

for (const [file, how] of [["tastemaker.cdn.js", "the single file"], ["elements.js", "the file that loads its chunks when they are needed"]]) {
  test(`from a content network (another origin): ${how}`, async () => {
    const folder = await project({});
    const network = await serveFolders([join(folder, "node_modules")], { "access-control-allow-origin": "*", "cross-origin-resource-policy": "cross-origin" });
    const site = await project({ "index.html": html(`<script type="module" src="${network.url}/tastemaker/dist/${file}"></script>`), ...(await withModel()) });
    const pages = await serveFolders([site]);
    const page = await open(browser, pages.url);
    await voteOnce(page);
    await embedAndPredict(page, network.asked);
    if (file === "tastemaker.cdn.js") {
      const files = new Set(network.asked.map((line) => line.split("/").at(-1)));
      assert.deepEqual([...files].filter((name) => name.endsWith(".js")), [file], "one script");
    }
    assert.deepEqual([...page.hosts].sort(), [network.url, pages.url].map((url) => new URL(url).host).sort());
    quiet(page);
    await Promise.all([pages.close(), network.close()]);
  });
}

const main = `import "tastemaker/elements/round"; import "tastemaker/elements/duel";`;
/** For bundlers that do not move files which a module names by its own address. */
const told = (vote, taste, content) => `import { init, initTaste, initContent } from "tastemaker";
import vote from ${JSON.stringify(vote)};
import taste from ${JSON.stringify(taste)};
import content from ${JSON.stringify(content)};
await init(vote);
// A round from a file is checked by its operator's signature.
await initTaste(taste);
globalThis.content = () => initContent(content);
await import("tastemaker/elements");`;

test("Vite, built: the wasm files become assets by themselves", async () => {
  const folder = await project({ "index.html": html(`<script type="module" src="/main.js"></script>`), "main.js": main, "package.json": `{"type":"module"}` }, ["vite"]);
  await inside(folder, process.execPath, join(packageOf("vite"), "bin/vite.js"), "build", "--logLevel", "warn");
  for (const name of ["tastemaker-content.wasm", "tastemaker-first.wasm", "tastemaker-rest.wasm"]) assert.ok((await wasmFiles(join(folder, "dist"))).includes(name), name);
  await works([join(folder, "dist"), await project(await withModel())]);
});

test("Vite's development server, with the package left out of its pre-bundling", async () => {
  const folder = await project(
    {
      "index.html": html(`<script type="module" src="/main.js"></script>`),
      "main.js": main,
      "serve.mjs": `import { createServer } from "vite";
        const server = await createServer({ logLevel: "silent", optimizeDeps: { exclude: ["tastemaker"] }, server: { host: "127.0.0.1", port: 0, hmr: false } });
        await server.listen();
        const page = await fetch(server.resolvedUrls.local[0]);
        console.log(JSON.stringify({ url: server.resolvedUrls.local[0], ok: page.ok }));
        process.stdin.on("end", () => server.close().then(() => process.exit())).resume();`,
      "package.json": `{"type":"module"}`,
      ...Object.fromEntries(Object.entries(await withModel()).map(([name, content]) => [`public/${name}`, content])),
    },
    ["vite"],
  );
  const { spawn } = await import("node:child_process");
  const child = spawn(process.execPath, ["serve.mjs"], { cwd: folder, stdio: ["pipe", "pipe", "inherit"] });
  try {
    const { url } = JSON.parse(await new Promise((found) => child.stdout.once("data", (text) => found(String(text)))));
    const page = await open(browser, url);
    await voteOnce(page);
    quiet(page, [/websocket/i]);
  } finally {
    child.stdin.end();
  }
});

test("webpack: the wasm files become assets by themselves", async () => {
  const folder = await project(
    {
      "main.js": main,
      "package.json": `{"type":"module"}`,
      "build.mjs": `import webpack from "webpack";
        const compiler = webpack({ mode: "production", entry: "./main.js", output: { path: process.cwd() + "/dist", publicPath: "/", module: true, filename: "[name].js", chunkFilename: "[name].js", assetModuleFilename: "[name]-[contenthash:8][ext]" }, experiments: { outputModule: true }, performance: { hints: false }, optimization: { minimize: false } });
        compiler.run((error, stats) => {
          if (error ?? (stats.hasErrors() || stats.hasWarnings())) { console.error(error ?? stats.toString()); process.exit(1); }
          compiler.close(() => {});
        });`,
      "site/index.html": html(`<script type="module" src="/main.js"></script>`),
    },
    ["webpack"],
  );
  await inside(folder, process.execPath, "build.mjs");
  await works([join(folder, "dist"), join(folder, "site"), await project(await withModel())]);
});

test("esbuild: the wasm is imported by name and handed over", async () => {
  const folder = await project(
    {
      "main.js": told("tastemaker/wasm", "tastemaker/taste-wasm", "tastemaker/content-wasm"),
      "package.json": `{"type":"module"}`,
      "build.mjs": `import { build } from "esbuild";
        await build({ entryPoints: ["main.js"], bundle: true, minify: true, format: "esm", splitting: true, outdir: "dist", publicPath: "/", loader: { ".wasm": "file" } });`,
      "site/index.html": html(`<script type="module" src="/main.js"></script>`),
    },
    ["esbuild"],
  );
  await inside(folder, process.execPath, "build.mjs");
  const pages = await serveFolders([join(folder, "dist"), join(folder, "site"), await project(await withModel())]);
  const page = await open(browser, pages.url);
  await page.waitForFunction(() => globalThis.content);
  await page.evaluate(() => globalThis.content().then(() => undefined));
  await voteOnce(page);
  quiet(page);
  await pages.close();
});

test("the slim entry: a host that brings the compiled module, in a script that knows no address", async () => {
  const folder = await project(
    {
      "main.js": `import { init, initTaste } from "tastemaker/slim";
        const module = async (file) => WebAssembly.compile(await (await fetch(file)).arrayBuffer());
        await init(await module("/module"));
        // A round from a file is checked by its operator's signature.
        await initTaste(await module("/taste"));
        await import("tastemaker/slim/elements");`,
      "package.json": `{"type":"module"}`,
      "build.mjs": `import { build } from "esbuild";
        const { outputFiles } = await build({ entryPoints: ["main.js"], bundle: true, minify: true, format: "esm", outfile: "dist/main.js", write: false });
        if (outputFiles[0].text.includes("import.meta")) throw new Error("slim asks for its address");
        const fs = await import("node:fs/promises");
        await fs.mkdir("dist");
        await fs.writeFile("dist/main.js", outputFiles[0].contents);
        await fs.copyFile("node_modules/tastemaker/dist/tastemaker.wasm", "dist/module");
        await fs.copyFile("node_modules/tastemaker/dist/tastemaker-taste.wasm", "dist/taste");`,
      "site/index.html": html(`<script type="module" src="/main.js"></script>`),
    },
    ["esbuild"],
  );
  await inside(folder, process.execPath, "build.mjs");
  const asked = await works([join(folder, "dist"), join(folder, "site"), await project(await withModel())], { voteOnly: true });
  assert.ok(asked.includes("GET /module"));
});

test("React: a page that uses one component loads one element, and events reach its handler", async () => {
  const folder = await project(
    {
      "index.html": html(`<script type="module" src="/main.jsx"></script>`, `<div id="root"></div>`),
      "main.jsx": `import { useState } from "react";
        import { createRoot } from "react-dom/client";
        import { TasteDuel } from "tastemaker/react";
        function App() {
          const [outcome, setOutcome] = useState("");
          return <><TasteDuel src="/round.json" advance="manual" onTasteVoted={({ detail }) => setOutcome(detail.outcome)} /><output>{outcome}</output></>;
        }
        createRoot(document.getElementById("root")).render(<App />);`,
      "package.json": `{"type":"module"}`,
    },
    ["vite", "react", "react-dom"],
  );
  await inside(folder, process.execPath, join(packageOf("vite"), "bin/vite.js"), "build", "--logLevel", "warn");
  const pages = await serveFolders([join(folder, "dist"), await project(await withModel())]);
  const page = await open(browser, pages.url);
  await voteOnce(page);
  await until("the handler", async () => (await page.locator("output").textContent()) === "left");
  assert.deepEqual(await page.evaluate(() => ["taste-duel", "taste-board", "taste-wallet"].filter((tag) => customElements.get(tag))), ["taste-duel"]);
  quiet(page);
  await pages.close();
});

test("a lone element with a source that was in the page before its class", async () => {
  const folder = await project({
    "index.html": html(`<script type="module" src="/node_modules/tastemaker/dist/elements/duel.js"></script>`, `<taste-duel src="round.json"></taste-duel>`),
    ...(await withModel()),
  });
  await works([folder]);
});

test("nothing is asked for before a source is named: every entry imported, every element made", async () => {
  const folder = await project({});
  const dist = join(folder, "node_modules/tastemaker/dist");
  const entries = ["index.js", "client.js", "encoder.js", "elements.js", "slim/index.js", "slim/elements.js", "tastemaker.cdn.js", ...(await readdir(join(dist, "elements"))).map((file) => `elements/${file}`)];
  const pages = await serveFolders([await project({ "index.html": html("", "") }), dist]);
  const page = await open(browser, pages.url);
  const defined = await page.evaluate(async (entries) => {
    for (const entry of entries) await import(`/${entry}`);
    const { elements } = await import("/elements.js");
    const provider = document.createElement("taste-round");
    for (const tag of Object.keys(elements)) {
      document.body.append(document.createElement(tag));
      if (tag !== "taste-round") provider.append(document.createElement(tag));
    }
    document.body.append(provider);
    for (let turn = 0; turn < 20; turn += 1) await new Promise((done) => requestIdleCallback(done));
    return Object.keys(elements).length;
  }, entries);
  assert.ok(defined >= 5);
  assert.deepEqual(pages.asked.filter((line) => !/^GET \/$|\.js$/.test(line)), [], "scripts of the package and nothing else");
  assert.deepEqual(await page.evaluate(async () => [document.cookie, localStorage.length, (await indexedDB.databases()).length, (await navigator.serviceWorker?.getRegistrations())?.length ?? 0]), ["", 0, 0, 0]);
  quiet(page);
  await pages.close();
});
