/** The package in Node: the same, with the wasm files read from the file system. */
import { readFilesWith } from "./wasm-file.ts";

readFilesWith(async (file) => {
  const { readFile } = await import("node:fs/promises");
  return readFile(file);
});

export * from "./index.ts";
