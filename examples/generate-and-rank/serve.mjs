// Serves this folder under the strict content policy, and the built package under /pkg/.
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
const policy = [
  "default-src 'self'",
  // Compiling WebAssembly; not `eval`.
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");
const types = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".json": "application/json", ".wasm": "application/wasm" };

const server = createServer(async (request, response) => {
  try {
    const path = normalize(decodeURIComponent(new URL(request.url, "http://host").pathname));
    const name = path.endsWith("/") ? join(path, "index.html") : path;
    const file = name.startsWith("/pkg/") ? join(pkg, name.slice("/pkg/".length)) : join(here, name);
    const content = await readFile(file);
    const headers = { "content-type": types[extname(file)] ?? "application/octet-stream", "content-security-policy": policy, "x-content-type-options": "nosniff" };
    response.writeHead(200, headers).end(content);
  } catch {
    response.writeHead(404).end();
  }
});
server.listen(Number(process.argv[2] ?? 8080), "127.0.0.1", () => {
  process.stdout.write(`http://127.0.0.1:${server.address().port}\n`);
});
