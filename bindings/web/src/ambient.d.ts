/** The glue that wasm-bindgen generated for each module; `build.mjs` resolves the names. */
declare module "#wasm" {
  export const WebSession: import("./wasm.ts").Wasm["WebSession"];
  export const compute: import("./wasm.ts").Wasm["compute"];
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

/** The one function of Node that `node.ts` uses. */
declare module "node:fs/promises" {
  export function readFile(file: URL): Promise<Uint8Array<ArrayBuffer>>;
}
