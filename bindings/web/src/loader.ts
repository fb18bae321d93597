/**
 * The vote wasm. Importing this module touches nothing: no document, no network, no file.
 *
 * It comes in two files: what it takes to answer questions and to sign the answers, and the rest, which joins once there is
 * something to send, or to read of an earlier visit. Whoever brings the module, or says its digest, gets it whole.
 *
 * Where a page does not let WebAssembly run (a content policy without `'wasm-unsafe-eval'`, a browser in lockdown), the same
 * module comes as a script instead: larger and slower, so it is a file of its own that nobody else loads.
 */
import { wasmIsPlaced } from "./ahead.ts";
import { TasteError } from "./errors.ts";
import { explain } from "./told.ts";
import { WasmFile, type Glue, type InitOptions, type WasmSource } from "./wasm-file.ts";
import type { Wasm } from "./wasm.ts";

export type { InitOptions, WasmSource } from "./wasm-file.ts";

/** The glue, where the client brought it. */
let brought: Promise<Glue & Wasm> | undefined;

/** Whoever needs the module at once brings its glue along. @internal */
export function bring(glue: Glue & Wasm): void {
  brought = Promise.resolve(glue);
}

const file = new WasmFile<Wasm>(
  () => brought ?? import("./glue.ts"),
  () => new URL("./tastemaker.wasm", import.meta.url),
  () => import("#vote-script"),
  [() => new URL("./tastemaker-first.wasm", import.meta.url), () => new URL("./tastemaker-rest.wasm", import.meta.url)],
);

/**
 * Loads the vote wasm; later calls wait for the first. A failed load can be tried again.
 * @throws TasteError `Client::WasmLoad`, `Client::WasmDigest`
 */
export async function init(source?: WasmSource, options: InitOptions = {}): Promise<Wasm> {
  const [module] = await Promise.all([start(source, options), complete(), sentences()]);
  return module;
}

/** As `init`; the rest of the module and the sentences of its errors come later. @internal */
export function start(source?: WasmSource, options: InitOptions = {}): Promise<Wasm> {
  // From here on it is on its way.
  wasmIsPlaced();
  return file.init(source, options);
}

/**
 * Loads the rest of the vote module, after a `start`; later calls wait for the first.
 * @throws TasteError `Client::WasmLoad`
 * @internal
 */
export const complete = (): Promise<void> => file.complete();

/** Whether all of the vote module is here. @internal */
export const completed = (): boolean => file.completed;

/** Loads what the vote module's errors say. Without it an error still has its code. @internal */
export const sentences = (): Promise<void> => import("./messages.ts").then(({ messages }) => explain(messages), () => undefined);

/** Whether the page turned out not to let WebAssembly run: votes are recorded and signed, guesses are off. */
export const refused = (): boolean => file.refused;

/**
 * The module, where it is loaded already.
 * @throws TasteError `Client::NotReady`
 */
export function wasm(): Wasm {
  if (file.ready === undefined) {
    throw new TasteError("Client::NotReady", "the wasm is not here yet", "Await init() first.");
  }
  return file.ready;
}
