/**
 * Loads the light wasm lazily, once. Importing this module touches nothing: no document, no network, no file.
 *
 * Where the bytes come from, first match: the argument of `init`; what `setDefaultSource` set (Node does); the file
 * `tastemaker.wasm` beside this module. A bundler that moves modules but not that file gets a clear error, and
 * `init(url)` is the way out.
 */
import initialise, * as glue from "#wasm";
import { TasteError, asTasteError } from "./errors.ts";
import type { Digest } from "./types.ts";
import type { Wasm } from "./wasm.ts";

type Bytes = string | URL | Request | Response | BufferSource;
/** Whatever the wasm can be made from. */
export type WasmSource = Bytes | WebAssembly.Module;

export interface InitOptions {
  /** SHA-256 that the bytes must have; not possible with a compiled module. */
  sha256?: Digest;
}

let loading: Promise<Wasm> | undefined;
let ready: Wasm | undefined;
let defaultSource: () => WasmSource | Promise<WasmSource> = () => new URL("./tastemaker.wasm", import.meta.url);

/** @internal Where the bytes come from unless `init` says otherwise. */
export function setDefaultSource(source: () => WasmSource | Promise<WasmSource>): void {
  defaultSource = source;
}

/**
 * Loads the wasm; later calls wait for the first. A failed load can be tried again.
 * @throws TasteError `Client::WasmLoad`, `Client::WasmDigest`
 */
export function init(source?: WasmSource, options: InitOptions = {}): Promise<Wasm> {
  loading ??= load(source, options).catch((error: unknown) => {
    loading = undefined;
    throw asTasteError(
      error,
      "Client::WasmLoad",
      "Serve tastemaker.wasm beside the module, or call init(url) with its address; the content policy needs 'wasm-unsafe-eval'.",
    );
  });
  return loading;
}

/**
 * The module, where it is loaded already.
 * @throws TasteError `Client::NotReady`
 */
export function wasm(): Wasm {
  if (ready === undefined) {
    throw new TasteError("Client::NotReady", "the wasm module is not loaded yet", "Await init() or TasteClient.open() first.");
  }
  return ready;
}

async function load(source: WasmSource | undefined, options: InitOptions): Promise<Wasm> {
  let from = source ?? (await defaultSource());
  if (options.sha256 !== undefined) from = await checked(from, options.sha256);
  await initialise({ module_or_path: from });
  const module = glue as unknown as Wasm;
  module.setErrorClass((code, message, hint) => new TasteError(code, message, hint));
  ready = module;
  return module;
}

async function checked(source: WasmSource, expected: Digest): Promise<ArrayBuffer> {
  if (source instanceof WebAssembly.Module) {
    throw new TasteError("Client::WasmDigest", "a compiled module has no digest", "Pass the bytes or their address.");
  }
  const bytes = await bytesOf(source as Bytes);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const found = `0x${Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  if (found !== expected) {
    throw new TasteError("Client::WasmDigest", `the wasm's SHA-256 is ${found}, expected ${expected}`, "Serve the file of this very version.");
  }
  return bytes;
}

async function bytesOf(source: Bytes): Promise<ArrayBuffer> {
  if (source instanceof ArrayBuffer) return source;
  if (ArrayBuffer.isView(source)) return new Uint8Array(source.buffer, source.byteOffset, source.byteLength).slice().buffer;
  const response = source instanceof Response ? source : await fetch(source as string | URL | Request);
  if (!response.ok) throw new TasteError("Client::WasmLoad", `the wasm's address answers ${response.status}`);
  return response.arrayBuffer();
}
