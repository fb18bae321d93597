import type { Progress } from "./protocol.ts";

export type { Progress } from "./protocol.ts";

export interface OpenOptions {
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
  /** SHA-256 that the manifest must have: then nothing that the address holds is taken on trust. */
  digest?: string;
  /** Whether files and embeddings are kept on the device; true by default. */
  keep?: boolean;
}

export interface EmbedOptions {
  /** Gives up waiting; what is computed already runs to its end unseen. */
  signal?: AbortSignal;
}

/** A network, ready to embed. */
export interface OpenEncoder<Content> {
  /** Its id, which tags every embedding: the same natively. */
  readonly id: string;
  /** How many numbers an embedding has. */
  readonly dimension: number;
  /** What it embeds. */
  readonly kind: "image" | "text";
  /** Threads that it runs on. */
  readonly threads: number;
  /**
   * The embedding of a text or picture: unit norm, as `taste embed` gives it.
   * @throws TasteError with a stable `code`
   */
  embed(content: Content, options?: EmbedOptions): Promise<Float32Array>;
  /** The token ids of a text, as Hugging Face's tokenizer gives them. */
  tokens(text: string): Promise<number[]>;
  /** Lets everything go. */
  close(): void;
}
