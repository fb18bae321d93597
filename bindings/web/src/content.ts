/**
 * Content that the page brings: embedded as the built-in encoders want it, and measured by a taste model. This module
 * is imported on demand only (`embed.ts`, `models.ts`), for it brings the content wasm with it, which a person who
 * only votes never needs.
 */
import { embedFor as forRound } from "./encoders.ts";
import { TasteError } from "./errors.ts";
import type { Digest } from "./types.ts";
import { WasmFile, type InitOptions, type WasmSource } from "./wasm-file.ts";
import type { ContentModel, ContentWasm } from "./wasm.ts";

/** A sound, as the browser decodes it (`decodeAudioData`) or as samples of one channel, −1 to 1. */
export type Sound = AudioBuffer | { sampleRate: number; samples: Float32Array };

/** Anything that the built-in encoders can embed: a text, a picture or a sound. */
export type Content = string | Sound | ImageData | ImageBitmap | Blob | HTMLImageElement | HTMLCanvasElement | OffscreenCanvas;

const file = new WasmFile<ContentWasm>(() => import("#content-wasm"), () => new URL("./tastemaker-content.wasm", import.meta.url));

/** Loads the content wasm; later calls wait for the first. */
export function initContent(source?: WasmSource, options: InitOptions = {}): Promise<ContentWasm> {
  return file.init(source, options);
}

/** See `embed.ts`. A palette is a text, too: which of the two is meant, its encoder's id says. */
export async function embed(content: Content, encoder?: string): Promise<Float32Array> {
  const wasm = await initContent();
  if (typeof content === "string") return told(() => (encoder === "palette@1" ? wasm.embedPalette(colours(content)) : wasm.embedText(content)));
  if ("sampleRate" in content) return told(() => wasm.embedAudio(content.sampleRate, oneChannel(content)));
  const { width, height, data } = await pixelsOf(content);
  return told(() => wasm.embedVisual(width, height, data));
}

/** See `encoders.ts`. */
export function embedFor(encoder: string, manifest: string | URL | Element | undefined, content: Content): Promise<Float32Array> {
  return forRound(encoder, manifest, content, embed);
}

/** A taste model on embeddings. It holds one model at a time; another digest replaces it. */
export class Evaluator {
  #digest: Digest | undefined;
  #model: Promise<ContentModel> | undefined;

  /**
   * Utility of an embedding, then its features, under the model of this digest. `read` gives the model's file where it
   * is not in use already.
   * @throws TasteError `ModelError::…`, `OnnxError::…`, and whatever `read` throws
   */
  evaluate(digest: Digest, read: () => Promise<Uint8Array>, embedding: Float32Array): Promise<Float32Array> {
    if (digest !== this.#digest || this.#model === undefined) {
      this.free();
      this.#digest = digest;
      const model = (this.#model = opened(read));
      // What could not be read is read again the next time.
      model.catch(() => {
        if (this.#model === model) this.#model = undefined;
      });
    }
    // On the promise itself: what was asked of a model before it is replaced runs before it is freed.
    return this.#model.then((model) => told(() => model.evaluate(embedding)));
  }

  /** Lets the model go. */
  free(): void {
    this.#model?.then((model) => model.free(), () => undefined);
    this.#model = undefined;
  }
}

async function opened(read: () => Promise<Uint8Array>): Promise<ContentModel> {
  const [wasm, bytes] = await Promise.all([initContent(), read()]);
  return told(() => new wasm.Model(bytes));
}

/** Calls into the content wasm, which throws `[code, message, hint]`. */
function told<T>(call: () => T): T {
  try {
    return call();
  } catch (thrown) {
    if (!Array.isArray(thrown)) throw thrown;
    const [code, message, hint] = thrown as [string, string, string];
    throw new TasteError(code, message, hint);
  }
}

/** Red, green, blue of each colour of a palette (`["#aabbcc", …]`); none where it is no palette. */
function colours(palette: string): Uint8Array {
  const list = /^\s*\[([^\]]*)\]\s*$/.exec(palette)?.[1]?.split(",").map((word) => /^\s*"#([0-9a-f]{6})"\s*$/i.exec(word)?.[1]);
  if (!list?.every((hex) => hex !== undefined)) throw ["Client::Palette", "a palette is a JSON list of colours", 'Pass a text such as ["#aabbcc", "#102030"].'];
  return Uint8Array.from(list.flatMap((hex) => [0, 2, 4].map((at) => Number.parseInt(hex.slice(at, at + 2), 16))));
}

/** The mean of a sound's channels; of what is longer than is heard a little more than is heard, and the wasm refuses it. */
function oneChannel(sound: Sound): Float32Array {
  if ("samples" in sound) return sound.samples;
  const channels = Array.from({ length: sound.numberOfChannels }, (_, at) => sound.getChannelData(at));
  const length = Math.min(sound.length, 601 * sound.sampleRate);
  return Float32Array.from({ length }, (_, at) => channels.reduce((sum, channel) => sum + channel[at]!, 0) / channels.length);
}

async function pixelsOf(content: Exclude<Content, string | Sound>): Promise<{ width: number; height: number; data: Uint8ClampedArray }> {
  if ("data" in content && "width" in content) return content as ImageData;
  try {
    const source = content instanceof Blob ? await decoded(content) : content;
    const width = "naturalWidth" in source ? source.naturalWidth : source.width;
    const height = "naturalHeight" in source ? source.naturalHeight : source.height;
    const canvas = typeof OffscreenCanvas === "undefined" ? Object.assign(document.createElement("canvas"), { width, height }) : new OffscreenCanvas(width, height);
    const context = canvas.getContext("2d", { willReadFrequently: true, colorSpace: "srgb" }) as CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;
    context.drawImage(source, 0, 0);
    return context.getImageData(0, 0, width, height);
  } catch (error) {
    throw new TasteError("Client::Picture", "the picture cannot be decoded or read", "Pass an image that the browser shows, from this origin or with CORS.", { cause: error });
  }
}

/** No colour management and no premultiplication: the file's own numbers, as the server reads them. */
async function decoded(blob: Blob): Promise<ImageBitmap | HTMLImageElement> {
  if (blob.type !== "image/svg+xml") {
    return createImageBitmap(blob, { colorSpaceConversion: "none", premultiplyAlpha: "none" });
  }
  const image = new Image();
  const url = URL.createObjectURL(blob);
  try {
    image.src = url;
    await image.decode();
    return image;
  } finally {
    URL.revokeObjectURL(url);
  }
}
