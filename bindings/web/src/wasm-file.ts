/**
 * A wasm file that is loaded lazily, once. The package has three: `loader.ts` (all that voting needs), `taste.ts` and
 * `content.ts`.
 *
 * Where the bytes come from, first match: the argument of `init`; what `readFilesWith` set (Node does); the file beside
 * the package's modules. A bundler that moves modules but not that file gets a clear error, and `init(url)` is the way
 * out.
 */
import { taken, wasmAllowed } from "./ahead.ts";
import { TasteError, asTasteError } from "./errors.ts";
import { hexOf } from "./hex.ts";
import type { Digest } from "./types.ts";

/** A module of some tens of kilobytes, over a slow line. */
const PATIENCE = 60_000;

type Bytes = string | URL | Request | Response | BufferSource;
/** Whatever the wasm can be made from. */
export type WasmSource = Bytes | WebAssembly.Module;

export interface InitOptions {
  /** SHA-256 that the bytes must have; not possible with a compiled module. */
  sha256?: Digest;
}

/** What wasm-bindgen generates for a module: its start function, and beside it what the module exports. */
export interface Glue {
  default(input: { module_or_path: WasmSource }): Promise<unknown>;
}

/** The glue of a module that comes in two files. */
interface Divided {
  join(rest: WasmSource): Promise<void>;
}

/** A module that was translated from wasm (`build.mjs`). */
interface Script<T> {
  start(): Promise<T>;
}

let read: (file: URL) => WasmSource | Promise<WasmSource> = (file) => file;

/** @internal How files beside the modules are read where `fetch` cannot. */
export function readFilesWith(reader: (file: URL) => Promise<WasmSource>): void {
  read = reader;
}

/** One file with the glue that belongs to it; `T` is what the glue exports. */
export class WasmFile<T> {
  /** The glue is imported with the file and not before: who only imports the package loads neither. */
  readonly #glue: () => Promise<Glue>;
  /** A function, because importing a module touches nothing: some environments have no usable `import.meta.url`. */
  readonly #beside: () => URL;
  /** The same as a script, where there is one. */
  readonly #script: (() => Promise<Script<T>>) | undefined;
  /** Where a module lies that comes in two files. */
  readonly #halves: [first: () => URL, rest: () => URL] | undefined;
  // Set here, read elsewhere. No getters: every import of the package pays for them.
  /** Whether WebAssembly turned out to be refused, and the script took its place. */
  refused = false;
  /** Whether nothing of the module is missing. */
  completed = false;
  /** What the glue exports, once it is loaded. */
  ready: T | undefined;
  #joining: Promise<void> | undefined;
  #loading: Promise<T> | undefined;

  constructor(glue: () => Promise<Glue>, beside: () => URL, script?: () => Promise<Script<T>>, halves?: [() => URL, () => URL]) {
    this.#glue = glue;
    this.#beside = beside;
    this.#script = script;
    this.#halves = halves;
  }

  /**
   * Loads the file; later calls wait for the first. A failed load can be tried again.
   * @throws TasteError `Client::WasmLoad`, `Client::WasmDigest`
   */
  init(source: WasmSource | undefined, options: InitOptions, started?: (module: T) => void): Promise<T> {
    this.#loading ??= this.#load(source, options, started).catch((error: unknown) => {
      this.#loading = undefined;
      throw unloaded(error);
    });
    return this.#loading;
  }

  /**
   * Loads what is missing of a module that comes in two files, after an `init`; what came whole is complete. A failed load can be
   * tried again.
   * @throws TasteError `Client::WasmLoad`
   */
  complete(): Promise<void> {
    this.#joining ??= this.#join().catch((error: unknown) => {
      this.#joining = undefined;
      throw unloaded(error);
    });
    return this.#joining;
  }

  async #join(): Promise<void> {
    const module = await this.#loading;
    if (this.completed) return;
    const from = await read(this.#halves![1]());
    await (module as unknown as Divided).join(from instanceof URL ? await fetched(from) : from);
    this.completed = true;
  }

  async #load(source: WasmSource | undefined, options: InitOptions, started?: (module: T) => void): Promise<T> {
    if (this.#script !== undefined && !wasmAllowed()) {
      const module = await (await this.#script()).start();
      this.refused = this.completed = true;
      started?.(module);
      return (this.ready = module);
    }
    const importing = this.#glue();
    // Where the bytes cannot be had, that is what is told.
    importing.catch(() => undefined);
    // A digest is that of the whole.
    const first = source === undefined && options.sha256 === undefined ? this.#halves?.[0] : undefined;
    this.completed = first === undefined;
    let from = source ?? (await read(this.#address(first)));
    if (options.sha256 !== undefined) from = await checked(from, options.sha256);
    else if (typeof from === "string" || from instanceof URL) from = await fetched(from);
    const glue = await importing;
    await glue.default({ module_or_path: from });
    const module = glue as unknown as T;
    started?.(module);
    return (this.ready = module);
  }

  /** `tastemaker/slim`, and modules that a bundler made scripts of, do not know where they lie. */
  #address(beside = this.#beside): URL {
    try {
      return beside();
    } catch {
      throw new TasteError(
        "Client::WasmLoad",
        "nobody said where the wasm is",
        "Await init(url | bytes | module) first: this build does not look for the file itself.",
      );
    }
  }
}

function unloaded(error: unknown): TasteError {
  return asTasteError(
    error,
    "Client::WasmLoad",
    "Serve the package's .wasm files beside its modules, or call init(url) or initContent(url) with the address; the content policy needs 'wasm-unsafe-eval'.",
  );
}

async function checked(source: WasmSource, expected: Digest): Promise<ArrayBuffer> {
  if (source instanceof WebAssembly.Module) {
    throw new TasteError("Client::WasmDigest", "a compiled module has no digest", "Pass its bytes.");
  }
  const bytes = await bytesOf(source as Bytes);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const found = hexOf(digest);
  if (found !== expected) {
    throw new TasteError("Client::WasmDigest", `the wasm's SHA-256 is ${found}, expected ${expected}`, "Serve the file of this very version.");
  }
  return bytes;
}

async function fetched(address: string | URL | Request): Promise<Response> {
  // What was asked ahead and did not come is asked for once more.
  const signal = AbortSignal.timeout(PATIENCE);
  const early = address instanceof URL ? await taken(address.href, signal)?.catch(() => undefined) : undefined;
  return early ?? fetch(address, { signal });
}

async function bytesOf(source: Bytes): Promise<ArrayBuffer> {
  if (source instanceof ArrayBuffer) return source;
  if (ArrayBuffer.isView(source)) return new Uint8Array(source.buffer, source.byteOffset, source.byteLength).slice().buffer;
  const response = source instanceof Response ? source : await fetched(source as string | URL | Request);
  if (!response.ok) throw new TasteError("Client::WasmLoad", `its address answers ${response.status}`);
  return response.arrayBuffer();
}
