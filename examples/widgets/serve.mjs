// Serves this folder, and the built package under /pkg/. Any file server does the same; this one needs no installation.
//
//   node serve.mjs [PORT]

import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const pkg = join(process.env.PKG_DIR ?? join(here, "../../pkg"), "dist");
if (!existsSync(pkg)) {
  process.stderr.write(`${pkg} is not there yet: run \`cargo xtask build --web\` first\n`);
  process.exit(1);
}
const types = { ".css": "text/css", ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".json": "application/json", ".wasm": "application/wasm", ".webm": "video/webm" };

const server = createServer(async (request, response) => {
  try {
    const path = normalize(decodeURIComponent(new URL(request.url, "http://host").pathname));
    const name = path.endsWith("/") ? join(path, "index.html") : path;
    const file = name.startsWith("/pkg/") ? join(pkg, name.slice("/pkg/".length)) : join(here, name);
    const content = await readFile(file);
    response.writeHead(200, { "content-type": types[extname(file)] ?? "application/octet-stream" }).end(content);
  } catch {
    response.writeHead(404).end();
  }
});
server.listen(Number(process.argv[2] ?? 8080), "127.0.0.1", () => {
  process.stdout.write(`http://127.0.0.1:${server.address().port}\n`);
});
