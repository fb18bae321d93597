// usage: node bench-ballots.mjs GLUE_FOLDER node|chromium  → rows of the bench as JSON on stdout.

import { createServer } from "node:http";
import { readFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { bundle, launch, root, version } from "./tools.mjs";

const [glueFolder, where] = process.argv.slice(2);
const source = `export { bench } from ${JSON.stringify(join(root, "crates/xtask/js/ballots.mjs"))};`;
const script = await bundle(source);
const wasm = join(glueFolder, "tastemaker_web_bg.wasm");

async function inNode() {
  const folder = join(root, "target/bench");
  await mkdir(folder, { recursive: true });
  const file = join(folder, "ballots.bundle.mjs");
  await writeFile(file, script);
  const glue = await import(pathToFileURL(join(glueFolder, "tastemaker_web.js")).href);
  await glue.default({ module_or_path: await readFile(wasm) });
  const { bench } = await import(pathToFileURL(file).href);
  return bench(glue);
}

async function inChromium() {
  const files = {
    "/": ["text/html", "<!doctype html><title>bench</title>"],
    "/bench.js": ["text/javascript", script],
    "/tastemaker_web.js": ["text/javascript", await readFile(join(glueFolder, "tastemaker_web.js"))],
    "/tastemaker_web_bg.wasm": ["application/wasm", await readFile(wasm)],
  };
  const server = createServer((request, response) => {
    const file = files[request.url];
    if (!file) return response.writeHead(404).end();
    response.writeHead(200, { "content-type": file[0] }).end(file[1]);
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const browser = await launch();
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    return await page.evaluate(async () => {
      const glue = await import("/tastemaker_web.js");
      await glue.default({ module_or_path: "/tastemaker_web_bg.wasm" });
      const { bench } = await import("/bench.js");
      return bench(glue);
    });
  } finally {
    await browser.close();
    server.close();
  }
}

const rows = where === "chromium" ? await inChromium() : await inNode();
const place = where === "chromium" ? "Chromium" : "Node.js";
console.log(
  JSON.stringify(
    rows.map(({ name, ours, peer }) => ({
      name: `${name} (${place})`,
      unit: "operations/s",
      ours,
      peer,
      peer_name: `viem ${version("viem")}`,
      ratio: ours / peer,
    })),
  ),
);
