/** Sounds and films as pieces that an encoder takes: the same in the page and in Node. */
import { TasteError } from "../../web/src/errors.ts";
import type { Film, Sound } from "../../web/src/network.ts";
import type { Packed } from "./protocol.ts";

/** The longest sound that is heard: as in `taste-preprocess`. */
const MOST_SECONDS = 600;

export const isSound = (content: object): content is Sound => "sampleRate" in content;
export const isFilm = (content: unknown): content is Film => typeof content === "object" && content !== null && "film" in content;

/** A sound, its channels averaged. What is too long is refused before anything of it is copied. */
export function packedSound(sound: Sound): { rate: number; samples: Float32Array<ArrayBuffer> } & Packed {
  const rate = sound.sampleRate;
  const length = "samples" in sound ? sound.samples.length : sound.length;
  if (length > MOST_SECONDS * rate) throw new TasteError("PreprocessError::AudioTooLong", `the sound lasts ${Math.ceil(length / rate)} s; at most ${MOST_SECONDS} s are heard`, "Cut an excerpt.");
  if ("samples" in sound) return { rate, samples: new Float32Array(sound.samples) };
  const channels = Array.from({ length: sound.numberOfChannels }, (_, at) => sound.getChannelData(at));
  return { rate, samples: Float32Array.from({ length }, (_, at) => channels.reduce((sum, channel) => sum + channel[at]!, 0) / channels.length) };
}

/** The mean of a film's pictures, which count alike, of unit norm: as `Encoder::embed_frames` does it natively. */
export function ofFrames(rows: Float32Array[]): Float32Array {
  if (rows.length === 0) throw new TasteError("Encoder::Film", "a film without frames has no embedding", "Pass at least one.");
  const mean = rows[0]!.map((_, column) => rows.reduce((sum, row) => sum + row[column]!, 0) / rows.length);
  const norm = Math.sqrt(mean.reduce((sum, value) => sum + value * value, 0));
  if (norm === 0) throw new TasteError("CoreError::EmbeddingZero", "the frames cancel each other out", "Leave this film out.");
  return mean.map((value) => value / norm);
}
