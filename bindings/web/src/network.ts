/** Encoders with a neural network, as whoever opens one sees them. Types only: the code is in bindings/encoder. */
import type { Content, Sound } from "./content.ts";

export type { Sound };

/** How far a file is. `total` is 0 where the server did not say. */
export interface Progress {
  file: string;
  loaded: number;
  total: number;
}

export interface OpenEncoderOptions {
  /** Told while files come: which one, bytes so far, bytes in all (0 where unknown). */
  onprogress?: (progress: Progress) => void;
  /** Gives up: the promise rejects with `Encoder::Cancelled`, and downloads stop. */
  signal?: AbortSignal;
  /** Seconds without a byte after which a download is given up; 30 by default. */
  patience?: number;
  /** Seconds that one embedding may take before the encoder is closed; 60 by default. */
  timeout?: number;
  /** Threads of ONNX Runtime; more than 1 only where the page is cross-origin isolated. By default up to 4. */
  threads?: number;
  /**
   * Whether the network may run on WebGPU, for which another build of ONNX Runtime Web is fetched; false by default. Embeddings are the same but for
   * rounding. Where it cannot be had the network runs without, and `withoutWebGpu` says why.
   */
  webgpu?: boolean;
  /** SHA-256 that the manifest must have: then nothing that the address holds is taken on trust. */
  digest?: string;
  /** Whether files and embeddings are kept on the device; true by default. */
  keep?: boolean;
  /**
   * Where the package's folder `dist/encoder` is served, its name ending in a slash. By default where the module itself lies,
   * which bundlers change: copy the folder and say where.
   */
  files?: string | URL;
}

export interface EmbedOptions {
  /** Gives up waiting; what is computed already runs to its end unseen. */
  signal?: AbortSignal;
}

/** A film: as the browser plays it, or pictures of it. It is embedded by so many pictures, evenly over its length; 8 by default. */
export interface Film {
  film: HTMLVideoElement | Blob | readonly EncoderContent[];
  frames?: number;
}

/** What a network can embed; of sounds, files are WAV, and all others the page decodes (`decodeAudioData`). In Node: no elements. */
export type EncoderContent = Content | Film | ArrayBuffer | Uint8Array | { width: number; height: number; data: Uint8ClampedArray | Uint8Array };

/** A network, ready to embed. */
export interface OpenEncoder {
  /** Its id, which tags every embedding: the same natively. */
  readonly id: string;
  /** How many numbers an embedding has. */
  readonly dimension: number;
  /** What it embeds. */
  readonly kind: "image" | "text" | "audio";
  /** Threads that it runs on. */
  readonly threads: number;
  /** What it runs on. */
  readonly processor: "wasm" | "webgpu";
  /**
   * Why it does not run on WebGPU, where that was asked for: `Encoder::NoWebGpu` (this browser, or a page without TLS, has none), `Encoder::NoAdapter`
   * (none for this machine), `Encoder::NoSuspending` (WebAssembly cannot wait here), `Encoder::WebGpuFiles` (the files for it are not served),
   * `Encoder::WebGpuRefused` (it does not take this network), `Encoder::WebGpuLate` (in Node: an earlier encoder had the process start without).
   */
  readonly withoutWebGpu?: string | undefined;
  /**
   * The embedding of a text or picture: unit norm, as `taste embed` gives it.
   * @throws TasteError with a stable `code`
   */
  embed(content: EncoderContent, options?: EmbedOptions): Promise<Float32Array>;
  /**
   * The embeddings of many, in the list's order: texts of like length are run together, which is quicker than one by one.
   * @throws TasteError where one of them cannot be embedded
   */
  embed(contents: readonly EncoderContent[], options?: EmbedOptions): Promise<Float32Array[]>;
  /** The token ids of a text, as Hugging Face's tokenizer gives them. */
  tokens(text: string): Promise<number[]>;
  /** Lets everything go. */
  close(): void;
}
