// usage: node bench-posterior.mjs GLUE_FOLDER  → seconds of each part of a person's posterior in Chromium, as JSON on stdout.

import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { launch } from "./tools.mjs";

const [folder] = process.argv.slice(2);
const served = {
  "/": ["text/html", "<!doctype html><title>bench</title>"],
  "/bench.js": ["text/javascript", await readFile(join(folder, "bench_posterior.js"), "utf8")],
  "/bench.wasm": ["application/wasm", await readFile(join(folder, "bench_posterior_bg.wasm"))],
};
const server = createServer((request, response) => {
  const file = served[request.url];
  if (!file) return response.writeHead(404).end();
  // Apart from other origins, where the clock is finer.
  const headers = { "content-type": file[0], "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };
  response.writeHead(200, headers).end(file[1]);
});
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const browser = await launch();
try {
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  const found = await page.evaluate(async () => {
    const { default: start, Bench } = await import("/bench.js");
    await start({ module_or_path: "/bench.wasm" });
    /** Seconds of one turn: the quickest of nine, after three that warm up. What else the machine does only ever adds. */
    const quickest = (turn, count) => {
      for (let warm = 0; warm < 3; warm += 1) turn();
      const seconds = Array.from({ length: 9 }, () => {
        const began = performance.now();
        turn();
        return (performance.now() - began) / 1000 / count;
      });
      return Math.min(...seconds);
    };
    const small = new Bench(1_000);
    const learn = quickest(() => small.learn(200), 200);
    const choose_1000 = quickest(() => Array.from({ length: 10 }, () => small.choose()), 10);
    const large = new Bench(100_000);
    const choose_100000 = quickest(() => large.choose(), 1);
    const score = quickest(() => large.score(), 1);
    return { learn, choose_1000, choose_100000, score };
  });
  console.log(JSON.stringify(found));
} finally {
  await browser.close();
  server.close();
}
