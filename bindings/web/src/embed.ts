/** The way to the content module, which is loaded when content is first embedded and not before. */
import type { Content } from "./content.ts";
import { asTasteError } from "./errors.ts";
import type { InitOptions, WasmSource } from "./wasm-file.ts";
import type { ContentWasm } from "./wasm.ts";

/** @internal */
export const contentModule = () =>
  import("./content.ts").catch((error: unknown) => {
    throw asTasteError(error, "Client::WasmLoad", "Serve all files of the package's dist folder together; try again when there is a network.");
  });

/**
 * The embedding by `text@1` or `visual@1`: the very numbers that the server computes of the same pixels or text.
 * @throws TasteError `EncoderError::…`, `Client::Picture`, `Client::WasmLoad`
 */
export async function embed(content: Content): Promise<Float32Array> {
  return (await contentModule()).embed(content);
}

/**
 * Loads the content wasm, which `embed` and predictions of content do by themselves where the file lies beside the
 * module. Call it to load it early, or to say where it is.
 * @throws TasteError `Client::WasmLoad`, `Client::WasmDigest`
 */
export async function initContent(source?: WasmSource, options: InitOptions = {}): Promise<ContentWasm> {
  return (await contentModule()).initContent(source, options);
}
