// custom-elements.json says what the elements are: here it is held against the classes themselves, in Chromium.

import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";

import { after, before, test } from "../e2e/bounded.mjs";
import { elementsOf, faults } from "../../bindings/web/manifest.mjs";
import { Widget, launch, open, quiet } from "../e2e/browser.mjs";
import { root, until } from "../e2e/harness.mjs";
import { serveFolders } from "../e2e/http.mjs";
import { project } from "./packed.mjs";
import { withModel } from "./pages.mjs";

let browser, folder, manifest, elements;
before(async () => {
  [browser, folder] = await Promise.all([launch(), project(await withModel())]);
  manifest = JSON.parse(await packaged("custom-elements.json"));
  elements = elementsOf(manifest);
});
after(() => browser?.close());

const packaged = (name) => readFile(join(folder, "node_modules/tastemaker/dist", name), "utf8");
const sorted = (names) => [...names].sort();

/** A page in which every element is defined, with this in its body. */
async function page(body, use) {
  const html = `<!doctype html><meta charset="utf-8"><title>manifest</title><link rel="icon" href="data:,">
    <script type="module">import { elements } from "/node_modules/tastemaker/dist/elements.js"; globalThis.classes = elements;</script>${body}`;
  const pages = await serveFolders([await project({ "index.html": html, ...(await withModel()) })]);
  const opened = await open(browser, pages.url);
  await opened.waitForFunction(() => globalThis.classes);
  await use(opened);
  quiet(opened);
  await pages.close();
}

test("everything in the manifest is described and typed", () => {
  assert.equal(manifest.schemaVersion, "1.0.0");
  assert.deepEqual(faults(manifest), []);
});

test("the elements of the manifest are the elements that are defined, with the attributes that they observe", () =>
  page("", async (opened) => {
    const classes = await opened.evaluate(() =>
      Object.entries(globalThis.classes).map(([tag, element]) => ({ tag, name: customElements.get(tag) === element, observed: element.observedAttributes ?? [], formAssociated: Boolean(element.formAssociated) })),
    );
    assert.deepEqual(sorted(classes.map(({ tag }) => tag)), sorted(elements.map(({ tagName }) => tagName)));
    for (const { tag, observed, name } of classes) {
      assert.ok(name, tag);
      const { attributes } = elements.find(({ tagName }) => tagName === tag);
      const described = attributes.map(({ name }) => name);
      // What every element of the platform has is described only where ours mean something by it.
      const missing = observed.filter((name) => !described.includes(name) && !["lang", "dir", "disabled", "required", "name", "value"].includes(name));
      assert.deepEqual(missing, [], `<${tag}> observes what its description lacks`);
    }
  }));

test("an attribute that has a property reflects it, both ways", () =>
  page("", async (opened) => {
    const wrong = await opened.evaluate((elements) => {
      const wrong = [];
      for (const { tagName, attributes } of elements) {
        const element = document.createElement(tagName);
        for (const { name, type, fieldName } of attributes.filter((attribute) => attribute.fieldName)) {
          const text = type?.text ?? "string";
          const literal = /^["']([^"']+)["']/.exec(text.split("|").at(-1).trim())?.[1];
          const [property, attribute] = text === "boolean" ? [true, ""] : text === "number" ? [4, "4"] : [literal ?? "somewhere", literal ?? "somewhere"];
          element[fieldName] = property;
          if (element.getAttribute(name) !== attribute) wrong.push(`<${tagName}>.${fieldName} = ${property} gives ${name}="${element.getAttribute(name)}"`);
          element.removeAttribute(name);
          element.setAttribute(name, attribute);
          if (element[fieldName] !== property) wrong.push(`<${tagName} ${name}="${attribute}">.${fieldName} is ${element[fieldName]}`);
        }
      }
      return wrong;
    }, elements);
    assert.deepEqual(wrong, []);
  }));

test("events that are described are dispatched by that name in the sources, and those dispatched are described", async () => {
  const folder = join(root, "bindings/web/src");
  const sources = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".ts") && !name.endsWith("events.ts"));
  let code = "";
  for (const name of sources) code += (await readFile(join(folder, name), "utf8")).replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
  const named = new Set(code.match(/(?<=")taste-[\w-]+(?=")/g));
  const described = new Set(elements.flatMap(({ events }) => events.map(({ name }) => name)).filter((name) => name.startsWith("taste-")));
  for (const name of described) assert.ok(named.has(name), `${name} is described and never dispatched`);
  const dispatched = new Set([...code.matchAll(/(?:tell|new CustomEvent)\(\s*"(taste-[\w-]+)"/g)].map(([, name]) => name));
  const internal = ["taste-close", "taste-closed", "taste-model", "taste-status", "taste-trouble"];
  assert.deepEqual([...dispatched].filter((name) => !described.has(name) && !internal.includes(name)), []);
});

test("parts that are described are in the drawing, or named where it is made", async () => {
  const folder = join(root, "bindings/web/src/elements");
  let code = "";
  for (const name of await readdir(folder, { recursive: true })) if (name.endsWith(".ts")) code += (await readFile(join(folder, name), "utf8")).replace(/\/\*[\s\S]*?\*\//g, "");
  await page(`<taste-round src="round.json"><taste-duel advance="manual"></taste-duel></taste-round>`, async (opened) => {
    const duel = new Widget(opened, "taste-duel");
    await duel.answer(() => duel.key("key-left").click());
    const parts = () => opened.evaluate(() => [...document.querySelector("taste-duel").shadowRoot.querySelectorAll("[part]")].flatMap((node) => [...node.part]));
    const described = elements.find(({ tagName }) => tagName === "taste-duel").cssParts.map(({ name }) => name);
    const drawn = new Set(await parts());
    // Some are drawn in other states only.
    await until("the parts", async () => described.filter((name) => drawn.has(name)).length >= described.length / 2);
  });
  const words = new Set(code.match(/[\w-]+/g));
  for (const { tagName, cssParts } of elements) {
    for (const { name } of cssParts) assert.ok(words.has(name), `::part(${name}) of <${tagName}> is described and nowhere made`);
  }
});

test("editors get the same: VS Code's data and JetBrains' web-types name every element and attribute", async () => {
  const code = JSON.parse(await packaged("vscode.html-custom-data.json"));
  const types = JSON.parse(await packaged("web-types.json"));
  assert.deepEqual([types.name, types.version], ["tastemaker", JSON.parse(await readFile(join(root, "pkg/package.json"), "utf8")).version]);
  for (const { tagName, attributes } of elements) {
    const names = sorted(attributes.map(({ name }) => name));
    const inCode = code.tags.find(({ name }) => name === tagName);
    assert.deepEqual(sorted(inCode.attributes.map(({ name }) => name)), names, tagName);
    const inTypes = types.contributions.html.elements.find(({ name }) => name === tagName);
    assert.deepEqual(sorted(inTypes.attributes.map(({ name }) => name)), names, tagName);
  }
  const styles = JSON.parse(await packaged("vscode.css-custom-data.json"));
  assert.ok(styles.properties.some(({ name }) => name.startsWith("--tm-")) && styles.pseudoElements.length > 0);
});
