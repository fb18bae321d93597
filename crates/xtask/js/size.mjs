// What a page loads, in brotli bytes at quality 11 (what a server or a content network sends).
//
// usage: node size.mjs  → JSON on stdout; the shape is in crates/xtask/README.md under `size`.
//
// The light path is found, not listed: from the package's `./elements` entry esbuild follows every static and
// dynamic import; wasm and CSS count where a reachable script names them. So a file that a page could load on the
// way to its first signed vote counts, even where one particular page would not ask for it.

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

/** Scripts reachable from a file: path → whether only through a dynamic import. */
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
  const late = new Map();
  const visit = (path, isLate) => {
    if (late.has(path) && (late.get(path) === false || isLate)) return;
    late.set(path, isLate);
    for (const { path: next, kind, external } of metafile.inputs[path]?.imports ?? []) {
      if (!external) visit(next, isLate || kind === "dynamic-import");
    }
  };
  visit(relative(root, start), false);
  return new Map([...late].map(([path, isLate]) => [join(root, path), isLate]));
}

async function ours() {
  const manifest = JSON.parse(await readFile(join(pkg, "package.json"), "utf8"));
  const scripts = await reachable(entry(manifest, "./elements"));
  const texts = await Promise.all([...scripts.keys()].map((path) => readFile(path, "utf8")));
  const files = {};
  const add = async (path, when) => {
    const bytes = await readFile(path);
    files[relative(pkg, path)] = { raw: bytes.length, brotli: brotli(bytes), when };
  };
  for (const [path, isLate] of scripts) await add(path, isLate ? "first_vote" : "first_paint");
  for (const path of await everyFile(dist)) {
    const named = () => texts.some((text) => text.includes(basename(path)));
    if (path.endsWith(".css") && named()) await add(path, "first_paint");
    if (path.endsWith(".wasm") && named()) await add(path, "first_vote");
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
    encoder_module: null,
    files,
    peers: await peers(),
  }),
);
