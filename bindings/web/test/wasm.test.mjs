// The hand-written types of the three wasm modules (`src/wasm.ts`) beside the generated glue: what
// the types name exists and takes as many arguments, and what exists is named.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { tastemaker } from "./package.mjs";

const source = ["../src/wasm.ts"]
  .map((file) => readFileSync(new URL(file, import.meta.url), "utf8").replace(/\/\*\*[^]*?\*\/|\/\/.*/g, ""))
  .join("\n");

/** How many parameters a list has: commas outside of brackets, and one that ends a line counts for none. */
function count(parameters) {
  let depth = 0;
  let commas = 0;
  for (const sign of parameters.replaceAll("=>", "").replace(/,\s*$/, "")) {
    if ("([{<".includes(sign)) depth += 1;
    else if (")]}>".includes(sign)) depth -= 1;
    else if (sign === "," && depth === 0) commas += 1;
  }
  return parameters.trim() === "" ? 0 : commas + 1;
}

/** The text from an opening parenthesis to the one that closes it, both left out. */
function inside(text, open) {
  let depth = 0;
  for (let at = open; at < text.length; at += 1) {
    if (text[at] === "(") depth += 1;
    if (text[at] === ")" && (depth -= 1) === 0) return text.slice(open + 1, at);
  }
  throw new Error("a parenthesis is not closed");
}

/** Members of an interface, inherited ones included: name → how many parameters, or undefined for a value. */
function members(name) {
  const found = new RegExp(`export (?:interface ${name}(?: extends (\\w+))? \\{\\n([^]*?)\\n\\}|type ${name} = (\\w+);)`).exec(source);
  assert.ok(found, `${name} is in the sources`);
  const [, parent, body, alias] = found;
  if (alias) return members(alias);
  const all = parent ? members(parent) : new Map();
  for (const { 1: member, 2: sign, index } of body.matchAll(/^ {2}(?:readonly )?(\w+)([(:])/gm)) {
    const constructs = sign === ":" && /^\s*new \(/.test(body.slice(body.indexOf(":", index) + 1));
    all.set(member, sign === "(" || constructs ? count(inside(body, body.indexOf("(", index))) : undefined);
  }
  return all;
}

/** Names that are the generator's own. */
const GENERATORS = ["default", "initSync", "constructor", "__destroy_into_raw"];

/** The same of what wasm-bindgen made: a module's functions and classes. */
function exported(module) {
  const names = Object.keys(module).filter((name) => !GENERATORS.includes(name));
  return new Map(names.map((name) => [name, module[name].length]));
}

/** The same of a class's methods and getters. */
function generated({ prototype }) {
  const found = Object.entries(Object.getOwnPropertyDescriptors(prototype)).filter(([name]) => !GENERATORS.includes(name));
  return new Map(found.map(([name, { value }]) => [name, value?.length]));
}

const sorted = (map) => [...map].sort(([a], [b]) => (a < b ? -1 : 1));

function compare(module, interfaces, classes) {
  const typed = new Map(interfaces.flatMap((name) => [...members(name)]));
  assert.deepEqual(sorted(typed), sorted(exported(module)), interfaces.join());
  for (const [made, name] of Object.entries(classes)) {
    assert.deepEqual(sorted(members(name)), sorted(generated(module[made])), name);
  }
}

test("the vote module is what its types say", async () => {
  compare(await tastemaker.init(), ["Wasm"], { WebSession: "WebSession" });
});

test("the taste module is what its types say", async () => {
  compare(await tastemaker.initTaste(), ["TasteWasm"], { WebMind: "WebMind", Key: "Key" });
});

test("the content module is what its types say", async () => {
  compare(await tastemaker.initContent(), ["ContentWasm"], { Model: "ContentModel" });
});
