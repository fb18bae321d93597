/**
 * What the client will ask for first, asked for while its code is on the way: on a phone each request waits as long as
 * thirty kilobytes take.
 */

import { rest } from "./pause.ts";

/** The code that takes an answer comes over the same slow line. */
const PATIENCE = 60_000;
/** The smallest module there is: asking costs nothing, and a refusal is found out before anything is fetched. */
const EMPTY = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);

const answers = new Map<string, { answer: Promise<Response>; stop: AbortController }>();
let placed = false;
let allowed: boolean | undefined;

/** Whether this page lets WebAssembly run. */
export function wasmAllowed(): boolean {
  try {
    allowed ??= new WebAssembly.Module(EMPTY) instanceof WebAssembly.Module;
  } catch {
    allowed = false;
  }
  return allowed;
}

/** Somebody said where the vote wasm is, or asked for it: its place is not guessed any more. */
export function wasmIsPlaced(): void {
  placed = true;
}

/** Asks for a round and, a task later, for the vote wasm, as `transport.ts` and `wasm-file.ts` would. */
export async function askAhead(src: string | URL, base?: string): Promise<void> {
  try {
    const { href } = Object.assign(new URL(src, base), { hash: "" });
    ask(href, { headers: { accept: "application/json" }, credentials: "omit" });
    await rest();
    if (!placed && wasmAllowed()) ask(new URL("./tastemaker-first.wasm", import.meta.url).href);
  } catch {
    // What is no address the client will say, and a build need not know where it lies.
  }
  placed = true;
}

function ask(address: string, init?: RequestInit): void {
  if (answers.has(address)) return;
  const stop = new AbortController();
  const answer = fetch(address, { ...init, signal: stop.signal });
  // Whoever takes it hears of it.
  answer.catch(() => {});
  answers.set(address, { answer, stop });
  setTimeout(() => {
    if (answers.delete(address)) stop.abort();
  }, PATIENCE);
}

/** The answer from an address that was asked ahead, once; from here on it ends with the taker's signal. */
export function taken(address: string, signal: AbortSignal): Promise<Response> | undefined {
  const { answer, stop } = answers.get(address) ?? {};
  answers.delete(address);
  signal.addEventListener("abort", () => stop?.abort(signal.reason));
  return answer;
}
