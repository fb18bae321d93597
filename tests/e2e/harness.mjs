// What the end-to-end tests share: temporary folders, a real `taste serve`, small rounds from the gallery, Chromium.
// Nothing here knows what a test is about. Where things are comes from the environment (`cargo xtask test` sets it),
// else from where a build leaves them.

import { execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const root = resolve(fileURLToPath(import.meta.url), "../../..");
export const require = createRequire(join(root, "bindings/web/package.json"));
const run = promisify(execFile);

/** The npm package's `dist`: `PKG_DIR` may name the package or its `dist`. */
export const dist = (() => {
  const given = process.env.PKG_DIR ?? join(root, "pkg");
  return existsSync(join(given, "dist")) ? join(given, "dist") : given;
})();

/** The `taste` command. */
export const taste = process.env.TASTE_BIN ?? join(root, "target/debug/taste");

// ---- waiting -----------------------------------------------------------------------------------------------------

/** Waits until `look` gives something truthy, and gives that; the time limit only bounds a failure, also that of a look which hangs. */
export async function until(what, look, seconds = 30) {
  const end = Date.now() + seconds * 1000;
  let last;
  let timer;
  const late = new Promise((_, failed) => {
    timer = setTimeout(() => failed(new Error(`waited ${seconds} s for ${what}: a look at it has no end`)), seconds * 1000 + 10_000);
  });
  late.catch(() => undefined);
  try {
    for (;;) {
      try {
        const found = await Promise.race([look(), late]);
        if (found) return found;
        last = undefined;
      } catch (error) {
        last = error;
      }
      if (Date.now() > end) throw new Error(`waited ${seconds} s for ${what}`, { cause: last });
      await new Promise((done) => setTimeout(done, 25));
    }
  } finally {
    clearTimeout(timer);
  }
}

// ---- folders -----------------------------------------------------------------------------------------------------

const folders = new Set();
process.on("exit", () => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** A fresh folder that is gone when this process is. */
export function temporary(name = "e2e") {
  const folder = mkdtempSync(join(tmpdir(), `taste-${name}-`));
  folders.add(folder);
  return folder;
}

/** A folder to serve: the test pages, the package under `/pkg/`, and whatever a test adds. */
export function site(files = {}, pages = join(root, "tests/e2e/site")) {
  const folder = temporary("site");
  symlinkSync(dist, join(folder, "pkg"));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return [folder, pages];
}

// ---- the server --------------------------------------------------------------------------------------------------

const children = new Set();
process.on("exit", () => children.forEach((child) => child.kill("SIGKILL")));

/** ONNX Runtime's library, for the training: where the setup puts it unless the environment says. */
function libraries() {
  if (process.env.ORT_DYLIB_PATH) return {};
  const usual = join(root, ".tools/onnxruntime/libonnxruntime.so");
  return existsSync(usual) ? { ORT_DYLIB_PATH: usual } : {};
}

/** A `taste serve` over a database of its own. */
export class Server {
  #child;
  #arguments;
  #environment;

  /** `trainEvery` votes between trainings (0 = never), `folders` served at `/`, `settings` as in its TOML file. */
  constructor({ trainEvery = 0, folders = site(), settings = {}, environment = {} } = {}) {
    this.data = temporary("server");
    this.key = join(this.data, "operator.key");
    this.log = "";
    const config = join(this.data, "taste.toml");
    const lines = Object.entries(settings).map(([name, value]) => `${name} = ${JSON.stringify(value)}\n`);
    writeFileSync(config, lines.join(""));
    this.#environment = environment;
    this.#arguments = [
      ["--config", config],
      ["--database", join(this.data, "taste.db")],
      ["--operator-key", this.key],
      ["--train-every", String(trainEvery)],
      ...folders.map((folder) => ["--static", folder]),
    ].flat();
  }

  static async start(options) {
    return new Server(options).start();
  }

  /** Starts it, on the port it had before where there is one. */
  async start() {
    const listen = this.url ? new URL(this.url).host : "127.0.0.1:0";
    const child = spawn(taste, ["serve", "--listen", listen, ...this.#arguments], {
      env: { ...process.env, ...libraries(), ...this.#environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    children.add(child);
    child.once("exit", () => children.delete(child));
    child.stderr.on("data", (text) => (this.log += text));
    this.url = await new Promise((found, failed) => {
      child.once("error", failed);
      child.once("exit", (code) => failed(new Error(`taste serve ended with ${code}:\n${this.log}`)));
      createInterface(child.stdout).on("line", (line) => {
        this.log += `${line}\n`;
        const address = /listening on (http:\/\/\S+)/.exec(line);
        if (address) found(address[1]);
      });
    });
    return this;
  }

  /** SIGKILL: no goodbye, nothing flushed. */
  async kill() {
    await this.#end("SIGKILL");
  }

  async stop() {
    await this.#end("SIGTERM");
  }

  async #end(signal) {
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((done) => child.once("exit", done));
    child.kill(signal);
    // A server that does not end is a fault of its own, and no reason to wait for ever.
    const late = setTimeout(() => child.kill("SIGKILL"), 30_000);
    const how = await ended.then(() => child.signalCode);
    clearTimeout(late);
    if (how === "SIGKILL" && signal !== "SIGKILL") throw new Error(`taste serve did not end within 30 s of ${signal}:\n${this.log}`);
  }

  /** GET of a path, as JSON. */
  async json(path) {
    const answer = await fetch(this.url + path);
    if (!answer.ok) throw new Error(`${path} answers ${answer.status}: ${await answer.text()}`);
    return answer.json();
  }

  /** The round's log, parsed. */
  async ballots(round) {
    const entries = [];
    for (;;) {
      const answer = await fetch(`${this.url}/v1/rounds/${round}/log?from=${entries.length}&limit=1000`);
      const lines = (await answer.text()).split("\n").filter(Boolean);
      if (lines.length === 0) return entries;
      entries.push(...lines.map((line) => JSON.parse(line)));
    }
  }

  /** The votes in the round's log, in order. */
  async votes(round) {
    return (await this.ballots(round)).flatMap(({ signed }) => signed.ballot.votes);
  }

  /** The round's log once it holds this many votes. */
  async withVotes(round, count, seconds) {
    await until(`${count} votes in the log`, async () => (await this.votes(round)).length >= count, seconds);
    return this.ballots(round);
  }

  /** Makes a round with the `taste` command; `candidates` is a folder or a JSONL. Gives `{round, url}`. */
  async round(candidates, { title = "Test round", ...options } = {}) {
    const flags = Object.entries(options).flatMap(([name, value]) => (value === true ? [`--${name}`] : [`--${name}`, String(value)]));
    const { stdout } = await run(
      taste,
      ["round", "create", "--json", "--server", this.url, "--operator-key", this.key]
        .concat(["--title", title, "--candidates", candidates])
        .concat(flags),
    );
    return JSON.parse(stdout);
  }
}

/** Runs the `taste` command and gives what it printed. */
export async function command(...words) {
  const { stdout } = await run(taste, words, { env: { ...process.env, ...libraries() }, maxBuffer: 1 << 26 });
  return stdout;
}

// ---- candidates --------------------------------------------------------------------------------------------------

/** Draws `works` works of the gallery; `taste-gallery` is built where it is not. Gives the folder. */
export async function gallery(works) {
  const folder = temporary("gallery");
  const built = process.env.TASTE_GALLERY;
  const words = [folder, String(works)];
  if (built) await run(built, words);
  else await run(process.env.CARGO ?? "cargo", ["run", "--quiet", "--package", "taste-gallery", "--", ...words], { cwd: root });
  return folder;
}

/** The first `count` works of the gallery as a JSONL beside their pictures. */
export async function works(count) {
  return join(await gallery(count), "art.jsonl");
}

/** Short texts, one candidate each, as a JSONL. */
export function texts(candidates) {
  const file = join(temporary("texts"), "texts.jsonl");
  const lines = candidates.map((text) => JSON.stringify(typeof text === "string" ? { text } : text));
  writeFileSync(file, `${lines.join("\n")}\n`);
  return file;
}

/** `count` of the gallery's texts, taking turns between stories, jokes and slogans. */
export async function galleryTexts(count) {
  const lines = (await readFile(join(await gallery(2), "texts.jsonl"), "utf8")).trimEnd().split("\n");
  const step = Math.max(1, Math.floor(lines.length / count));
  return texts(lines.filter((_, at) => at % step === 0).slice(0, count).map((line) => JSON.parse(line)));
}
