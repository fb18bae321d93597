// What a page loads, in brotli bytes at quality 11 (what a server or a content network sends).
//
// usage: node size.mjs  → JSON on stdout; the shape is in crates/xtask/README.md under `size`.
//
// The light path is found, not listed: from the package's `./elements` entry esbuild follows every static and
// dynamic import; wasm and CSS count where a reachable script names them. So a file that a page could load on the
// way to its first signed vote counts, even where one particular page would not ask for it. Only one door is left
// shut: the dynamic import of the script that names tastemaker-content.wasm. What is behind it and nowhere else is the
// content module, measured apart; a file of it that leaked to this side of the door counts for the light path.

import { readFile, readdir } from "node:fs/promises";
import { join, relative, basename } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { bundle, esbuild, root, version } from "./tools.mjs";

const pkg = join(root, "pkg");
const dist = join(pkg, "dist");

const brotli = (bytes) =>
  brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  }).length;

/** The file that a browser gets for an entry of the exports map. */
function entry(manifest, name) {
  let target = manifest.exports?.[name];
  while (target && typeof target === "object") target = target.browser ?? target.import ?? target.default;
  if (!target) throw new Error(`pkg/package.json exports no ${name}`);
  return join(pkg, target);
}

async function everyFile(folder) {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries.filter((file) => file.isFile()).map((file) => join(file.parentPath ?? file.path, file.name));
}

const CONTENT_WASM = "tastemaker-content.wasm";

/** Scripts reachable from a file: path → `first_paint`, `first_vote` (through a dynamic import) or `content`. */
async function reachable(start) {
  const { metafile } = await esbuild().build({
    entryPoints: [start],
    bundle: true,
    format: "esm",
    platform: "browser",
    splitting: true,
    outdir: join(root, "target/size"),
    write: false,
    metafile: true,
    logLevel: "error",
    absWorkingDir: root,
    loader: { ".wasm": "empty" },
  });
  const found = new Map();
  const visit = async (path, when) => {
    if (found.has(path) && WHENS.indexOf(found.get(path)) <= WHENS.indexOf(when)) return;
    found.set(path, when);
    for (const { path: next, kind, external } of metafile.inputs[path]?.imports ?? []) {
      if (external) continue;
      if (kind !== "dynamic-import") await visit(next, when);
      else await visit(next, (await text(join(root, next))).includes(CONTENT_WASM) ? "content" : later(when, "first_vote"));
    }
  };
  await visit(relative(root, start), "first_paint");
  return new Map([...found].map(([path, when]) => [join(root, path), when]));
}

/** When a file is needed, the earliest first; one that is needed at several times counts for the earliest. */
const WHENS = ["first_paint", "first_vote", "content"];

const later = (one, other) => WHENS[Math.max(WHENS.indexOf(one), WHENS.indexOf(other))];

const text = (path) => readFile(path, "utf8");

async function ours() {
  const manifest = JSON.parse(await text(join(pkg, "package.json")));
  const scripts = await reachable(entry(manifest, "./elements"));
  const texts = new Map(await Promise.all([...scripts.keys()].map(async (path) => [path, await text(path)])));
  const files = {};
  const add = async (path, when) => {
    const bytes = await readFile(path);
    files[relative(pkg, path)] = { raw: bytes.length, brotli: brotli(bytes), when };
  };
  for (const [path, when] of scripts) await add(path, when);
  for (const path of await everyFile(dist)) {
    const namedBy = [...scripts].filter(([script]) => texts.get(script).includes(basename(path)));
    const first = WHENS.find((when) => namedBy.some(([, needed]) => needed === when));
    if (first === undefined) continue;
    if (path.endsWith(".css")) await add(path, first);
    if (path.endsWith(".wasm")) await add(path, later(first, "first_vote"));
  }
  // Had the two modules grown into one script, the door above would hide too much or nothing.
  for (const [file, when] of [["dist/tastemaker.wasm", "first_vote"], [`dist/${CONTENT_WASM}`, "content"]]) {
    if (files[file]?.when !== when) throw new Error(`${file} is needed for ${files[file]?.when ?? "nothing"} instead of ${when}`);
  }
  return files;
}

/** What a page would load to sign one EIP-712 message with these libraries, and nothing else. */
const PEERS = [
  [
    "viem",
    `import { privateKeyToAccount } from "viem/accounts";
     export const sign = (key, typedData) => privateKeyToAccount(key).signTypedData(typedData);`,
  ],
  [
    "ethers",
    `import { Wallet } from "ethers";
     export const sign = (key, domain, types, message) => new Wallet(key).signTypedData(domain, types, message);`,
  ],
];

async function peers() {
  const rows = [];
  for (const [name, source] of PEERS) {
    const bytes = await bundle(source);
    rows.push({ name: `${name} ${version(name)}, sign typed data`, raw: bytes.length, brotli: brotli(bytes) });
  }
  return rows;
}

const files = await ours();
const sum = (...whens) =>
  Object.values(files)
    .filter((file) => whens.includes(file.when))
    .reduce((total, file) => total + file.brotli, 0);

console.log(
  JSON.stringify({
    first_paint: sum("first_paint"),
    first_vote: sum("first_paint", "first_vote"),
    content_module: sum("content"),
    encoder_module: null,
    files,
    peers: await peers(),
  }),
);
