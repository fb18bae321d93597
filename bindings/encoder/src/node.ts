/** The same API in Node: the same wasm and the same ONNX Runtime Web, in this process. */
import { readFile } from "node:fs/promises";
import { TasteError } from "../../web/src/errors.ts";
import { cancelled, decodedText, Engine, type Reader } from "./engine.ts";
import { fetched } from "./fetching.ts";
import type { EmbedOptions, OpenEncoder, OpenOptions } from "./options.ts";
import type { Packed } from "./protocol.ts";

export { TasteError } from "../../web/src/errors.ts";
export type { EmbedOptions, OpenEncoder, OpenOptions, Progress } from "./options.ts";

/** Whatever can be embedded: a text, a picture's file, or pixels. */
export type Content = string | ArrayBuffer | Uint8Array | { width: number; height: number; data: Uint8ClampedArray | Uint8Array };

const read: Reader = async (url, told, signal) => {
  if (url.protocol !== "file:") return fetched(url, told, signal);
  const bytes = await readFile(url);
  signal.throwIfAborted();
  told(bytes.length, bytes.length);
  return new Uint8Array(bytes);
};

/**
 * Opens an encoder by the address of its manifest, a `file:` URL too.
 * @throws TasteError
 */
export async function openEncoder(manifest: string | URL, options: OpenOptions = {}): Promise<OpenEncoder<Content>> {
  const at = { base: new URL("./", import.meta.url), read, keeps: false };
  const request = {
    manifest: new URL(manifest).href,
    digest: options.digest,
    threads: Math.max(1, options.threads ?? 1),
    patience: (options.patience ?? 30) * 1000,
    keep: false,
  };
  const signal = options.signal ?? new AbortController().signal;
  const engine = await Engine.open(at, request, (progress) => options.onprogress?.(progress), signal);
  let last: Promise<unknown> = Promise.resolve();
  let open = true;
  const { id, dimension, kind, threads } = engine.opened;
  const closed = (): TasteError => new TasteError("Encoder::Closed", "the encoder is closed", "Open it again.");
  return {
    id,
    dimension,
    kind,
    threads,
    embed(content, { signal }: EmbedOptions = {}) {
      const work = last.then(() => {
        if (!open) throw closed();
        if (signal?.aborted) throw cancelled();
        return engine.embed(packed(content, kind));
      });
      last = work.catch(() => undefined);
      return work;
    },
    async tokens(text) {
      return [...(await engine.tokens(text))];
    },
    close() {
      if (open) void last.then(() => engine.close());
      open = false;
    },
  };
}

function packed(content: Content, kind: "image" | "text"): Packed {
  if (typeof content === "string") return { text: content };
  if ("data" in content) return { width: content.width, height: content.height, pixels: new Uint8Array(content.data.buffer, content.data.byteOffset, content.data.byteLength) };
  const bytes = new Uint8Array(content);
  return kind === "text" ? { text: decodedText(bytes) } : { bytes };
}
