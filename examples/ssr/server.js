// Renders the page, the widget in it too, and serves what `vite build` made.
//
//   node server.js [PORT]

import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { createElement as h } from "react";
import { renderToString } from "react-dom/server";
import { renderToString as renderElement } from "tastemaker/server";

import { App } from "./app.js";

const built = fileURLToPath(new URL("dist", import.meta.url));
const types = { ".js": "text/javascript", ".json": "application/json", ".wasm": "application/wasm" };

const round = JSON.parse(await readFile(new URL("public/round.json", import.meta.url), "utf8"));
// The widget as it will look before the first question: a shadow root in the markup, which the parser attaches. React, which
// knows nothing of it, finds the element as it wrote it.
const duel = await renderElement("taste-duel", { advance: "manual" }, { round });
const body = renderToString(h(App)).replace(/<taste-duel[^>]*><\/taste-duel>/, () => duel);

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tastemaker, rendered by a server</title>
<link rel="icon" href="data:,">
<script type="module" src="/client.js"></script>
</head>
<body>
<div id="root">${body}</div>
</body>
</html>
`;

const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url, "http://host");
  if (pathname === "/") return response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(page);
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
