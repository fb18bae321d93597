/** Content that the page brings, as the built-in encoders want it. */
import { TasteError } from "./errors.ts";
import { wasm } from "./loader.ts";

/** Anything that the built-in encoders can embed: a text or a picture. */
export type Content = string | ImageData | ImageBitmap | Blob | HTMLImageElement | HTMLCanvasElement | OffscreenCanvas;

/**
 * The embedding by `text@1` or `visual@1`: the very numbers that the server computes of the same pixels or text.
 * @throws TasteError `EncoderError::…`, `Client::Picture`
 */
export async function embed(content: Content): Promise<Float32Array> {
  if (typeof content === "string") return wasm().embedText(content);
  const { width, height, data } = await pixelsOf(content);
  return wasm().embedVisual(width, height, data);
}

async function pixelsOf(content: Exclude<Content, string>): Promise<{ width: number; height: number; data: Uint8ClampedArray }> {
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
