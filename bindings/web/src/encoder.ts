/**
 * `tastemaker/encoder`: embedding without a round. Both built-in encoders (`visual@1`, `text@1`) are in the content wasm,
 * which the first `embed` loads; encoders with a neural network come with a later version of the package.
 */
export { embed, initContent as init } from "./content.ts";
export type { Content } from "./content.ts";
export { TasteError } from "./errors.ts";
export type { InitOptions, WasmSource } from "./wasm-file.ts";
