// Bundles the TypeScript face with the wasm-bindgen glue into the npm package's files, and writes the declarations.
//
//   node build.mjs WEB_GLUE_FOLDER CONTENT_GLUE_FOLDER DIST_FOLDER [--dev]
import { spawnSync } from "node:child_process";
import { copyFile, mkdir, readdir, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const [web, content, dist] = process.argv.slice(2, 5).map((folder) => folder && resolve(folder));
const dev = process.argv.includes("--dev");
if (!web || !content || !dist) {
  process.stderr.write("usage: node build.mjs WEB_GLUE_FOLDER CONTENT_GLUE_FOLDER DIST_FOLDER [--dev]\n");
  process.exit(2);
}

await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });

const shared = {
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: !dev,
  sourcemap: dev ? "inline" : false,
  legalComments: "none",
  alias: { "#wasm": join(web, "tastemaker_web.js"), "#content-wasm": join(content, "tastemaker_content.js") },
  loader: { ".css": "text" },
  plugins: [minifiedCss(!dev)],
  logLevel: "warning",
};
// One graph with shared chunks: a page that imports the core and the elements loads the core once, and `content.ts`, which
// is only ever imported dynamically, has a chunk of its own.
const elements = (await readdir(join(here, "src/elements"))).includes("register.ts");
await build({
  ...shared,
  entryPoints: { index: join(here, "src/index.ts"), ...(elements && { elements: join(here, "src/elements/register.ts") }) },
  outdir: dist,
  splitting: true,
  chunkNames: "chunk-[hash]",
});
// Node is a world of its own: it never shares a page with the above.
await build({ ...shared, entryPoints: { node: join(here, "src/node.ts") }, outdir: dist, platform: "neutral", external: ["node:*"] });
await copyFile(join(web, "tastemaker_web_bg.wasm"), join(dist, "tastemaker.wasm"));
await copyFile(join(content, "tastemaker_content_bg.wasm"), join(dist, "tastemaker-content.wasm"));

// --dev is the quick loop; the declarations are still needed by packaging, so a type error always fails the build.
const tsc = spawnSync(process.execPath, [join(here, "node_modules/typescript/bin/tsc"), "-p", here, "--outDir", join(dist, "types")], { stdio: "inherit" });
if (tsc.status !== 0) process.exit(tsc.status ?? 1);

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
