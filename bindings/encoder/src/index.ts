/**
 * Encoders with a neural network, in the page: `openEncoder("/encoders/minilm/manifest.json")`. Importing this module touches
 * nothing; the first call starts a worker, which fetches the encoder's files and ONNX Runtime's.
 */
import { TasteError } from "../../web/src/errors.ts";
import type { EmbedOptions, EncoderContent, Film, OpenEncoder, OpenEncoderOptions, Progress } from "../../web/src/network.ts";
import { isFilm, isSound, ofFrames, packedSound } from "./pieces.ts";
import type { Answer, Kind, Opened, OpenRequest, Packed, Request } from "./protocol.ts";

const FILES_HINT =
  "Serve the package's folder dist/encoder from the page's origin, and say where (`files`) if a bundler moved the module; the content policy needs worker-src 'self', and one with `trusted-types` must name tastemaker-encoder.";

/** The longer side at which the server draws an SVG. */
const SVG_SIDE = 256;

/**
 * Opens an encoder by the address of its manifest (`taste encoder add` writes one).
 * @throws TasteError `Encoder::Worker`, `Encoder::Fetch`, `Encoder::Timeout`, `Encoder::Cancelled`, `PreprocessError::Digest`, …
 */
export async function openEncoder(manifest: string | URL, options: OpenEncoderOptions = {}): Promise<OpenEncoder> {
  const calls = new Calls(workerAddress(options.files), options.timeout ?? 60);
  const isolated = globalThis.crossOriginIsolated === true;
  const request: OpenRequest = {
    manifest: new URL(manifest, globalThis.location.href).href,
    digest: options.digest,
    threads: isolated ? Math.max(1, options.threads ?? Math.min(4, navigator.hardwareConcurrency)) : 1,
    webgpu: options.webgpu ?? false,
    patience: (options.patience ?? 30) * 1000,
    keep: options.keep ?? true,
  };
  try {
    const opened = (await calls.ask({ open: request }, [], options.signal, options.onprogress)) as Opened;
    return new PageEncoder(calls, opened);
  } catch (error) {
    calls.end(error);
    throw error;
  }
}

class PageEncoder implements OpenEncoder {
  readonly #calls: Calls;
  readonly id: string;
  readonly dimension: number;
  readonly kind: Kind;
  readonly threads: number;
  readonly processor: "wasm" | "webgpu";
  readonly withoutWebGpu: string | undefined;

  constructor(calls: Calls, { id, dimension, kind, threads, processor, withoutWebGpu }: Opened) {
    this.#calls = calls;
    this.id = id;
    this.dimension = dimension;
    this.kind = kind;
    this.threads = threads;
    this.processor = processor;
    this.withoutWebGpu = withoutWebGpu;
  }

  embed(content: EncoderContent, options?: EmbedOptions): Promise<Float32Array>;
  embed(contents: readonly EncoderContent[], options?: EmbedOptions): Promise<Float32Array[]>;
  async embed(content: EncoderContent | readonly EncoderContent[], { signal }: EmbedOptions = {}): Promise<Float32Array | Float32Array[]> {
    const contents = isList(content) ? content : [content];
    // A film is embedded by pictures of it.
    const pieces = await Promise.all(contents.map(async (content) => (isFilm(content) ? (await import("./film.ts")).framesOf(content) : [content])));
    const packed = await Promise.all(pieces.flat().map((content) => pack(content as Exclude<EncoderContent, Film>, this.kind)));
    const question = { embed: packed.map(([packed]) => packed) };
    const rows = (await this.#calls.ask(question, packed.flatMap(([, transfer]) => transfer), signal)) as Float32Array[];
    const embeddings = contents.map((content, at) => {
      const own = rows.splice(0, pieces[at]!.length);
      return isFilm(content) ? ofFrames(own) : own[0]!;
    });
    return isList(content) ? embeddings : embeddings[0]!;
  }

  async tokens(text: string): Promise<number[]> {
    return [...((await this.#calls.ask({ tokens: text }, [])) as Float64Array)];
  }

  close(): void {
    this.#calls.end(new TasteError("Encoder::Closed", "the encoder is closed", "Open it again."));
  }
}

interface Waiting {
  done: (result: unknown) => void;
  failed: (error: unknown) => void;
  told: ((progress: Progress) => void) | undefined;
}

/** Questions to the worker and their answers. */
class Calls {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #timeout: number;
  #last = 0;
  #ended: unknown;

  constructor(address: string, timeout: number) {
    this.#timeout = timeout * 1000;
    this.#worker = startWorker(address);
    this.#worker.onmessage = ({ data }: MessageEvent<Answer>) => this.#answered(data);
    const broken = (event: Event): void => {
      const message = event instanceof ErrorEvent && event.message ? event.message : "the worker's script cannot be loaded";
      this.end(new TasteError("Encoder::Worker", message, FILES_HINT));
    };
    this.#worker.onerror = broken;
    this.#worker.onmessageerror = broken;
  }

  async ask(question: { open: OpenRequest } | { embed: Packed[] } | { tokens: string }, transfer: Transferable[], signal?: AbortSignal, told?: (progress: Progress) => void): Promise<unknown> {
    if (this.#ended !== undefined) throw this.#ended;
    const cancelled = new TasteError("Encoder::Cancelled", "it was cancelled");
    if (signal?.aborted) throw cancelled;
    const call = (this.#last += 1);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const cancel = (): void => {
      this.#post({ call: 0, cancel: call });
      this.#waiting.get(call)?.failed(cancelled);
    };
    try {
      return await new Promise((done, failed) => {
        this.#waiting.set(call, { done, failed, told });
        signal?.addEventListener("abort", cancel, { once: true });
        if (!("open" in question)) {
          // A network that does not end cannot be interrupted, only ended.
          const patience = this.#timeout * ("embed" in question ? Math.max(1, question.embed.length) : 1);
          timer = setTimeout(() => this.end(new TasteError("Encoder::Timeout", `no embedding within ${patience / 1000} s`, "Open the encoder again, or give it more time.")), patience);
        }
        this.#post({ call, ...question } as Request, transfer);
      });
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", cancel);
      this.#waiting.delete(call);
    }
  }

  #post(request: Request, transfer: Transferable[] = []): void {
    try {
      this.#worker.postMessage(request, transfer);
    } catch (error) {
      throw new TasteError("Encoder::Picture", "the picture cannot be read", "Pass an image from this origin or with CORS.", { cause: error });
    }
  }

  #answered(answer: Answer): void {
    const waiting = this.#waiting.get(answer.call);
    if ("progress" in answer) waiting?.told?.(answer.progress);
    else if ("error" in answer) waiting?.failed(new TasteError(answer.error.code, answer.error.message, answer.error.hint));
    else waiting?.done(answer.result);
  }

  /** Ends the worker; whoever waits is told why. */
  end(reason: unknown): void {
    this.#ended ??= reason;
    this.#worker.terminate();
    for (const { failed } of this.#waiting.values()) failed(this.#ended);
  }
}

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string };
}

/** All that the page's policy ever lets become a script: the worker's addresses that were asked for. */
const allowed = new Set<string>();
let policy: { createScriptURL(url: string): string } | undefined;

/** Where the worker's script lies. Not by `new URL(name, import.meta.url)`, at which bundlers would copy one file of a folder. */
function workerAddress(files: string | URL | undefined): string {
  const folder = files === undefined ? import.meta.url.replace(/[^/]*$/, "") : new URL(files, globalThis.location.href).href;
  return new URL("worker.js", folder).href;
}

function startWorker(address: string): Worker {
  // Of another origin (a content network) no worker starts, but one may import it.
  const foreign = new URL(address).origin !== globalThis.location.origin;
  const url = foreign ? URL.createObjectURL(new Blob([`import ${JSON.stringify(address)};`], { type: "text/javascript" })) : address;
  allowed.add(url);
  const types = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes;
  try {
    policy ??= types?.createPolicy("tastemaker-encoder", {
      createScriptURL(asked) {
        if (allowed.has(asked)) return asked;
        throw new TypeError(`${asked} is not the encoder's worker`);
      },
    });
    return new Worker((policy?.createScriptURL(url) ?? url) as string, { type: "module", name: "tastemaker-encoder" });
  } catch (error) {
    throw new TasteError("Encoder::Worker", "the worker cannot be started", FILES_HINT, { cause: error });
  }
}

const isList = (content: EncoderContent | readonly EncoderContent[]): content is readonly EncoderContent[] => Array.isArray(content);

/** Content as the worker takes it, and what is handed over with it. */
async function pack(content: Exclude<EncoderContent, Film>, kind: Kind): Promise<[Packed, Transferable[]]> {
  if (typeof content === "string") return [{ text: content }, []];
  if (isSound(content)) {
    const sound = packedSound(content);
    return [sound, [sound.samples.buffer]];
  }
  if (content instanceof Blob || content instanceof ArrayBuffer || content instanceof Uint8Array) {
    if (content instanceof Blob && content.type.startsWith("image/svg")) return drawn(content);
    const bytes = content instanceof Blob ? new Uint8Array(await content.arrayBuffer()) : new Uint8Array(content).slice();
    if (kind === "text") {
      try {
        return [{ text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) }, []];
      } catch (error) {
        throw new TasteError("Encoder::NotUtf8", "the text is not UTF-8", "Convert it.", { cause: error });
      }
    }
    return [{ bytes }, [bytes.buffer]];
  }
  try {
    if ("data" in content) {
      const pixels = new Uint8Array(content.data.buffer, content.data.byteOffset, content.data.byteLength).slice();
      return [{ width: content.width, height: content.height, pixels }, [pixels.buffer]];
    }
    // A copy, which the worker draws: reading pixels would hold the page up.
    const bitmap = await createImageBitmap(content, { colorSpaceConversion: "none", premultiplyAlpha: "none" });
    return [{ bitmap }, [bitmap]];
  } catch (error) {
    throw new TasteError("Encoder::Picture", "the picture cannot be read", "Pass an image that the browser shows, from this origin or with CORS.", { cause: error });
  }
}

/** An SVG: drawn by the browser, at the server's size. In an image element its scripts never run and nothing is fetched for it. */
async function drawn(svg: Blob): Promise<[Packed, Transferable[]]> {
  const url = URL.createObjectURL(svg);
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const scale = SVG_SIDE / Math.max(image.naturalWidth, image.naturalHeight);
    const [width, height] = [image.naturalWidth, image.naturalHeight].map((side) => Math.max(1, Math.round(side * scale))) as [number, number];
    const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true })!;
    context.drawImage(image, 0, 0, width, height);
    const pixels = new Uint8Array(context.getImageData(0, 0, width, height).data.buffer);
    return [{ width, height, pixels }, [pixels.buffer]];
  } catch (error) {
    throw new TasteError("Encoder::Picture", "the SVG cannot be drawn", "Draw it with shapes only, without outside references.", { cause: error });
  } finally {
    URL.revokeObjectURL(url);
  }
}
