// Tiny networks, written as ONNX's protobuf by hand, so that the tests need no file of a stranger.

import { createHash } from "node:crypto";

const varint = (number) => {
  const bytes = [];
  let rest = BigInt.asUintN(64, BigInt(number));
  do {
    bytes.push(Number(rest & 127n) | (rest > 127n ? 128 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return Buffer.from(bytes);
};
const number = (field, value) => Buffer.concat([varint(field << 3), varint(value)]);
const bytes = (field, value) => {
  const content = Buffer.from(value);
  return Buffer.concat([varint((field << 3) | 2), varint(content.length), content]);
};
const message = (...parts) => Buffer.concat(parts.flat());

const F32 = 1;
const I64 = 7;

const port = (name, element, sides) =>
  message(
    bytes(1, name),
    bytes(2, bytes(1, message(number(1, element), bytes(2, message(sides.map((side) => bytes(1, typeof side === "number" ? number(1, side) : bytes(2, side)))))))),
  );
const node = (operator, inputs, output) => message(inputs.map((input) => bytes(1, input)), bytes(2, output), bytes(4, operator));
const model = (graph) => message(number(1, 9), bytes(7, graph), bytes(8, number(2, 18)));

/** A weight, or one that says that it is in another file. */
function tensor(name, dims, values, external) {
  const raw = Buffer.from(new Float32Array(values).buffer);
  const place = external ? [bytes(13, message(bytes(1, "location"), bytes(2, external))), number(14, 1)] : [bytes(9, raw)];
  return message(dims.map((side) => number(1, side)), number(2, F32), bytes(8, name), place);
}

/** An image network of 2 × 2 pixels: its embedding is the average of each channel. */
export function averages({ external, input = "x" } = {}) {
  const graph = message(
    bytes(1, node("Mul", [input, "one"], "scaled")),
    bytes(1, node("GlobalAveragePool", ["scaled"], "embedding")),
    bytes(2, "averages"),
    bytes(5, tensor("one", [1], [1], external)),
    bytes(11, port("x", F32, ["n", 3, 2, 2])),
    bytes(12, port("embedding", F32, ["n", 3, 1, 1])),
  );
  return model(graph);
}

/** A text network: a row of a table a token, `[n, t, 2]`. */
export function tokenTable() {
  const graph = message(
    bytes(1, node("Gather", ["table", "input_ids"], "embedding")),
    bytes(2, "tokens"),
    bytes(5, tensor("table", [4, 2], [0, 0, 1, 0, 0, 1, 3, 4])),
    bytes(11, port("input_ids", I64, ["n", "t"])),
    bytes(12, port("embedding", F32, ["n", "t", 2])),
  );
  return model(graph);
}

/** A network of sounds: patches of 4 windows and 8 bands; its embedding is the mean of each band, `[n, 1, 8]`. */
export function bands() {
  const axes = Buffer.from(new BigInt64Array([2n]).buffer);
  const keep = message(bytes(1, "keepdims"), number(3, 0), number(20, 2));
  const graph = message(
    bytes(1, message(bytes(1, "x"), bytes(1, "axes"), bytes(2, "embedding"), bytes(4, "ReduceMean"), bytes(5, keep))),
    bytes(2, "bands"),
    bytes(5, message(number(1, 1), number(2, I64), bytes(8, "axes"), bytes(9, axes))),
    bytes(11, port("x", F32, ["n", 1, 4, 8])),
    bytes(12, port("embedding", F32, ["n", 1, 8])),
  );
  return model(graph);
}

/**
 * Stands for CLAP's tower of sounds: spectrograms of 1001 windows and 64 bands, of which the exporter says as little as Hugging Face's. Its
 * embedding is how far each band lies above the others on the average, so that no decibel of all is in every direction.
 */
export function standInForClap() {
  const axis = (name, at) => bytes(5, message(number(1, 1), number(2, I64), bytes(8, name), bytes(9, Buffer.from(new BigInt64Array([at]).buffer))));
  const mean = (input, axis, output, keep) => bytes(1, message(bytes(1, input), bytes(1, axis), bytes(2, output), bytes(4, "ReduceMean"), bytes(5, message(bytes(1, "keepdims"), number(3, keep), number(20, 2)))));
  const graph = message(
    mean("input_features", "windows", "bands", 0n),
    mean("bands", "last", "all", 1n),
    bytes(1, node("Sub", ["bands", "all"], "centred")),
    bytes(1, node("Flatten", ["centred"], "audio_embeds")),
    bytes(2, "clap"),
    axis("windows", 2n),
    axis("last", 2n),
    bytes(11, port("input_features", F32, ["batch", "channels", "height", "width"])),
    bytes(12, port("audio_embeds", F32, ["batch", "projection"])),
  );
  return model(graph);
}

/** A network of sounds that does nothing: its embedding is one window of the spectrogram, bit by bit. */
export function oneWindow(input, windows, at) {
  const axis = message(bytes(1, "axis"), number(3, 2n), number(20, 2));
  const graph = message(
    bytes(1, message(bytes(1, input), bytes(1, "at"), bytes(2, "embedding"), bytes(4, "Gather"), bytes(5, axis))),
    bytes(2, "window"),
    bytes(5, message(number(2, I64), bytes(8, "at"), bytes(9, Buffer.from(new BigInt64Array([at]).buffer)))),
    bytes(11, port(input, F32, ["n", 1, windows, 64])),
    bytes(12, port("embedding", F32, ["n", 1, 64])),
  );
  return model(graph);
}

/** An image network whose weight declares a shape of terabytes. */
export function giant() {
  const weight = message(number(1, 1 << 20), number(1, 1 << 20), number(2, F32), bytes(8, "one"), bytes(9, Buffer.alloc(4)));
  const graph = message(
    bytes(1, node("Mul", ["x", "one"], "embedding")),
    bytes(2, "giant"),
    bytes(5, weight),
    bytes(11, port("x", F32, ["n", 3, 2, 2])),
    bytes(12, port("embedding", F32, ["n", 3, 2, 2])),
  );
  return model(graph);
}

export const ONNX = {
  /** The same file with one bit changed. */
  flipped(whole) {
    const changed = Buffer.from(whole);
    changed[changed.length >> 1] ^= 1;
    return changed;
  },
};

/** SHA-256 as manifests have it. */
export const sha256 = (bytes) => `0x${createHash("sha256").update(bytes).digest("hex")}`;

/** A manifest's JSON with the digests of its files. */
export function manifest(said, files) {
  return Buffer.from(JSON.stringify({ ...said, digests: Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, sha256(bytes)])) }));
}

/** A tokenizer of three words. */
export const TOKENIZER = Buffer.from(
  JSON.stringify({
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: [],
    normalizer: { type: "Lowercase" },
    pre_tokenizer: { type: "Whitespace" },
    post_processor: null,
    decoder: null,
    model: { type: "WordLevel", vocab: { "?": 0, red: 1, green: 2, blue: 3 }, unk_token: "?" },
  }),
);
