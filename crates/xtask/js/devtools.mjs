// Chromium by its own pipe, with nothing between. A library that drives pages puts scripts and a world of its own into each,
// and on a slowed-down phone to read those takes longer than most of what is measured there.

import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Starts the browser that `CHROMIUM` names, with an empty profile. */
export async function bare() {
  const executable = process.env.CHROMIUM;
  if (!executable) throw new Error("CHROMIUM names no browser; cargo xtask sets it");
  const profile = await mkdtemp(join(tmpdir(), "tastemaker-bench-"));
  const flags = ["--headless", "--remote-debugging-pipe", `--user-data-dir=${profile}`, "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-default-apps", "--disable-extensions", "--disable-sync"];
  // As root (containers) Chromium refuses its own sandbox.
  if (process.getuid?.() === 0) flags.push("--no-sandbox");
  const child = spawn(executable, flags, { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
  const [, , , commands, answers] = child.stdio;
  const waiting = new Map();
  let count = 0;

  // Messages are JSON, each ended by a zero.
  let begun = [];
  answers.on("data", (chunk) => {
    for (let end; (end = chunk.indexOf(0)) >= 0; chunk = chunk.subarray(end + 1)) {
      const { id, result, error } = JSON.parse(Buffer.concat([...begun, chunk.subarray(0, end)]).toString());
      begun = [];
      const asked = waiting.get(id);
      waiting.delete(id);
      if (error) asked?.fail(new Error(`${asked.method}: ${error.message}`));
      else asked?.done(result);
    }
    begun.push(chunk);
  });
  const gone = new Promise((done) => child.once("exit", done));
  void gone.then(() => waiting.forEach(({ method, fail }) => fail(new Error(`${method}: Chromium is gone`))));

  const send = (method, params = {}, sessionId) =>
    new Promise((done, fail) => {
      count += 1;
      waiting.set(count, { method, done, fail });
      commands.write(`${JSON.stringify({ id: count, method, params, sessionId })}\0`);
    });

  return {
    /** A page in a profile of its own: its cache and its storage are empty. */
    async page() {
      const { browserContextId } = await send("Target.createBrowserContext");
      const { targetId } = await send("Target.createTarget", { url: "about:blank", browserContextId });
      const { sessionId } = await send("Target.attachToTarget", { targetId, flatten: true });
      return {
        send: (method, params) => send(method, params, sessionId),
        /** What an expression comes to in the page; a promise is waited for. */
        async evaluate(expression) {
          const { result, exceptionDetails } = await send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true }, sessionId);
          if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
          return result.value;
        },
        close: () => send("Target.disposeBrowserContext", { browserContextId }),
      };
    },
    async close() {
      child.kill();
      await gone;
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
