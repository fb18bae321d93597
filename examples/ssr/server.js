// Renders the page for every request, and serves what `vite build` made.
//
//   node server.js [PORT]

import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { createElement as h } from "react";
import { renderToString } from "react-dom/server";

import { App } from "./app.js";

const built = fileURLToPath(new URL("dist", import.meta.url));
const types = { ".js": "text/javascript", ".json": "application/json", ".wasm": "application/wasm" };

const page = () => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tastemaker, rendered by a server</title>
<link rel="icon" href="data:,">
<script type="module" src="/client.js"></script>
</head>
<body>
<div id="root">${renderToString(h(App))}</div>
</body>
</html>
`;

const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url, "http://host");
  if (pathname === "/") return response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(page());
  try {
    const content = await readFile(join(built, normalize(decodeURIComponent(pathname))));
    response.writeHead(200, { "content-type": types[extname(pathname)] ?? "application/octet-stream" }).end(content);
  } catch {
    response.writeHead(404).end();
  }
});
server.listen(Number(process.argv[2] ?? 8080), "127.0.0.1", () => {
  process.stdout.write(`http://127.0.0.1:${server.address().port}\n`);
});
