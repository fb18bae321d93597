/** Reading addresses piece by piece, so that progress can be told. */
import { TasteError } from "../../web/src/errors.ts";
import type { Reader } from "./engine.ts";

/** No file of an encoder is larger. */
const MOST_BYTES = 2 ** 31;

export const fetched: Reader = async (url, told, signal) => {
  const answer = await fetch(url, { signal, credentials: "same-origin" });
  if (!answer.ok || answer.body === null) throw new TasteError("Encoder::Fetch", `${url.pathname} answers ${answer.status}`, "Check that the file is served.");
  // A compressed answer says how many bytes travel, not how many come out.
  const total = answer.headers.has("content-encoding") ? 0 : Number(answer.headers.get("content-length") ?? 0);
  const pieces: Uint8Array[] = [];
  let loaded = 0;
  const reader = answer.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    pieces.push(value);
    loaded += value.length;
    if (loaded > MOST_BYTES) {
      await reader.cancel();
      throw new TasteError("Encoder::Memory", `${url.pathname} is larger than ${MOST_BYTES} bytes`, "Take a smaller encoder.");
    }
    told(loaded, total);
  }
  const bytes = new Uint8Array(loaded);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
};
