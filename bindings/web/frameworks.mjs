// From the manifest: the React components, and the types that make an editor of every framework know the elements.

const camel = (name) => name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase());
/** `taste-voted` → `onTasteVoted`. */
const handler = (event) => `on${camel(`-${event}`)}`;
const comment = (text, indent) => `${indent}/** ${text.replaceAll("\n", " ").replaceAll("*/", "*\\/")} */\n`;
/** Events that the platform has, which the frameworks type themselves. */
const isOurs = ({ name }) => name.startsWith("taste-");

/** The module whose exports are the components; `source` gives the file of an element's class. */
export function reactComponents(elements, { wrap, source }) {
  const lines = [`import { wrap } from ${JSON.stringify(wrap)};`];
  for (const { name, tagName, file, events } of elements) {
    const heard = Object.fromEntries(events.filter(isOurs).map(({ name }) => [handler(name), name]));
    lines.push(`import { ${name} as ${name}Element } from ${JSON.stringify(source(file))};`);
    // Marked pure, so that a page gets only the elements it uses.
    lines.push(`export const ${name} = /* @__PURE__ */ wrap(${JSON.stringify(tagName)}, ${name}Element, ${JSON.stringify(heard)}, "${name}");`);
  }
  return lines.join("\n");
}

/** The attributes of an element as an object type. `wide`: as written in markup, where a number may be a string. */
function attributes({ attributes }, wide) {
  return attributes
    .map(({ name, type, description }) => {
      const text = type?.text ?? "string";
      const as = wide && text === "number" ? "number | string" : text;
      return `${comment(description, "  ")}  ${/^\w+$/.test(name) ? name : JSON.stringify(name)}?: ${as} | undefined;\n`;
    })
    .join("");
}

const listeners = ({ events }, named) =>
  events
    .filter(isOurs)
    .map(({ name, description }) => `${comment(description, "  ")}  ${JSON.stringify(named(name))}?: ((event: TasteEvents[${JSON.stringify(name)}]) => void) | undefined;\n`)
    .join("");

const imports = (elements) =>
  `import type { TasteEvents } from "./elements/events.js";\n${elements.map(({ name, file }) => `import type { ${name} as ${name}Element } from "./elements/${file}.js";\n`).join("")}`;

const HEAD = "// Made from custom-elements.json.\n";

/** File name → declarations, below `dist/types`. */
export function declarations(elements) {
  const files = {};
  for (const { name, tagName, file } of elements) {
    files[`define/${file}.d.ts`] = `${HEAD}import { ${name} } from "../elements/${file}.js";
export { ${name} };
declare global {
  interface HTMLElementTagNameMap {
    "${tagName}": ${name};
  }
}
`;
  }
  const each = (write) => elements.map(write).join("");
  const intrinsic = (base, named) =>
    each((element) => `    "${element.tagName}": ${base(`${element.name}Element`)} & {\n${attributes(element, true)}${listeners(element, named)}};\n`);

  files["react.d.ts"] = `${HEAD}import type { DetailedHTMLProps, HTMLAttributes, ReactElement, Ref } from "react";
${imports(elements)}export type { TasteEvents } from "./elements/events.js";
${each(
    (element) => `${comment(`<${element.tagName}>: ${element.summary}`, "")}export interface ${element.name}Props extends Omit<HTMLAttributes<${element.name}Element>, ${element.attributes.map(({ name }) => JSON.stringify(name)).join(" | ") || "never"}> {
  ref?: Ref<${element.name}Element> | undefined;
${attributes(element, false)}${listeners(element, handler)}}
export declare function ${element.name}(props: ${element.name}Props): ReactElement;
`,
  )}declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
${intrinsic((element) => `Omit<DetailedHTMLProps<HTMLAttributes<${element}>, ${element}>, never>`, (event) => `on${event}`)}    }
  }
}
`;
  files["preact.d.ts"] = `${HEAD}import type { HTMLAttributes } from "preact";
${imports(elements)}declare module "preact" {
  namespace JSX {
    interface IntrinsicElements {
${intrinsic((element) => `HTMLAttributes<${element}>`, (event) => `on${event}`)}    }
  }
}
`;
  files["solid.d.ts"] = `${HEAD}import type { JSX } from "solid-js";
${imports(elements)}declare module "solid-js" {
  namespace JSX {
    interface IntrinsicElements {
${intrinsic((element) => `JSX.HTMLAttributes<${element}>`, (event) => `on:${event}`)}    }
  }
}
`;
  files["svelte.d.ts"] = `${HEAD}import type { HTMLAttributes } from "svelte/elements";
${imports(elements)}declare module "svelte/elements" {
  interface SvelteHTMLElements {
${intrinsic((element) => `HTMLAttributes<${element}>`, (event) => `on${event}`)}  }
}
`;
  files["vue.d.ts"] = `${HEAD}import type { HTMLAttributes } from "vue";
${imports(elements)}${each(
    (element) => `export type ${element.name}Component = new () => { $props: HTMLAttributes & {\n${attributes(element, true)}${listeners(element, handler)}}; $el: ${element.name}Element };\n`,
  )}declare module "vue" {
  interface GlobalComponents {
${each(({ name, tagName }) => `    "${tagName}": ${name}Component;\n    ${name}: ${name}Component;\n`)}  }
}
`;
  files["jsx.d.ts"] = `${HEAD}${imports(elements)}interface Common {
  id?: string;
  class?: string;
  slot?: string;
  part?: string;
  lang?: string;
  dir?: string;
  hidden?: boolean;
  children?: unknown;
}
declare global {
  namespace JSX {
    interface IntrinsicElements {
${intrinsic(() => "Common", (event) => `on${event}`)}    }
  }
}
`;
  return files;
}
