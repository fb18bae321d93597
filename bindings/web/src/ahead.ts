/**
 * What the client will ask for first, asked for while its code is on the way: on a phone each request waits as long as
 * thirty kilobytes take.
 */

/** A file that was asked for and not taken is asked for anew after so long. */
const PATIENCE = 15_000;
/** The smallest module there is: asking costs nothing, and a refusal is found out before anything is fetched. */
const EMPTY = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);

const answers = new Map<string, Promise<Response>>();
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

/** Somebody said where the vote wasm is: its place is not guessed any more. */
export function wasmIsPlaced(): void {
  placed = true;
}

/** Asks for a round and for the vote wasm, as `transport.ts` and `wasm-file.ts` would. */
export function askAhead(src: string): void {
  try {
    const { href } = Object.assign(new URL(src), { hash: "" });
    ask(href, { headers: { accept: "application/json" }, credentials: "omit" });
    if (!placed && wasmAllowed()) ask(new URL("./tastemaker.wasm", import.meta.url).href);
  } catch {
    // What is no address the client will say, and a build need not know where it lies.
  }
  placed = true;
}

function ask(address: string, init?: RequestInit): void {
  if (answers.has(address)) return;
  const answer = fetch(address, { ...init, signal: AbortSignal.timeout(PATIENCE) });
  // Whoever takes it hears of it.
  answer.catch(() => {});
  answers.set(address, answer);
  setTimeout(() => answers.delete(address), PATIENCE);
}

/** The answer from an address that was asked ahead, once. */
export function taken(address: string): Promise<Response> | undefined {
  const answer = answers.get(address);
  answers.delete(address);
  return answer;
}
