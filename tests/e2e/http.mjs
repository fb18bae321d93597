// Two small HTTP servers for the tests: one that serves folders and nothing else, and one that stands between a page
// and a server and spoils the answers on request.

import { createServer, request as send } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".json": "application/json",
  ".wasm": "application/wasm",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".png": "image/png",
};

const listening = (server) =>
  // A test that fails must not be kept alive by what it left running.
  new Promise((ready) => server.unref().listen(0, "127.0.0.1", () => ready(`http://127.0.0.1:${server.address().port}`)));

function closing(server) {
  return () =>
    new Promise((done) => {
      server.closeAllConnections();
      server.close(done);
    });
}

/** Serves files of these folders, the first that has one wins; `headers` go with each. `asked` lists the paths. */
export async function serveFolders(folders, headers = {}) {
  const asked = [];
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://host");
    asked.push(`${request.method} ${pathname}`);
    const name = normalize(decodeURIComponent(pathname.endsWith("/") ? `${pathname}index.html` : pathname));
    for (const folder of folders) {
      const content = await readFile(join(folder, name)).catch(() => undefined);
      if (content === undefined) continue;
      return response.writeHead(200, { "content-type": TYPES[extname(name)] ?? "application/octet-stream", ...headers }).end(content);
    }
    response.writeHead(404).end();
  });
  return { url: await listening(server), asked, close: closing(server) };
}

/**
 * Passes everything on to `target`, except what `spoil(request)` names: `"garbage"` (200 and a page of HTML),
 * `"error"` (500), `"hang"` (never an answer), `"cut"` (the connection breaks after the server got it all).
 */
export async function between(target) {
  const middle = { spoil: () => undefined, spoiled: 0 };
  const server = createServer((request, response) => {
    const how = middle.spoil(request);
    if (how !== undefined) middle.spoiled += 1;
    if (how === "garbage") return response.writeHead(200, { "content-type": "text/html" }).end("<h1>Welcome to the hotel's network</h1>");
    if (how === "error") return response.writeHead(500, { "content-type": "text/plain" }).end("out of order");
    if (how === "hang") return request.resume();
    const { hostname, port } = new URL(target);
    const passed = send({ hostname, port, path: request.url, method: request.method, headers: request.headers }, (answer) => {
      if (how === "cut") {
        answer.resume();
        return answer.once("end", () => response.destroy());
      }
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
      response.once("close", () => answer.destroy());
    });
    passed.once("error", () => response.destroy());
    request.pipe(passed);
  });
  middle.url = await listening(server);
  middle.close = closing(server);
  return middle;
}
