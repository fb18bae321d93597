/** The way to the taste module, which is loaded when it is first needed and not before. */
import { TasteError, asTasteError } from "./errors.ts";
import { refused } from "./loader.ts";
import type { InitOptions, WasmSource } from "./wasm-file.ts";
import type { TasteWasm } from "./wasm.ts";

const imported = () =>
  import("./taste.ts").catch((error: unknown) => {
    throw asTasteError(error, "Client::WasmLoad", "Serve all files of the package's dist folder together; try again when there is a network.");
  });

/**
 * The taste module, ready.
 * @throws TasteError `Client::WasmLoad`, `Client::WasmRefused`
 */
export async function tasting() {
  if (refused()) throw new TasteError("Client::WasmRefused", "this page does not let WebAssembly run", "Add 'wasm-unsafe-eval' to the content policy; votes are recorded and signed without it, guesses are off.");
  const module = await imported();
  await module.initTaste();
  return module;
}

/**
 * Loads the taste wasm, which a round with a model does by itself where the file lies beside the module. Call it to load it
 * early, or to say where it is.
 * @throws TasteError `Client::WasmLoad`, `Client::WasmDigest`
 */
export async function initTaste(source?: WasmSource, options: InitOptions = {}): Promise<TasteWasm> {
  return (await imported()).initTaste(source, options);
}
