// The custom elements manifest: what each element takes, tells and shows, read from the JSDoc above its class.
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { create, ts } from "@custom-elements-manifest/analyzer";

const KEPT = ["kind", "name", "description", "type", "static", "readonly", "default", "parameters", "return", "inheritedFrom", "attribute", "reflects"];

/**
 * The manifest (https://github.com/webcomponents/custom-elements-manifest) of the sources in a folder. Its modules are
 * the ones a page can import: `dist/elements/duel.js`.
 */
export async function manifest(folder) {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts")).sort();
  const sources = await Promise.all(
    names.map(async (name) => ts.createSourceFile(`src/elements/${name}`, await readFile(join(folder, name), "utf8"), ts.ScriptTarget.ES2022, true)),
  );
  const read = create({ modules: sources, context: { dev: false } });
  const modules = [];
  for (const { path, declarations = [] } of read.modules) {
    for (const declaration of declarations.filter(({ tagName }) => tagName)) {
      const name = path.slice("src/elements/".length, -".ts".length);
      modules.push(asModule(`dist/elements/${name}.js`, declaration));
    }
  }
  return { schemaVersion: "1.0.0", readme: "README.md", modules };
}

/** Every element of the platform has these: they are described only where one of ours says something about them. */
const isOwn = ({ name, description }) => !["lang", "dir", "hidden"].includes(name) || description;

/** Without what is nobody's business: private and protected members, life-cycle callbacks, and where in `src/` it stands. */
function asModule(path, declaration) {
  const members = (declaration.members ?? []).filter(
    ({ privacy, name, static: fixed }) => (privacy ?? "public") === "public" && !name.startsWith("#") && !fixed && !/Callback$/.test(name),
  );
  const { name, tagName, description = "", attributes = [], events = [] } = declaration;
  const fieldOf = (attribute) => {
    // As with an input, the attribute is what a field starts with, and the property what it has become.
    if (attribute === "value") return undefined;
    const camel = attribute.replace(/-(\w)/g, (_, letter) => letter.toUpperCase());
    return members.find((member) => member.kind === "field" && member.name === camel);
  };
  const class_ = {
    kind: "class",
    customElement: true,
    name,
    tagName,
    summary: description.split(/\n\n|(?<=\.)\s/)[0]?.replaceAll("\n", " "),
    description,
    attributes: attributes.filter(isOwn).map(({ name, type = fieldOf(name)?.type, description = "", default: fallback }) => {
      const field = fieldOf(name);
      return { name, ...(type && { type }), description: description || field?.description || "", ...(fallback && { default: fallback }), ...(field && { fieldName: field.name }) };
    }),
    members: members.map((member) => {
      const kept = Object.fromEntries(KEPT.filter((key) => member[key] !== undefined).map((key) => [key, member[key]]));
      if (kept.inheritedFrom) kept.inheritedFrom = { name: kept.inheritedFrom.name };
      const attribute = attributes.find((attribute) => fieldOf(attribute.name) === member);
      return attribute ? { ...kept, attribute: attribute.name, reflects: true } : kept;
    }),
    // The analyzer also finds `new CustomEvent(name)` in the base class, which is no event's name.
    events: events.filter(({ name }) => /^taste-|^(input|change|invalid)$/.test(name) && events.find((each) => each.name === name)?.description)
      .map(({ name, type, description }) => ({ name, type: type ?? { text: "CustomEvent" }, description })),
    slots: (declaration.slots ?? []).map(({ name, description = "" }) => ({ name, description })),
    cssParts: (declaration.cssParts ?? []).map(({ name, description = "" }) => ({ name, description })),
    cssProperties: (declaration.cssProperties ?? []).map(({ name, description = "", default: fallback }) => ({ name, description, ...(fallback && { default: fallback }) })),
  };
  const reference = { name, module: path };
  return {
    kind: "javascript-module",
    path,
    declarations: [class_],
    exports: [
      { kind: "js", name, declaration: reference },
      { kind: "custom-element-definition", name: tagName, declaration: reference },
    ],
  };
}

/** Its elements: each declaration with the file name of its module (`duel`). */
export const elementsOf = ({ modules }) =>
  modules.map(({ path, declarations: [declaration] }) => ({ ...declaration, file: path.slice("dist/elements/".length, -".js".length) }));

/**
 * What an author would miss: an element, attribute, event, slot, part or property without a word about it.
 * Gives the faults as sentences.
 */
export function faults(manifest) {
  const found = [];
  for (const element of elementsOf(manifest)) {
    if (!element.description) found.push(`<${element.tagName}> has no description`);
    for (const list of ["attributes", "events", "slots", "cssParts", "cssProperties"]) {
      const names = new Set();
      for (const { name, description } of element[list]) {
        if (!description) found.push(`<${element.tagName}>: ${list} ${name || "(default)"} has no description`);
        if (names.has(name)) found.push(`<${element.tagName}>: ${list} ${name} is described twice`);
        names.add(name);
      }
    }
    for (const { name, type } of element.attributes) if (!type) found.push(`<${element.tagName}>: attribute ${name} has no type`);
  }
  return found;
}
