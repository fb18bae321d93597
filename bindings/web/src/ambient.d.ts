/** The glue that wasm-bindgen generated for each module; `build.mjs` resolves the names. */
declare module "#wasm" {
  export const WebSession: import("./wasm.ts").Wasm["WebSession"];
  export const compute: import("./wasm.ts").Wasm["compute"];
  export const keyAddress: import("./wasm.ts").Wasm["keyAddress"];
  export const join: import("./wasm.ts").Wasm["join"];
  export default function initialise(input: {
    module_or_path: string | URL | Request | Response | BufferSource | WebAssembly.Module | Promise<Response>;
  }): Promise<unknown>;
}

declare module "#taste-wasm" {
  export default function initialise(input: {
    module_or_path: string | URL | Request | Response | BufferSource | WebAssembly.Module | Promise<Response>;
  }): Promise<unknown>;
}

/** The vote module as a script. */
declare module "#vote-script" {
  export function start(): Promise<import("./wasm.ts").Wasm>;
}

declare module "#content-wasm" {
  export default function initialise(input: {
    module_or_path: string | URL | Request | Response | BufferSource | WebAssembly.Module | Promise<Response>;
  }): Promise<unknown>;
}

/** The package's folder `encoder`, made of bindings/encoder: encoders with a network. */
declare module "#network" {
  export function openEncoder(manifest: string | URL, options?: import("./network.ts").OpenEncoderOptions): Promise<import("./network.ts").OpenEncoder>;
}

/** The one function of Node that `node.ts` uses. */
declare module "node:fs/promises" {
  export function readFile(file: URL): Promise<Uint8Array<ArrayBuffer>>;
}
