/** What the page and its worker say to each other. */

import type { Progress } from "../../web/src/network.ts";

export type Kind = "image" | "text" | "audio";

export interface OpenRequest {
  /** Absolute address of the manifest. */
  manifest: string;
  /** SHA-256 that the manifest must have, where the page knows it. */
  digest: string | undefined;
  threads: number;
  webgpu: boolean;
  /** Milliseconds without a byte after which a download is given up. */
  patience: number;
  /** Whether weights and embeddings are kept on the device. */
  keep: boolean;
}

/** Content as it travels to the worker. */
export type Packed =
  | { text: string }
  | { bytes: Uint8Array }
  | { bitmap: ImageBitmap }
  | { rate: number; samples: Float32Array }
  | { width: number; height: number; pixels: Uint8Array };

export interface Opened {
  id: string;
  dimension: number;
  kind: Kind;
  threads: number;
  processor: "wasm" | "webgpu";
  withoutWebGpu?: string | undefined;
}

export type Request =
  | { call: number; open: OpenRequest }
  | { call: number; embed: Packed[] }
  | { call: number; tokens: string }
  | { call: number; cancel: number };

export interface Refusal {
  code: string;
  message: string;
  hint: string;
}

export type Answer =
  | { call: number; progress: Progress }
  | { call: number; result: Opened | Float32Array[] | Float64Array }
  | { call: number; error: Refusal };
