/**
 * `tastemaker/encoder`: embedding without a round. Both built-in encoders for pages (`visual@1`, `text@1`) are in the content wasm,
 * which the first `embed` loads; encoders with a neural network are opened by their manifest, and bring ONNX Runtime Web then.
 */
export { embed, initContent as init } from "./content.ts";
export type { Content } from "./content.ts";
export { openEncoder, useEncoder, type ContentEncoder } from "./encoders.ts";
export { TasteError } from "./errors.ts";
export type { EmbedOptions, EncoderContent, OpenEncoder, OpenEncoderOptions, Progress } from "./network.ts";
export type { InitOptions, WasmSource } from "./wasm-file.ts";
