/** The package in Node: the same, with the wasm read from the file system. */
import { setDefaultSource } from "./loader.ts";

setDefaultSource(async () => {
  const { readFile } = await import("node:fs/promises");
  return readFile(new URL("./tastemaker.wasm", import.meta.url));
});

export * from "./index.ts";
