// Bundles the encoder module into a folder of its own of the npm package: the page's face, the worker, Node's face, three
// wasm modules, and ONNX Runtime Web's files as npm has them.
//
//   node build.mjs ENCODER_GLUE_FOLDER PICTURES_GLUE_FOLDER SENSES_GLUE_FOLDER OUT_FOLDER [--dev]
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFile, mkdir, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
// The tools are those of bindings/web.
const tools = join(here, "../web");
const { build } = createRequire(join(tools, "package.json"))("esbuild");
const [encoder, pictures, senses, out] = process.argv.slice(2, 6).map((folder) => folder && resolve(folder));
const dev = process.argv.includes("--dev");
if (!encoder || !pictures || !senses || !out) {
  process.stderr.write("usage: node build.mjs ENCODER_GLUE_FOLDER PICTURES_GLUE_FOLDER SENSES_GLUE_FOLDER OUT_FOLDER [--dev]\n");
  process.exit(2);
}

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });

// ONNX Runtime Web is not bundled: its script starts its threads from its own address.
const runtime = join(here, "node_modules/onnxruntime-web/dist");
const files = {
  // Not every server knows what .mjs is.
  script: [join(runtime, "ort.wasm.bundle.min.mjs"), "ort.wasm.bundle.min.js"],
  runtime: [join(runtime, "ort-wasm-simd-threaded.wasm"), "ort-wasm-simd-threaded.wasm"],
  // With WebGPU, fetched where a page asks for that: the build whose waiting the browser does itself, ten megabytes smaller than the other.
  gpuScript: [join(runtime, "ort.jspi.bundle.min.mjs"), "ort.jspi.bundle.min.js"],
  gpuRuntime: [join(runtime, "ort-wasm-simd-threaded.jspi.wasm"), "ort-wasm-simd-threaded.jspi.wasm"],
  encoder: [join(encoder, "tastemaker_encoder_bg.wasm"), "tastemaker-encoder.wasm"],
  pictures: [join(pictures, "tastemaker_pictures_bg.wasm"), "tastemaker-pictures.wasm"],
  senses: [join(senses, "tastemaker_senses_bg.wasm"), "tastemaker-senses.wasm"],
};
const digests = {};
for (const [name, [from, to]] of Object.entries(files)) {
  digests[name] = `0x${createHash("sha256").update(await readFile(from)).digest("hex")}`;
  await copyFile(from, join(out, to));
}

// What its files must be passed on with.
for (const name of ["ONNX-RUNTIME-LICENSE.txt", "ONNX-RUNTIME-NOTICES.txt"]) await copyFile(join(here, "licences", name), join(out, name));

const shared = {
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: !dev,
  legalComments: "none",
  logLevel: "warning",
  alias: { "#encoder-wasm": join(encoder, "tastemaker_encoder.js"), "#pictures-wasm": join(pictures, "tastemaker_pictures.js"), "#senses-wasm": join(senses, "tastemaker_senses.js") },
  plugins: [
    {
      name: "our-parts",
      setup({ onResolve, onLoad }) {
        onResolve({ filter: /^#files$/ }, () => ({ path: "files", namespace: "digests" }));
        onLoad({ filter: /.*/, namespace: "digests" }, () => ({ contents: `export const FILES = ${JSON.stringify(digests)};` }));
      },
    },
  ],
};
// What plays films is a file of its own: most pages have none.
await build({ ...shared, entryPoints: { index: join(here, "src/index.ts") }, outdir: out, splitting: true });
await build({ ...shared, entryPoints: { worker: join(here, "src/worker.ts") }, outdir: out });
await build({ ...shared, entryPoints: { node: join(here, "src/node.ts") }, outdir: out, platform: "neutral", external: ["node:*"] });

// The declarations are those of bindings/web; here it is only checked that the code keeps to them.
const tsc = spawnSync(process.execPath, [join(tools, "node_modules/typescript/bin/tsc"), "-p", here], { stdio: "inherit" });
if (tsc.status !== 0) process.exit(tsc.status ?? 1);
