// What the build puts in place of these names.

/** SHA-256 of the files beside the modules, as the build found them. */
declare module "#files" {
  export const FILES: { readonly script: string; readonly runtime: string; readonly gpuScript: string; readonly gpuRuntime: string; readonly encoder: string; readonly pictures: string; readonly senses: string };
}

/** wasm-bindgen's glue of `bindings/encoder`. */
declare module "#encoder-wasm" {
  export default function initialise(input: { module_or_path: unknown }): Promise<unknown>;
  export function sha256(bytes: Uint8Array): string;
  export class Runtime {
    constructor();
  }
  export class Network {
    static open(runtime: Runtime, manifest: string, model: Uint8Array, tokenizer?: Uint8Array): Promise<Network>;
    readonly id: string;
    readonly dimension: number;
    embedTexts(texts: string[]): Promise<Float32Array[]>;
    embedSensed(sensed: Float32Array): Promise<Float32Array>;
    tokenIds(text: string): Float64Array;
    free(): void;
  }
}

/** wasm-bindgen's glue of `bindings/pictures`. */
declare module "#pictures-wasm" {
  export default function initialise(input: { module_or_path: unknown }): Promise<unknown>;
  export class Picture {
    static decode(bytes: Uint8Array): Picture;
    readonly width: number;
    readonly height: number;
    readonly pixels: Uint8Array;
    free(): void;
  }
}

/** wasm-bindgen's glue of `bindings/senses`. */
declare module "#senses-wasm" {
  export default function initialise(input: { module_or_path: unknown }): Promise<unknown>;
  export class Senses {
    constructor(manifest: string);
    see(width: number, height: number, pixels: Uint8Array): Float32Array;
    hear(rate: number, samples: Float32Array): Float32Array;
    hearFile(file: Uint8Array): Float32Array;
    free(): void;
  }
}
