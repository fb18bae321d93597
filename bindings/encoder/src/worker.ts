/** The worker: one encoder, its calls one after the other, off the page's thread. */
import { asError, cancelled, Engine } from "./engine.ts";
import { fetched } from "./fetching.ts";
import type { Answer, Opened, Request } from "./protocol.ts";

const at = { base: new URL("./", import.meta.url), read: fetched, keeps: typeof caches !== "undefined" };

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): unknown;
}
// ONNX Runtime starts its threads from its own script; where the policy wants types, this is all that may become one.
try {
  (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes?.createPolicy("default", {
    createScriptURL(url) {
      if (new URL(url, at.base).href.startsWith(at.base.href)) return url;
      throw new TypeError(`${url} is not a script of this package`);
    },
  });
} catch {
  // A policy of that name is not allowed: one thread needs none.
}

const answer = (it: Answer, transfer: Transferable[] = []): void => globalThis.postMessage(it, { transfer });
const running = new Map<number, AbortController>();
let engine: Engine | undefined;
/** One call at a time: a network has one set of buffers. */
let last: Promise<unknown> = Promise.resolve();

addEventListener("message", ({ data }: MessageEvent<Request>) => {
  if ("cancel" in data) return running.get(data.cancel)?.abort();
  const { call } = data;
  const control = new AbortController();
  running.set(call, control);
  const work = last.then(async () => {
    if (control.signal.aborted) throw cancelled();
    return done(data, control.signal);
  });
  last = work.catch(() => undefined);
  work
    .then(
      (result) => answer({ call, result }, Array.isArray(result) ? result.map((row) => row.buffer as ArrayBuffer) : []),
      (thrown: unknown) => {
        const { code, message, hint } = asError(thrown, "Encoder::Stopped", "Open the encoder again.");
        answer({ call, error: { code, message, hint } });
      },
    )
    .finally(() => running.delete(call));
});

async function done(request: Exclude<Request, { cancel: number }>, signal: AbortSignal): Promise<Opened | Float32Array[] | Float64Array> {
  if ("open" in request) {
    engine = await Engine.open(at, request.open, (progress) => answer({ call: request.call, progress }), signal);
    return engine.opened;
  }
  if (engine === undefined) throw asError("no encoder is open", "Encoder::Closed", "Open it first.");
  return "tokens" in request ? engine.tokens(request.tokens) : engine.embed(request.embed, signal);
}
