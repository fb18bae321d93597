/** In Node the wasm files are read from the file system. */
import { readFilesWith } from "./wasm-file.ts";

readFilesWith(async (file) => {
  const { readFile } = await import("node:fs/promises");
  return readFile(file);
});
