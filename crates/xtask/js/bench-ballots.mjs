// usage: node bench-ballots.mjs VOTE_GLUE_FOLDER TASTE_GLUE_FOLDER node|chromium  → rows of the bench as JSON on stdout.

import { createServer } from "node:http";
import { readFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { bundle, launch, root, version } from "./tools.mjs";

const [voteFolder, tasteFolder, where] = process.argv.slice(2);
const source = `export { bench } from ${JSON.stringify(join(root, "crates/xtask/js/ballots.mjs"))};`;
const script = await bundle(source);
/** Glue that asks the page for advice: nobody is asked here. */
const withoutAdvice = (glue) => glue.replace(/^import .* from ["']#advisor["'];?$/gm, "const advise = () => '';").replace(/^import \* as (\w+) from ["']#advisor["'];?$/gm, "const $1 = {};");
const modules = { web: voteFolder, taste: tasteFolder };
const read = async (stem, folder) => ({
  glue: withoutAdvice(await readFile(join(folder, `tastemaker_${stem}.js`), "utf8")),
  wasm: await readFile(join(folder, `tastemaker_${stem}_bg.wasm`)),
});
const files = Object.fromEntries(await Promise.all(Object.entries(modules).map(async ([stem, folder]) => [stem, await read(stem, folder)])));

async function inNode() {
  const folder = join(root, "target/bench");
  await mkdir(folder, { recursive: true });
  const file = join(folder, "ballots.bundle.mjs");
  await writeFile(file, script);
  const started = Object.entries(files).map(async ([stem, { glue, wasm }]) => {
    const path = join(folder, `${stem}.glue.mjs`);
    await writeFile(path, glue);
    const module = await import(pathToFileURL(path).href);
    await module.default({ module_or_path: wasm });
    return module;
  });
  const { bench } = await import(pathToFileURL(file).href);
  return bench(...(await Promise.all(started)));
}

async function inChromium() {
  const served = { "/": ["text/html", "<!doctype html><title>bench</title>"], "/bench.js": ["text/javascript", script] };
  for (const [stem, { glue, wasm }] of Object.entries(files)) {
    served[`/${stem}.js`] = ["text/javascript", glue];
    served[`/${stem}.wasm`] = ["application/wasm", wasm];
  }
  const server = createServer((request, response) => {
    const file = served[request.url];
    if (!file) return response.writeHead(404).end();
    response.writeHead(200, { "content-type": file[0] }).end(file[1]);
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const browser = await launch();
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    return await page.evaluate(async () => {
      const started = ["web", "taste"].map(async (stem) => {
        const module = await import(`/${stem}.js`);
        await module.default({ module_or_path: `/${stem}.wasm` });
        return module;
      });
      const { bench } = await import("/bench.js");
      return bench(...(await Promise.all(started)));
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
    rows.map(({ name, ours, peer, peerName }) => ({
      name: `${name} (${place})`,
      unit: "operations/s",
      ours,
      peer,
      peer_name: peerName ?? `viem ${version("viem")}`,
      ratio: ours / peer,
    })),
  ),
);
