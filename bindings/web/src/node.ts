/** The package in Node: the same, with the wasm files read from the file system. */
import "./files.ts";

export * from "./index.ts";
