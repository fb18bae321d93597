// Serves the pages of docs/elements with the built package under /pkg/, and the round that they vote in.
//
//   node docs/serve.mjs [PORT]

import { createServer } from "node:http";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const pkg = join(process.env.PKG_DIR ?? join(here, "../pkg"), "dist");
if (!existsSync(pkg)) {
  process.stderr.write(`${pkg} is not there yet: run \`cargo xtask build --web\` first\n`);
  process.exit(1);
}
const types = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".json": "application/json", ".wasm": "application/wasm" };

const server = createServer(async (request, response) => {
  try {
    const path = normalize(decodeURIComponent(new URL(request.url, "http://host").pathname));
    const name = path.endsWith("/") ? join(path, "index.html") : path;
    const file = name.startsWith("/pkg/")
      ? join(pkg, name.slice("/pkg/".length))
      : name === "/round.json"
        ? join(here, "../examples/plain-html/round.json")
        : join(here, "elements", name);
    response.writeHead(200, { "content-type": types[extname(file)] ?? "application/octet-stream" }).end(await readFile(file));
  } catch {
    response.writeHead(404).end();
  }
});
server.listen(Number(process.argv[2] ?? 8080), "127.0.0.1", () => {
  process.stdout.write(`http://127.0.0.1:${server.address().port}\n`);
});
