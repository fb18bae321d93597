// Bundles the TypeScript face with the wasm-bindgen glue into the npm package's files, and writes what is made from the
// sources: declarations, custom-elements.json and the data that editors and frameworks take from it, the pages of
// docs/elements. Nothing here lists elements: one is every class with a @tagname in src/elements.
//
//   node build.mjs WEB_GLUE_FOLDER TASTE_GLUE_FOLDER CONTENT_GLUE_FOLDER DIST_FOLDER [--dev]
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { getWebTypesData } from "custom-element-jet-brains-integration";
import { getVsCodeCssCustomData, getVsCodeHtmlCustomData } from "custom-element-vs-code-integration";
import { build } from "esbuild";

import { writePages } from "./docs.mjs";
import { declarations, reactComponents } from "./frameworks.mjs";
import { elementsOf, faults, manifest } from "./manifest.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const src = join(here, "src");
const [web, taste, content, dist] = process.argv.slice(2, 6).map((folder) => folder && resolve(folder));
const dev = process.argv.includes("--dev");
if (!web || !taste || !content || !dist) {
  process.stderr.write("usage: node build.mjs WEB_GLUE_FOLDER TASTE_GLUE_FOLDER CONTENT_GLUE_FOLDER DIST_FOLDER [--dev]\n");
  process.exit(2);
}

await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });

const described = await manifest(join(src, "elements"));
const wrong = [...faults(described), ...(await untyped())];
// The quick loop goes on without; the test of the packed manifest does not.
if (wrong.length > 0) process.stderr.write(`what the JSDoc of the elements lacks:\n${wrong.map((fault) => `  - ${fault}\n`).join("")}`);
const elements = elementsOf(described);

const shared = {
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: !dev,
  sourcemap: dev ? "inline" : false,
  legalComments: "none",
  alias: {
    "#wasm": join(web, "tastemaker_web.js"),
    "#taste-wasm": join(taste, "tastemaker_taste.js"),
    "#content-wasm": join(content, "tastemaker_content.js"),
    // What the vote module's glue asks the page for.
    "#advisor": join(src, "advisor.ts"),
  },
  loader: { ".css": "text" },
  outdir: dist,
  splitting: true,
  plugins: [minifiedCss(!dev), madeHere(), frames(), voteScript("./"), network("./encoder/index.js")],
  logLevel: "warning",
};
/**
 * Which modules travel together: a page waits for every step from a file to the file it names, and each file is compressed by
 * itself. Without this a module is in one file with those that exactly the same entries reach, and a duel is 24 files.
 */
const GROUPS = {
  // What a page must have once: a class of errors, a loaded wasm.
  core: ["crypto", "embed", "errors", "hex", "loader", "tasting", "told", "wasm-file"],
  // What both of these need.
  early: ["ahead", "pause"],
  // To the first paint of any widget.
  face: ["elements/controllers", "elements/element", "elements/port", "elements/round", "elements/sheets", "elements/voting", "elements/draw/frame", "elements/draw/trouble", "locales/locale", "locales/en/common"],
  // To draw what a question shows, and to ask it.
  asking: ["elements/draw/advance", "elements/draw/dom", "elements/draw/instruments", "elements/draw/media", "elements/draw/question", "elements/draw/work", "locales/en/duel", "locales/en/question"],
  // To draw works in rows.
  rows: ["elements/draw/content", "elements/draw/live", "elements/draw/thing", "locales/en/media"],
};
// What an element paints first is what its drawing draws without a view; so the drawings run once, here, in the server's way.
const framed = {};
const drawings = join(dist, "drawings.mjs");
await build({ ...shared, entryPoints: [join(src, "server.ts")], outdir: undefined, outfile: drawings, splitting: false, sourcemap: false, define: { "import.meta.url": "undefined" } });
Object.assign(framed, await (await import(pathToFileURL(drawings).href)).frames());
await rm(drawings);

/** Entries whose source is there. */
const present = (entries) => Object.fromEntries(Object.entries(entries).filter(([, file]) => file.startsWith("made:") || existsSync(file)));
const source = (name) => join(src, `${name}.ts`);

// For pages: one graph with shared chunks. A page that imports the core and the elements loads the core once; what is only
// imported dynamically (the client, the content module, a locale) has a chunk of its own.
const made = await build({
  ...shared,
  metafile: true,
  entryPoints: {
    ...present({ index: source("index"), client: source("parts"), encoder: source("encoder"), server: source("server") }),
    elements: "made:all",
    ...Object.fromEntries(elements.map(({ file }) => [`elements/${file}`, `made:define/${file}`])),
    react: "made:react",
  },
  external: ["react"],
  chunkNames: "chunk-[hash]",
  plugins: [...shared.plugins, grouped()],
});
await hint(made.metafile.outputs);
await addressesHold();
// The bundler drops two things when it makes files smaller: that these components are for the browser (React Server
// Components), and that making one has no effect (so that a page gets only the elements it uses).
const react = join(dist, "react.js");
const components = (await readFile(react, "utf8")).replace(/(= ?)(\w+\("taste-)/g, "$1/* @__PURE__ */ $2");
await writeFile(react, `"use client";\n${components}`);

// Node is a world of its own: it never shares a page with the above.
await build({
  ...shared,
  entryPoints: present({ node: source("node"), "node-client": "made:node/parts", "node-encoder": "made:node/encoder" }),
  platform: "neutral",
  external: ["node:*"],
  chunkNames: "node-[hash]",
  plugins: [minifiedCss(!dev), madeHere(), frames(), voteScript("./"), network("./encoder/node.js")],
});

// The style sheets that a server-drawn widget links to, for a content policy that allows no style in the page.
const served = await import(pathToFileURL(join(dist, "server.js")).href);
await mkdir(join(dist, "styles"), { recursive: true });
for (const tag of served.tags) await writeFile(join(dist, `styles/${tag}.css`), served.styleSheet(tag));

// For hosts that bring the wasm: without a single `import.meta.url`, which some bundlers and test runners cannot read.
await build({
  ...shared,
  entryPoints: { "slim/index": source("index"), "slim/elements": "made:all" },
  chunkNames: "slim/chunk-[hash]",
  plugins: [minifiedCss(!dev), madeHere(), frames(), voteScript("../"), network()],
  define: { "import.meta.url": "undefined" },
});

// For one script tag from a content network: everything in one file, the wasm files beside it.
await build({ ...shared, splitting: false, entryPoints: { "tastemaker.cdn": "made:cdn" } });

// The package has folders for entries only: their code is in chunks, which lie beside the wasm files.
await copyFile(join(web, "tastemaker_web_bg.wasm"), join(dist, "tastemaker.wasm"));
// The same in two files, which a page that says nothing of the wasm loads.
for (const half of ["first", "rest"]) await copyFile(join(web, `tastemaker_web_${half}.wasm`), join(dist, `tastemaker-${half}.wasm`));
await copyFile(join(taste, "tastemaker_taste_bg.wasm"), join(dist, "tastemaker-taste.wasm"));
await copyFile(join(content, "tastemaker_content_bg.wasm"), join(dist, "tastemaker-content.wasm"));

// The vote module for pages that do not let WebAssembly run: the same module as a script, with glue of its own that finds
// that script where it looks for WebAssembly. A file beside the others, which only those pages load.
await build({
  ...shared,
  splitting: false,
  outdir: undefined,
  outfile: join(dist, "tastemaker-vote.js"),
  stdin: {
    contents: `import initialise, * as glue from "#wasm"; import { instantiate } from "made:vote";
      export async function start() { await initialise({ module_or_path: instantiate }); return glue; }`,
    resolveDir: src,
    loader: "js",
  },
  // Its advisor is its own, and knows nobody: where WebAssembly is refused there is no taste module either.
  alias: { "#wasm": join(web, "mvp", "tastemaker_web.js"), "#advisor": join(src, "advisor.ts") },
  plugins: [translated(join(web, "mvp", "tastemaker_web_bg.wasm"))],
  define: { WebAssembly: "Scripted" },
  inject: [join(src, "scripted.ts")],
});

// --dev is the quick loop; the declarations are still needed by packaging, so a type error always fails the build.
const tsc = spawnSync(process.execPath, [join(here, "node_modules/typescript/bin/tsc"), "-p", here, "--outDir", join(dist, "types")], { stdio: "inherit" });
if (tsc.status !== 0) process.exit(tsc.status ?? 1);

const write = async (name, text) => {
  await mkdir(dirname(join(dist, name)), { recursive: true });
  await writeFile(join(dist, name), text);
};
for (const [name, text] of Object.entries(declarations(elements))) await write(`types/${name}`, text);
await write("types/cdn.d.ts", `export * from "./index.js";\nexport * from "./elements/register.js";\n`);
// Types are all there is to `tastemaker/vue` and its like, but an import of them must find something.
await write("types-only.js", "export {};\n");

await write("custom-elements.json", `${JSON.stringify(described, null, 1)}\n`);
// The tools write into what they read.
const quietly = { outdir: null, hideLogs: true };
const copy = () => structuredClone(described);
await write("vscode.html-custom-data.json", getVsCodeHtmlCustomData(copy(), quietly));
await write("vscode.css-custom-data.json", getVsCodeCssCustomData(copy(), quietly));
await write("web-types.json", await webTypes());

await writePages(described, join(here, "../../docs/elements"));

/** Events that an element fires and `src/elements/events.ts` has no type for. */
async function untyped() {
  const typed = new Set((await readFile(join(src, "elements/events.ts"), "utf8")).match(/(?<=^  ")taste-[\w-]+(?=":)/gm));
  const fired = elementsOf(described).flatMap(({ tagName, events }) => events.map(({ name }) => [tagName, name]));
  return fired.filter(([, name]) => name.startsWith("taste-") && !typed.has(name)).map(([tag, name]) => `<${tag}>: ${name} is not in src/elements/events.ts`);
}

/** JetBrains' data; the tool takes name and version of a package.json in the working folder, which is not the package's. */
async function webTypes() {
  const { name, version } = JSON.parse(await readFile(join(here, "../../pkg/package.json"), "utf8"));
  return `${JSON.stringify({ ...JSON.parse(getWebTypesData(copy(), { ...quietly, packageJson: false })), name, version }, null, 1)}\n`;
}

/** A wasm file as a module with a function `instantiate(imports)`, which gives its exports. */
function translated(wasm) {
  return {
    name: "translated",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^made:vote$/ }, () => ({ path: wasm, namespace: "translated" }));
      onLoad({ filter: /.*/, namespace: "translated" }, async () => {
        const [words, script] = [`${wasm}.wat`, `${wasm}.js`];
        const tool = (name, ...parameters) => {
          const ran = spawnSync(process.execPath, [join(here, "node_modules/binaryen/bin", name), ...parameters], { stdio: "inherit" });
          if (ran.status !== 0) throw new Error(`${name} does not take the vote module`);
        };
        // It takes a while, and the folder is made anew with the module.
        if (!existsSync(script)) {
          tool("wasm-dis", wasm, "-o", words);
          // wasm-bindgen adds a table for JavaScript's objects, of which none crosses here; wasm2js knows one table only.
          const table = /^ \((?:export "__wbindgen_externrefs" .*|table .* externref)\)$/gm;
          await writeFile(words, (await readFile(words, "utf8")).replace(table, ""));
          tool("wasm2js", words, "-O", "-o", `${script}.partial`);
          await rename(`${script}.partial`, script);
        }
        const text = await readFile(script, "utf8");
        // What follows starts the module at once, under imports that the text names.
        const body = text.slice(0, text.indexOf("var retasmFunc =")).replace(/^import .*;$/gm, "");
        const noTable = "{ grow: () => 0, set: () => undefined }";
        return { contents: `${body}\nexport const instantiate = (imports) => ({ ...asmFunc(imports), __wbindgen_externrefs: ${noTable} });`, loader: "js" };
      });
    },
  };
}

/** Where the vote module as a script lies, seen from the chunk that imports it. */
function voteScript(folder) {
  return { name: "vote-script", setup: ({ onResolve }) => void onResolve({ filter: /^#vote-script$/ }, () => ({ path: `${folder}tastemaker-vote.js`, external: true })) };
}

/**
 * Where the code of encoders with a network lies, which bindings/encoder has built into a folder of its own. In the slim entries it is
 * not named: it asks for its address. There whoever has `openEncoder` of `tastemaker/encoder` gives the encoder to `useEncoder`.
 */
function network(path) {
  return {
    name: "network",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^#network$/ }, () => (path ? { path, external: true } : { path: "none", namespace: "network" }));
      onLoad({ filter: /.*/, namespace: "network" }, () => ({ contents: `throw new Error("the slim entries bring no networks");`, loader: "js" }));
    },
  };
}

/** Modules that exist only while building: what defines one element, the React components, and unions of entries. */
function madeHere() {
  const nothing = { resolveDir: src, loader: "js" };
  const make = (name) => {
    const [kind, which] = name.split("/");
    // The sources define their elements themselves. It is said once more here, because package.json promises bundlers that the
    // chunks have no effects, so that whoever uses one React component does not get all elements; only entries have any.
    if (kind === "define") {
      const { name: className, tagName } = elements.find(({ file }) => file === which);
      return `import { define } from "./elements/element.ts";
        import { TasteRound } from "./elements/round.ts";
        import { ${className} as Element } from "./elements/${which}.ts";
        define("taste-round", TasteRound);
        define("${tagName}", Element);
        export { Element as ${className} };`;
    }
    if (kind === "all") return `import { register } from "./elements/register.ts"; register(); export * from "./elements/register.ts";`;
    if (kind === "react") {
      return reactComponents(elements, { wrap: join(here, "../react/wrap.js"), source: (file) => `./elements/${file}.ts` });
    }
    if (kind === "node") return `import "./files.ts"; export * from "./${which}.ts";`;
    return `export * from "./index.ts"; export * from "./elements/register.ts";`;
  };
  return {
    name: "made-here",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^made:/ }, ({ path }) => ({ path: path.slice("made:".length), namespace: "made" }));
      onLoad({ filter: /.*/, namespace: "made" }, ({ path }) => ({ ...nothing, contents: make(path) }));
    },
  };
}

/** Whoever imports one module of a group imports the group, so the bundler puts it into one file. */
function grouped() {
  const groupOf = new Map(Object.entries(GROUPS).flatMap(([group, files]) => files.map((file) => [join(src, `${file}.ts`), group])));
  return {
    name: "grouped",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^\.\.?\/.*\.ts$/ }, ({ path, resolveDir, importer, kind, namespace }) => {
        if (kind !== "import-statement") return undefined;
        const group = groupOf.get(join(resolveDir, path));
        // Inside its group a module is itself.
        if (group === undefined || namespace === "group" || groupOf.get(importer) === group) return undefined;
        return { path: group, namespace: "group" };
      });
      onLoad({ filter: /.*/, namespace: "group" }, ({ path }) => ({
        contents: GROUPS[path].map((file) => `export * from "./${file}.ts";`).join("\n"),
        resolveDir: src,
        loader: "js",
      }));
    },
  };
}

/** `import frame from "./duel.frame"`. */
function frames() {
  return {
    name: "frames",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /\.frame$/ }, ({ path }) => ({ path: path.match(/([\w-]+)\.frame$/)[1], namespace: "frame" }));
      onLoad({ filter: /.*/, namespace: "frame" }, ({ path }) => ({ contents: JSON.stringify(framed[`taste-${path}`] ?? { nodes: [], words: {} }), loader: "json" }));
    },
  };
}

/** Style sheets travel as text inside the modules; white space and comments stay behind. */
function minifiedCss(minify) {
  return {
    name: "css-text",
    setup({ onLoad }) {
      onLoad({ filter: /\.css$/ }, async ({ path }) => {
        const result = await build({ entryPoints: [path], minify, write: false, loader: { ".css": "css" }, logLevel: "silent" });
        return { contents: result.outputFiles[0].text, loader: "text" };
      });
    },
  };
}

/**
 * A file that is imported on demand names files that it needs, and the browser learns of those only once it has read it: on a
 * phone that is a fifth of a second for every step. So whoever imports it asks for all of them at once.
 */
async function hint(outputs) {
  const needs = (file, found = new Set()) => {
    for (const { path, kind } of outputs[file].imports) {
      if (kind !== "import-statement" || found.has(path) || !outputs[path]) continue;
      found.add(path);
      needs(path, found);
    }
    return found;
  };
  for (const [file, { imports }] of Object.entries(outputs)) {
    const here = needs(file).add(file);
    const way = (to) => `"./${relative(dirname(file), to)}"`;
    let text = await readFile(join(process.cwd(), file), "utf8");
    for (const { path } of imports.filter(({ path, kind }) => kind === "dynamic-import" && outputs[path])) {
      const also = [...needs(path)].filter((needed) => !here.has(needed)).map((needed) => `import(${way(needed)}).catch(()=>{})`);
      // A failure is told by the import that is waited for.
      if (also.length > 0) text = text.replaceAll(`import(${way(path)})`, `(${also.join(",")},import(${way(path)}))`);
    }
    await writeFile(join(process.cwd(), file), text);
  }
}

/** `new URL("./tastemaker-first.wasm", import.meta.url)` is true only beside the wasm files. */
async function addressesHold() {
  for (const entry of await readdir(join(dist, "elements"), { withFileTypes: true })) {
    const file = join(dist, "elements", entry.name);
    if ((await readFile(file, "utf8")).includes("import.meta.url")) throw new Error(`${relative(dist, file)} asks for its address, but the wasm lies elsewhere`);
  }
}
