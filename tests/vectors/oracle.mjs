// What make.mjs and vectors.test.mjs share: viem, ethers, the typed-data table, and where the files lie.
// Nothing here comes from the Rust code.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = new URL("./", import.meta.url);

/** Where viem and ethers are installed: $VECTORS_MODULES, or the web binding's own folder. */
const modules = process.env.VECTORS_MODULES
  ? pathToFileURL(`${process.env.VECTORS_MODULES}/`)
  : new URL("../../bindings/web/", here);

const require = createRequire(new URL("package.json", modules));

export const viem = require("viem");
export const accounts = require("viem/accounts");
export const ethers = require("ethers");

/** The file named, beside this one. */
export const path = (name) => fileURLToPath(new URL(name, here));

/** The lines of a JSON-lines file, parsed. */
export const lines = (name) => readFileSync(path(name), "utf8").trimEnd().split("\n").map((line) => JSON.parse(line));

// Node 20 does not read TypeScript; this one file is plain data once `as const` is gone.
const table = readFileSync(fileURLToPath(new URL("../../bindings/web/src/typed-data.ts", here)), "utf8");
const plain = `data:text/javascript,${encodeURIComponent(table.replaceAll(" as const", ""))}`;
export const { domain, types } = await import(plain);

/** A struct with the structs inside of it: ethers insists on no others. */
export function closure(primaryType) {
  const found = {};
  const visit = (name) => {
    if (found[name] || !types[name]) return;
    found[name] = types[name];
    for (const { type } of types[name]) visit(type.replace("[]", ""));
  };
  visit(primaryType);
  return found;
}

/** A message of our JSON as viem wants it: uint64 as bigint. */
export function fromJson(primaryType, message) {
  return Object.fromEntries(
    types[primaryType].map(({ name, type }) => {
      const value = message[name];
      const inner = type.replace("[]", "");
      if (types[type]) return [name, fromJson(type, value)];
      if (types[inner]) return [name, value.map((one) => fromJson(inner, one))];
      return [name, type === "uint64" ? BigInt(value) : value];
    }),
  );
}

/** A message as the canonical JSON: fields in signed order, uint64 as decimal strings, no white space. */
export function toJson(primaryType, message) {
  const field = ({ name, type }) => {
    const value = message[name];
    const inner = type.replace("[]", "");
    if (types[type]) return `${JSON.stringify(name)}:${toJson(type, value)}`;
    const text = types[inner]
      ? `[${value.map((one) => toJson(inner, one)).join(",")}]`
      : JSON.stringify(type === "uint64" ? String(value) : value);
    return `${JSON.stringify(name)}:${text}`;
  };
  return `{${types[primaryType].map(field).join(",")}}`;
}

/** The digest, by both libraries. */
export function digest(primaryType, message) {
  const ours = viem.hashTypedData({ domain, types, primaryType, message });
  const theirs = ethers.TypedDataEncoder.hash(domain, closure(primaryType), message);
  if (ours !== theirs) throw new Error(`viem and ethers disagree about a ${primaryType}: ${ours} and ${theirs}`);
  return ours;
}

/** Who signed, by both libraries. */
export async function signer(hash, signature) {
  const one = await viem.recoverAddress({ hash, signature });
  const other = ethers.recoverAddress(hash, signature);
  if (one !== other) throw new Error(`viem and ethers recover ${one} and ${other}`);
  return one;
}
