/** The same API in Node: the same wasm and the same ONNX Runtime Web, in this process. */
import { readFile } from "node:fs/promises";
import { TasteError } from "../../web/src/errors.ts";
import { cancelled, decodedText, Engine, type Reader } from "./engine.ts";
import { fetched } from "./fetching.ts";
import type { EmbedOptions, EncoderContent, Film, OpenEncoder, OpenEncoderOptions } from "../../web/src/network.ts";
import { isFilm, isSound, ofFrames, packedSound } from "./pieces.ts";
import type { Kind, Packed } from "./protocol.ts";

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
export async function openEncoder(manifest: string | URL, options: OpenEncoderOptions = {}): Promise<OpenEncoder> {
  const at = { base: new URL("./", import.meta.url), read, keeps: false };
  const request = {
    manifest: new URL(manifest).href,
    digest: options.digest,
    threads: Math.max(1, options.threads ?? 1),
    webgpu: options.webgpu ?? false,
    patience: (options.patience ?? 30) * 1000,
    keep: false,
  };
  const signal = options.signal ?? new AbortController().signal;
  const engine = await Engine.open(at, request, (progress) => options.onprogress?.(progress), signal);
  let last: Promise<unknown> = Promise.resolve();
  let open = true;
  const { id, dimension, kind, threads, processor, withoutWebGpu } = engine.opened;
  const closed = (): TasteError => new TasteError("Encoder::Closed", "the encoder is closed", "Open it again.");
  function embed(content: EncoderContent, options?: EmbedOptions): Promise<Float32Array>;
  function embed(contents: readonly EncoderContent[], options?: EmbedOptions): Promise<Float32Array[]>;
  function embed(content: EncoderContent | readonly EncoderContent[], { signal = new AbortController().signal }: EmbedOptions = {}): Promise<Float32Array | Float32Array[]> {
    const list = Array.isArray(content) ? (content as readonly EncoderContent[]) : undefined;
    const work = last.then(async () => {
      if (!open) throw closed();
      if (signal.aborted) throw cancelled();
      const given = list ?? [content as EncoderContent];
      const pieces = given.map((content) => (isFilm(content) ? frames(content) : [content]));
      const rows = await engine.embed(await Promise.all(pieces.flat().map((content) => packed(content, kind))), signal);
      const embeddings = given.map((content, at) => {
        const own = rows.splice(0, pieces[at]!.length);
        return isFilm(content) ? ofFrames(own) : own[0]!;
      });
      return list ? embeddings : embeddings[0]!;
    });
    last = work.catch(() => undefined);
    return work;
  }
  return {
    id,
    dimension,
    kind,
    threads,
    processor,
    withoutWebGpu,
    embed,
    async tokens(text) {
      return [...(await engine.tokens(text))];
    },
    close() {
      if (open) void last.then(() => engine.close());
      open = false;
    },
  };
}

function frames({ film }: Film): readonly EncoderContent[] {
  if (Array.isArray(film)) return film as readonly EncoderContent[];
  throw new TasteError("Encoder::Film", "Node plays no films", "Pass a list of pictures of it, sampled evenly.");
}

async function packed(content: EncoderContent, kind: Kind): Promise<Packed> {
  if (typeof content === "string") return { text: content };
  if (isSound(content)) return packedSound(content);
  if (content instanceof Blob || content instanceof ArrayBuffer || content instanceof Uint8Array) {
    const bytes = content instanceof Blob ? new Uint8Array(await content.arrayBuffer()) : new Uint8Array(content);
    return kind === "text" ? { text: decodedText(bytes) } : { bytes };
  }
  if ("data" in content) return { width: content.width, height: content.height, pixels: new Uint8Array(content.data.buffer, content.data.byteOffset, content.data.byteLength) };
  throw new TasteError("Encoder::Picture", "Node has no elements to draw", "Pass a text, a file's bytes, or pixels.");
}
