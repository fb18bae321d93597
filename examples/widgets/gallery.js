// Hangs the exhibits. `?widget=taste-rank` shows one widget's, `?lang=ar` another language, `?scheme=dark` the dark.
import "/pkg/elements.js";
import { clientFor, exhibits } from "./exhibits.js";
import { lend } from "./fixture.js";

const query = new URLSearchParams(location.search);
const ways = document.querySelector("#ways");
const main = document.querySelector("main");

for (const name of new Set(exhibits.map(([widget]) => widget))) ways.elements.widget.append(new Option(name, name));
for (const [name, value] of query) if (ways.elements[name]) ways.elements[name].value = value;
ways.addEventListener("change", () => (location.search = new URLSearchParams(new FormData(ways))));

const lang = query.get("lang") || "en";
document.documentElement.lang = lang;
document.documentElement.dir = lang === "ar" ? "rtl" : "ltr";
if (query.get("scheme")) document.documentElement.dataset.scheme = query.get("scheme");

for (const [widget, state, views, { attributes = {}, slots = [] } = {}] of exhibits) {
  if (query.get("widget") && query.get("widget") !== widget) continue;
  const article = main.appendChild(document.createElement("article"));
  const heading = article.appendChild(document.createElement("h2"));
  heading.textContent = `<${widget}> ${state}`;
  heading.lang = "en";
  heading.dir = "ltr";
  const element = document.createElement(widget);
  element.dataset.state = state;
  element.setAttribute("advance", "manual");
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  for (const work of slots) {
    const drawing = element.appendChild(document.createElement("span"));
    drawing.slot = work.id;
    drawing.className = "hand";
    drawing.textContent = ["♠ ♥ ♣", "♦ ♥ ♦"][slots.indexOf(work) % 2];
  }
  const client = clientFor(views);
  if (client === undefined) {
    // A field of a form, without a round.
    const form = article.appendChild(document.createElement("form"));
    const label = form.appendChild(document.createElement("label"));
    label.append("How was it? ", element);
    continue;
  }
  const round = document.createElement("taste-round");
  lend(round, client);
  element.fixture = client;
  round.append(element);
  article.append(round);
}

// All are here once pictures have come, or said that they won't.
const settled = () => [...document.querySelectorAll("main [data-state]")].every((element) => {
  const { phase, state } = element.shadowRoot?.querySelector("[data-phase], [data-state]")?.dataset ?? {};
  return (phase ?? state) !== undefined && phase !== "hanging" && (phase !== "loading" || element.fixture === undefined);
});
const wait = setInterval(() => {
  if (!settled()) return;
  clearInterval(wait);
  globalThis.hung = true;
}, 50);
