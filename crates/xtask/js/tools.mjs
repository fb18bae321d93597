// The npm packages that the measuring scripts use, from where bindings/web installed them, and the peers of the sizes.

import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = resolve(fileURLToPath(import.meta.url), "../../../..");
export const web = join(root, "bindings/web");
export const packages = join(web, "node_modules");

const require = createRequire(join(web, "package.json"));

/** esbuild: bundles what a page would load. */
export const esbuild = () => require("esbuild");

/** playwright-core: drives the Chromium named by `CHROMIUM`. */
export const chromium = () => require("playwright-core").chromium;

/** Where what is only measured is installed. */
const measured = join(root, "crates/xtask/peers/node_modules");
const folderOf = (name) => [packages, measured].find((folder) => existsSync(join(folder, name, "package.json"))) ?? measured;

/** The installed version of an npm package. */
export const version = (name) => JSON.parse(readFileSync(join(folderOf(name), name, "package.json"), "utf8")).version;

/** Starts the browser; as root (containers) Chromium refuses its own sandbox. */
export async function launch() {
  const executablePath = process.env.CHROMIUM;
  if (!executablePath) throw new Error("CHROMIUM names no browser; cargo xtask sets it");
  const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  return chromium().launch({ executablePath, args });
}

/** Bundles source text with the packages of bindings/web, minified, as one ES module. */
export async function bundle(source, options = {}) {
  const built = await esbuild().build({
    stdin: { contents: source, resolveDir: root, loader: "js" },
    nodePaths: [packages, measured],
    // What packages made for Node ask whether they are there.
    define: { global: "globalThis", "process.env.NODE_ENV": '"production"' },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    write: false,
    logLevel: "error",
    ...options,
  });
  return built.outputFiles[0].contents;
}
