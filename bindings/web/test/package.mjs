// The package as it was built, for the tests: nothing here reads the sources.
import { readFileSync } from "node:fs";

const dist = new URL("../../../pkg/dist/", import.meta.url);

const entry = (name) => import(new URL(name, dist).href);
/** `tastemaker` and `tastemaker/client` together. */
export const tastemaker = { ...(await entry("node.js")), ...(await entry("node-client.js")) };
export const distUrl = (name) => new URL(name, dist);
export const lines = (name) =>
  readFileSync(new URL(`../../../tests/vectors/${name}`, import.meta.url), "utf8").trimEnd().split("\n").map((line) => JSON.parse(line));

/** A hex string's bytes. */
export const bytes = (hex) => Uint8Array.from(Buffer.from(hex.slice(2), "hex"));
