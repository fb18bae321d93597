/** The light wasm: everything up to a signed vote. Importing this module touches nothing: no document, no network, no file. */
import { TasteError } from "./errors.ts";
import { WasmFile, type InitOptions, type WasmSource } from "./wasm-file.ts";
import type { Wasm } from "./wasm.ts";

export type { InitOptions, WasmSource } from "./wasm-file.ts";

const file = new WasmFile<Wasm>(() => import("#wasm"), () => new URL("./tastemaker.wasm", import.meta.url));

/**
 * Loads the light wasm; later calls wait for the first. A failed load can be tried again.
 * @throws TasteError `Client::WasmLoad`, `Client::WasmDigest`
 */
export function init(source?: WasmSource, options: InitOptions = {}): Promise<Wasm> {
  return file.init(source, options, (module) => module.setErrorClass((code, message, hint) => new TasteError(code, message, hint)));
}

/**
 * The module, where it is loaded already.
 * @throws TasteError `Client::NotReady`
 */
export function wasm(): Wasm {
  if (file.ready === undefined) {
    throw new TasteError("Client::NotReady", "the wasm module is not loaded yet", "Await init() or TasteClient.open() first.");
  }
  return file.ready;
}
