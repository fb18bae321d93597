/**
 * The work itself, wherever it runs: in the page's worker (`worker.ts`) or in Node (`node.ts`). Fetches an encoder's files,
 * checks each digest, starts ONNX Runtime, embeds.
 */
import initialise, { Network, Runtime, sha256 } from "#encoder-wasm";
import { FILES } from "#files";
import type { Senses } from "#senses-wasm";
import { TasteError } from "../../web/src/errors.ts";
import { dropFile, keepEmbedding, keepFile, keptEmbedding, keptFile } from "./kept.ts";
import type { Progress } from "../../web/src/network.ts";
import type { Kind, OpenRequest, Opened, Packed } from "./protocol.ts";

/** The part of ONNX Runtime Web's module that is used here. */
interface OrtModule {
  Tensor: unknown;
  InferenceSession: { create(model: Uint8Array, options?: { executionProviders: string[] }): Promise<unknown> };
  env: { logLevel: string; wasm: { wasmBinary?: Uint8Array; numThreads?: number; proxy?: boolean } };
}

/** Reads bytes at an address, saying how far it is. */
export type Reader = (url: URL, told: (loaded: number, total: number) => void, signal: AbortSignal) => Promise<Uint8Array<ArrayBuffer>>;

interface Surroundings {
  /** Where the package's files lie. */
  base: URL;
  read: Reader;
  /** Whether there is a Cache API and an IndexedDB. */
  keeps: boolean;
}

const SCRIPT = "ort.wasm.bundle.min.js";
const RUNTIME = "ort-wasm-simd-threaded.wasm";
const GPU_SCRIPT = "ort.jspi.bundle.min.js";
const GPU_RUNTIME = "ort-wasm-simd-threaded.jspi.wasm";
const ENCODER = "tastemaker-encoder.wasm";
const PICTURES = "tastemaker-pictures.wasm";
const SENSES = "tastemaker-senses.wasm";

const TEXTS_AT_A_TIME = 128;

/** Starts once a process or worker, with the threads that were asked for first. */
let starting: Promise<Runtime> | undefined;
let threadsInUse = 1;
/** Why WebGPU does not run networks here: empty where nobody had asked for it, undefined where it does. */
let without: string | undefined;

interface ManifestFile {
  kind: Kind;
  model: string;
  tokenizer?: string;
  digests?: Record<string, string>;
}

export class Engine {
  readonly #at: Surroundings;
  readonly #keep: boolean;
  readonly #manifest: string;
  readonly #network: Network;
  readonly opened: Opened;
  #senses: Senses | undefined;

  private constructor(at: Surroundings, keep: boolean, manifest: string, network: Network, opened: Opened) {
    this.#at = at;
    this.#keep = keep;
    this.#manifest = manifest;
    this.#network = network;
    this.opened = opened;
  }

  /** @throws TasteError */
  static async open(at: Surroundings, request: OpenRequest, told: (progress: Progress) => void, signal: AbortSignal): Promise<Engine> {
    const loader = new Loader(at, request, told, signal);
    const url = new URL(request.manifest);
    const json = await loader.manifest(url, request.digest);
    const manifest = parsed(json);
    const named = (file: string): Promise<Uint8Array<ArrayBuffer>> => {
      const digest = manifest.digests?.[file];
      if (digest === undefined) throw new TasteError("Encoder::NoDigest", `the manifest has no digest of ${file}`, "Make the manifest with `taste encoder add`.");
      return loader.file(file, new URL(file, url), digest);
    };
    await loader.glue();
    const [runtime, model, tokenizer] = await settled([
      (starting ??= started(loader, request).catch((error: unknown) => {
        starting = undefined;
        throw error;
      })),
      named(manifest.model),
      manifest.kind === "text" && manifest.tokenizer !== undefined ? named(manifest.tokenizer) : Promise.resolve(undefined),
    ]);
    signal.throwIfAborted();
    const network = await said(() => Network.open(runtime, json, model, tokenizer));
    const opened: Opened = { id: network.id, dimension: network.dimension, kind: manifest.kind, threads: threadsInUse, processor: without === undefined ? "webgpu" : "wasm" };
    // In Node a process has one runtime, which another encoder may have started.
    if (request.webgpu) opened.withoutWebGpu = without === "" ? ((await webGpuLacks(request.patience)) ?? "Encoder::WebGpuLate") : without;
    return new Engine(at, request.keep && at.keeps, json, network, opened);
  }

  /**
   * The embeddings of a list, in its order: of texts, those of like length in one run.
   * @throws TasteError
   */
  async embed(contents: Packed[], signal: AbortSignal): Promise<Float32Array[]> {
    const embeddings: Float32Array[] = [];
    // What the device knows already, whoever embedded it.
    const keys = this.#keep ? contents.map(digestOf) : [];
    for (const [at, key] of keys.entries()) {
      const kept = key && (await keptEmbedding(this.opened.id, key));
      if (kept && kept.length === this.opened.dimension) embeddings[at] = kept;
    }
    const keep = async (at: number, embedding: Float32Array): Promise<void> => {
      embeddings[at] = embedding;
      const key = keys[at];
      if (key !== undefined) await keepEmbedding(this.opened.id, key, embedding);
    };
    const texts: [number, string][] = [];
    for (const [at, content] of contents.entries()) {
      if (embeddings[at] !== undefined) continue;
      if ("text" in content) {
        texts.push([at, content.text]);
        continue;
      }
      if (signal.aborted) throw cancelled();
      const sensed = await this.#sensed(content);
      await keep(at, await said(() => this.#network.embedSensed(sensed)));
    }
    // So many at a time that a cancellation is not waited for, and what is done is kept.
    for (let from = 0; from < texts.length; from += TEXTS_AT_A_TIME) {
      if (signal.aborted) throw cancelled();
      const part = texts.slice(from, from + TEXTS_AT_A_TIME);
      const made = await said(() => this.#network.embedTexts(part.map(([, text]) => text)));
      for (const [place, embedding] of made.entries()) await keep(part[place]![0], embedding);
    }
    return embeddings;
  }

  tokens(text: string): Promise<Float64Array> {
    return said(async () => this.#network.tokenIds(text));
  }

  /** What the network sees or hears of content. The senses' wasm comes with the first picture or sound. */
  async #sensed(content: Exclude<Packed, { text: string }>): Promise<Float32Array> {
    const { Senses } = await senses(this.#at);
    this.#senses ??= await said(async () => new Senses(this.#manifest));
    const here = this.#senses;
    if ("samples" in content) return said(async () => here.hear(content.rate, content.samples));
    if ("bytes" in content && this.opened.kind === "audio") return said(async () => here.hearFile(content.bytes));
    const { width, height, pixels } = await this.#pixels(content);
    return said(async () => here.see(width, height, pixels));
  }

  async #pixels(content: Exclude<Packed, { text: string } | { samples: Float32Array }>): Promise<{ width: number; height: number; pixels: Uint8Array }> {
    if ("pixels" in content) return content;
    if ("bytes" in content) return decoded(this.#at, content.bytes);
    const { bitmap } = content;
    const { width, height } = bitmap;
    const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true, colorSpace: "srgb" });
    if (context === null) throw new TasteError("Encoder::Memory", `no canvas of ${width} x ${height} pixels`, "Scale the picture first.");
    context.drawImage(bitmap, 0, 0);
    bitmap.close();
    const { data } = context.getImageData(0, 0, width, height);
    return { width, height, pixels: new Uint8Array(data.buffer) };
  }

  close(): void {
    this.#senses?.free();
    this.#network.free();
  }
}

/** Waits for all, and throws the first failure only once none is still running. */
async function settled<T extends readonly unknown[]>(promises: [...{ [K in keyof T]: Promise<T[K]> }]): Promise<T> {
  const results = await Promise.allSettled(promises);
  const failed = results.find((result) => result.status === "rejected");
  if (failed) throw (failed as PromiseRejectedResult).reason;
  return results.map((result) => (result as PromiseFulfilledResult<unknown>).value) as unknown as T;
}

/** Fetches files and believes none before its digest. */
class Loader {
  readonly #at: Surroundings;
  readonly #request: OpenRequest;
  readonly #told: (progress: Progress) => void;
  readonly #signal: AbortSignal;

  constructor(at: Surroundings, request: OpenRequest, told: (progress: Progress) => void, signal: AbortSignal) {
    this.#at = at;
    this.#request = request;
    this.#told = told;
    this.#signal = signal;
  }

  /** The manifest: from the network, or where that is away, as it was the last time. */
  async manifest(url: URL, digest: string | undefined): Promise<string> {
    const keeps = this.#request.keep && this.#at.keeps;
    let bytes: Uint8Array<ArrayBuffer>;
    try {
      bytes = await this.#read("manifest", url);
    } catch (error) {
      const kept = keeps && !this.#signal.aborted ? await keptFile(url.href) : undefined;
      if (!kept) throw error;
      bytes = kept;
    }
    if (digest !== undefined) await checked("manifest", bytes, digest);
    const text = decodedText(bytes);
    if (keeps) await keepFile(url.href, bytes);
    return text;
  }

  /** A file by its digest: kept on the device, or from its address. */
  async file(name: string, url: URL, digest: string): Promise<Uint8Array<ArrayBuffer>> {
    const keeps = this.#request.keep && this.#at.keeps;
    const kept = keeps ? await keptFile(digest) : undefined;
    if (kept !== undefined) {
      const good = await checked(name, kept, digest).then(() => true, () => false);
      if (good) {
        this.#told({ file: name, loaded: kept.length, total: kept.length });
        return kept;
      }
      await dropFile(digest);
    }
    const bytes = await this.#read(name, url);
    await checked(name, bytes, digest);
    if (keeps) await keepFile(digest, bytes);
    return bytes;
  }

  /** The encoder wasm itself: it checks all others where `crypto.subtle` is not there. */
  async glue(): Promise<void> {
    glueReady ??= (async () => {
      const bytes = await this.#read(ENCODER, new URL(ENCODER, this.#at.base));
      if (globalThis.crypto?.subtle !== undefined) await checked(ENCODER, bytes, FILES.encoder);
      await initialise({ module_or_path: bytes });
      await checked(ENCODER, bytes, FILES.encoder);
    })().catch((error: unknown) => {
      glueReady = undefined;
      throw asError(error, "Encoder::WasmLoad", "Serve the package's encoder folder as it is; the content policy needs 'wasm-unsafe-eval'.");
    });
    return glueReady;
  }

  packaged(name: string, digest: string): Promise<Uint8Array<ArrayBuffer>> {
    return this.file(name, new URL(name, this.#at.base), digest);
  }

  /** A script's address, once what lies there is what the build saw. */
  async script(name: string, digest: string): Promise<URL> {
    const url = new URL(name, this.#at.base);
    await checked(name, await this.#read(name, url), digest);
    return url;
  }

  /** Reads an address, and gives up where no byte comes for too long. */
  async #read(file: string, url: URL): Promise<Uint8Array<ArrayBuffer>> {
    const stalled = new AbortController();
    const { patience } = this.#request;
    const late = (): void => stalled.abort(new TasteError("Encoder::Timeout", `${file}: no byte for ${patience / 1000} s`, "Try again; files that came are kept."));
    let timer = setTimeout(late, patience);
    try {
      return await this.#at.read(
        url,
        (loaded, total) => {
          clearTimeout(timer);
          timer = setTimeout(late, patience);
          this.#told({ file, loaded, total });
        },
        AbortSignal.any([this.#signal, stalled.signal]),
      );
    } catch (error) {
      if (this.#signal.aborted) throw cancelled();
      if (stalled.signal.aborted) throw stalled.signal.reason;
      throw asError(error, "Encoder::Fetch", `Check that ${url.pathname} is served, from this origin or with CORS.`);
    } finally {
      clearTimeout(timer);
    }
  }
}

let glueReady: Promise<void> | undefined;

/** ONNX Runtime, handed to `ort`. */
async function started(loader: Loader, { threads, webgpu, patience }: OpenRequest): Promise<Runtime> {
  const plain = (reason: string): Promise<OrtModule> => {
    without = reason;
    return loaded(loader, threads, false);
  };
  const lacks = webgpu ? await webGpuLacks(patience) : "";
  without = lacks;
  const ort = await (lacks === undefined
    ? loaded(loader, threads, true).catch((error: TasteError) => {
        // Whoever serves the folder may have left its largest file out.
        if (error.code === "Encoder::Fetch") return plain("Encoder::WebGpuFiles");
        throw error;
      })
    : plain(lacks));
  // `ort` knows providers by the C library's names, and this one has another here; so it asks for none, and is given this one.
  const create = (model: Uint8Array): Promise<unknown> =>
    ort.InferenceSession.create(model, { executionProviders: ["webgpu"] }).catch(async () => {
      // A build that failed once does nothing else any more.
      const other = await plain("Encoder::WebGpuRefused");
      Object.assign(globalThis, { ort: other });
      return other.InferenceSession.create(model);
    });
  Object.assign(globalThis, { ort: without === undefined ? { Tensor: ort.Tensor, InferenceSession: { create } } : ort });
  threadsInUse = threads;
  return said(async () => new Runtime());
}

/** ONNX Runtime Web's script and wasm, both checked. */
async function loaded(loader: Loader, threads: number, gpu: boolean): Promise<OrtModule> {
  const [script, binary] = await settled(
    gpu
      ? [loader.script(GPU_SCRIPT, FILES.gpuScript), loader.packaged(GPU_RUNTIME, FILES.gpuRuntime)]
      : [loader.script(SCRIPT, FILES.script), loader.packaged(RUNTIME, FILES.runtime)],
  );
  const ort = (await import(script.href)) as OrtModule;
  ort.env.logLevel = "error";
  ort.env.wasm.wasmBinary = binary;
  ort.env.wasm.numThreads = threads;
  ort.env.wasm.proxy = false;
  return ort;
}

/** What of WebGPU is not there, before anything is fetched for it. */
async function webGpuLacks(patience: number): Promise<string | undefined> {
  const gpu = (globalThis.navigator as { gpu?: { requestAdapter(): Promise<unknown> } } | undefined)?.gpu;
  if (gpu === undefined) return "Encoder::NoWebGpu";
  if (!("Suspending" in WebAssembly)) return "Encoder::NoSuspending";
  const late = new Promise((done) => setTimeout(done, patience));
  const adapter = await Promise.race([gpu.requestAdapter(), late]).catch(() => undefined);
  return adapter ? undefined : "Encoder::NoAdapter";
}

/** The glue of a module that most pages do without: its wasm comes, checked, with the first call. */
function onDemand<T extends { default(input: { module_or_path: unknown }): Promise<unknown> }>(name: string, digest: string, imported: () => Promise<T>): (at: Surroundings) => Promise<T> {
  let ready: Promise<T> | undefined;
  return (at) =>
    (ready ??= (async () => {
      const glue = await imported();
      const wasm = await at.read(new URL(name, at.base), () => undefined, new AbortController().signal);
      await checked(name, wasm, digest);
      await glue.default({ module_or_path: wasm });
      return glue;
    })().catch((error: unknown) => {
      ready = undefined;
      throw asError(error, "Encoder::WasmLoad", "Serve the package's encoder folder as it is.");
    }));
}

const pictures = onDemand(PICTURES, FILES.pictures, () => import("#pictures-wasm"));
const senses = onDemand(SENSES, FILES.senses, () => import("#senses-wasm"));

/** Decodes a file as the server does. */
async function decoded(at: Surroundings, bytes: Uint8Array): Promise<{ width: number; height: number; pixels: Uint8Array }> {
  const { Picture } = await pictures(at);
  return said(async () => {
    const picture = Picture.decode(bytes);
    try {
      return { width: picture.width, height: picture.height, pixels: picture.pixels };
    } finally {
      picture.free();
    }
  });
}

function parsed(json: string): ManifestFile {
  try {
    const manifest = JSON.parse(json) as ManifestFile;
    if (typeof manifest.model === "string" && ["image", "text", "audio"].includes(manifest.kind)) return manifest;
  } catch {
    // Said below.
  }
  throw new TasteError("PreprocessError::Manifest", "the address does not hold an encoder's manifest", "Make the manifest with `taste encoder add`.");
}

/** @throws TasteError `Encoder::NotUtf8` */
export function decodedText(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new TasteError("Encoder::NotUtf8", "the text is not UTF-8", "Convert it.");
  }
}

async function digest(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  if (globalThis.crypto?.subtle === undefined) return sha256(bytes);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return `0x${Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

async function checked(file: string, bytes: Uint8Array<ArrayBuffer>, expected: string): Promise<void> {
  const found = await digest(bytes);
  if (found !== expected.toLowerCase()) {
    throw new TasteError("PreprocessError::Digest", `${file} has the SHA-256 ${found}; expected is ${expected}`, "Fetch the file again; if it was changed on purpose, `taste encoder add`.");
  }
}

/** What names content in the cache; a bitmap has no bytes of its own. */
function digestOf(content: Packed): string | undefined {
  if ("text" in content) return sha256(new TextEncoder().encode(content.text));
  if ("bytes" in content) return sha256(content.bytes);
  if ("samples" in content) return `${content.rate}:${sha256(new Uint8Array(content.samples.buffer))}`;
  if ("pixels" in content) return `${content.width}x${content.height}:${sha256(content.pixels)}`;
  return undefined;
}

export function cancelled(): TasteError {
  return new TasteError("Encoder::Cancelled", "it was cancelled");
}

/** Calls into the wasm, which throws `[code, message, hint]`. */
async function said<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (thrown) {
    throw asError(thrown, "Encoder::Stopped", "The encoder stopped; open it again. Voting goes on without prediction.");
  }
}

/** Whatever was thrown, as an error with a code. */
export function asError(thrown: unknown, code: string, hint: string): TasteError {
  if (thrown instanceof TasteError) return thrown;
  if (Array.isArray(thrown)) return new TasteError(...(thrown as [string, string, string]));
  if (thrown instanceof RangeError) return new TasteError("Encoder::Memory", thrown.message, "The page's memory is used up: close other encoders, or take a smaller one.", { cause: thrown });
  return new TasteError(code, thrown instanceof Error ? thrown.message : String(thrown), hint, { cause: thrown });
}
