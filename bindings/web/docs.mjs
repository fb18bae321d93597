// The pages of docs/elements: one for each element, made from custom-elements.json, with the element alive on it. They are
// checked in, so that they can be read where nothing was built and a change of the interface shows in review; every build
// writes them anew.
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { elementsOf } from "./manifest.mjs";

const escape = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
/** Text with `code` in it. */
const prose = (text) => escape(text.replaceAll("\n", " ")).replace(/`([^`]+)`/g, "<code>$1</code>");
const code = (text) => `<code>${escape(text)}</code>`;

/** What the page shows and what is alive on it are the same lines. */
function example({ tagName }) {
  if (tagName === "taste-round") return `<taste-round src="round.json">\n  <taste-duel></taste-duel>\n  <taste-board limit="5"></taste-board>\n</taste-round>`;
  return `<taste-round src="round.json">\n  <${tagName}></${tagName}>\n</taste-round>`;
}

function table(title, head, rows) {
  if (rows.length === 0) return "";
  const cells = (tag, row) => `<tr>${row.map((cell) => `<${tag}>${cell}</${tag}>`).join("")}</tr>\n`;
  return `<h2>${title}</h2>\n<table>\n${cells("th", head)}${rows.map((row) => cells("td", row)).join("")}</table>\n`;
}

const page = (title, body, scripts = "") => `<!doctype html>
<!-- Made from the element's source by bindings/web/docs.mjs; change it there. -->
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs.css">
${scripts}</head>
<body>
${body}</body>
</html>
`;

function elementPage(element, all) {
  const { tagName, name, description, attributes, members, events, slots, cssParts, cssProperties } = element;
  const fields = members.filter(({ kind, attribute }) => kind === "field" && !attribute);
  const methods = members.filter(({ kind }) => kind === "method");
  const used = new Set(example(element).match(/(?<=<)taste-\w+/g));
  const shown = all.filter((each) => used.has(each.tagName));
  const imports = shown.map(({ file }) => `  import "tastemaker/elements/${file}";\n`).join("");
  const scripts = shown.map(({ file }) => `<script type="module" src="/pkg/elements/${file}.js"></script>\n`).join("");
  const signature = ({ name, parameters = [] }) => `${name}(${parameters.map(({ name, type }) => (type ? `${name}: ${type.text}` : name)).join(", ")})`;
  const body = `<nav>${all.map(({ tagName: other }) => (other === tagName ? `<b>${other}</b>` : `<a href="${other}.html">${other}</a>`)).join(" ")}</nav>
<main>
<h1>${code(`<${tagName}>`)}</h1>
${description.split("\n\n").map((paragraph) => `<p>${prose(paragraph)}</p>\n`).join("")}<section class="live">
${example(element)}
</section>
<pre><code>${escape(`<script type="module">\n${imports}</script>\n${example(element)}`)}</code></pre>
${table("Attributes", ["name", "type", "what"], attributes.map(({ name, type, description, default: fallback }) => [code(name), code(type?.text ?? "string"), prose(description) + (fallback ? ` Default ${code(fallback)}.` : "")]))}${table("Properties", ["name", "type", "what"], fields.map(({ name, type, description = "", readonly }) => [code(name), code(type?.text ?? ""), (readonly ? "Read only. " : "") + prose(description)]))}${table("Methods", ["name", "what"], methods.map((method) => [code(signature(method)), prose(method.description ?? "")]))}${table("Events", ["name", "what"], events.map(({ name, description }) => [code(name), prose(description)]))}${table("Slots", ["name", "what"], slots.map(({ name, description }) => [name ? code(name) : "(default)", prose(description)]))}${table("Parts", ["name", "what"], cssParts.map(({ name, description }) => [code(name), prose(description)]))}${table("Custom properties", ["name", "what"], cssProperties.map(({ name, description, default: fallback }) => [code(name), prose(description) + (fallback ? ` Default ${code(fallback)}.` : "")]))}<p class="imports">React: ${code(`import { ${name} } from "tastemaker/react"`)}. Types for Vue, Svelte, Solid, Preact and plain JSX: ${code('import type {} from "tastemaker/vue"')} and likewise.</p>
</main>
`;
  return page(`<${tagName}>`, body, scripts);
}

/** Writes the pages of every element and removes those of elements that are gone. */
export async function writePages(manifest, folder) {
  // The provider first, as in a page.
  const all = elementsOf(manifest).sort((one, other) => Number(other.tagName === "taste-round") - Number(one.tagName === "taste-round"));
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(folder)) if (name.startsWith("taste-")) await rm(join(folder, name));
  for (const element of all) await writeFile(join(folder, `${element.tagName}.html`), elementPage(element, all));
  const list = `<main>
<h1>The elements</h1>
${table("", ["element", "what"], all.map(({ tagName, summary }) => [`<a href="${tagName}.html">${code(`<${tagName}>`)}</a>`, prose(summary)])).replace("<h2></h2>\n", "")}</main>
`;
  await writeFile(join(folder, "index.html"), page("The elements of Tastemaker", list));
}
