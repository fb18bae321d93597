/** Pictures of a film, evenly over its length, as the browser plays it. */
import { TasteError } from "../../web/src/errors.ts";
import type { EncoderContent, Film } from "../../web/src/network.ts";

/** Milliseconds that the browser may take to come to a place of the film. */
const PATIENCE = 20_000;

/** @throws TasteError `Encoder::Film` */
export async function framesOf({ film, frames = 8 }: Film): Promise<readonly EncoderContent[]> {
  if (Array.isArray(film)) return film as readonly EncoderContent[];
  const source = film as Blob | HTMLVideoElement;
  // A copy plays: what the visitor watches does not jump.
  const video = document.createElement("video");
  const url = source instanceof Blob ? URL.createObjectURL(source) : source.currentSrc;
  const comes = (event: string): Promise<void> =>
    new Promise((done, failed) => {
      const timer = setTimeout(() => failed(new Error(`no ${event} within ${PATIENCE / 1000} s`)), PATIENCE);
      const end = (then: () => void) => (): void => (clearTimeout(timer), then());
      video.addEventListener(event, end(done), { once: true });
      video.onerror = end(() => failed(video.error));
    });
  const seek = (time: number): Promise<void> => {
    const there = comes("seeked");
    video.currentTime = time;
    return there;
  };
  try {
    video.muted = true;
    video.preload = "auto";
    if (!(source instanceof Blob)) video.crossOrigin = source.crossOrigin;
    const ready = comes("loadeddata");
    video.src = url;
    await ready;
    // What was recorded as it went on says its length only at its end.
    if (video.duration === Infinity) await seek(1e9);
    const pictures: ImageBitmap[] = [];
    for (let at = 0; at < frames; at += 1) {
      await seek((video.duration * (at + 0.5)) / frames);
      pictures.push(await createImageBitmap(video));
    }
    return pictures;
  } catch (error) {
    throw new TasteError("Encoder::Film", "the film cannot be played", "Pass one that the browser plays, from this origin or with CORS; the content policy needs its place in media-src (blob: for files).", { cause: error });
  } finally {
    video.onerror = null;
    video.removeAttribute("src");
    video.load();
    if (source instanceof Blob) URL.revokeObjectURL(url);
  }
}
