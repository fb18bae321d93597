// Draws a hundred variants around what the sliders say, embeds each (`visual@1`, in this page), and keeps them in the order of the
// visitor's own taste: after a slider moved, after every vote, after a new model.
import { SETTINGS, draw, paint, random } from "./art.js";

const COUNT = 100;
/** Pixels of a small drawing: what is shown, and what is embedded. */
const SIDE = 160;
/** How far the variants stray from the sliders. */
const STRAY = 0.16;
/** Milliseconds of work between two breaths of the page. */
const SLICE = 8;

const form = document.getElementById("settings");
const list = document.getElementById("hundred-works");
const first = document.getElementById("first").getContext("2d");
const everywhere = document.getElementById("everywhere");
const client = await document.querySelector("taste-round").client;

/** None while the variants come from everywhere: the visitor has not chosen yet. */
let centre;
let seed = 1;
let turn = 0;
/** `{ settings, seed, item, embedding }` of each drawing. */
let works = [];

const sliders = SETTINGS.map(({ name, ends: [low, high] }) => {
  const label = document.createElement("label");
  const input = Object.assign(document.createElement("input"), { type: "range", min: 0, max: 1, step: 0.01, value: 0.5, name });
  input.setAttribute("aria-label", `${name}: from ${low} to ${high}`);
  label.append(...[low, high].map((end) => Object.assign(document.createElement("span"), { textContent: end })), input);
  form.append(label);
  return input;
});
const items = Array.from({ length: COUNT }, (_, at) => {
  const item = document.createElement("li");
  const button = Object.assign(document.createElement("button"), { type: "button" });
  const canvas = Object.assign(document.createElement("canvas"), { width: SIDE, height: SIDE });
  button.append(canvas);
  item.append(button);
  item.className = "empty";
  list.append(item);
  return { item, button, context: canvas.getContext("2d", { willReadFrequently: true }) };
});

/** Lets the page draw and hear its visitor. */
const breathe = () => new Promise((done) => setTimeout(done));

/** New drawings, unless newer ones are asked for meanwhile. */
async function generate() {
  const mine = ++turn;
  list.classList.add("drawing");
  const dice = random(seed * 1000);
  const around = (at) => (centre === undefined ? dice() : Math.min(1, Math.max(0, centre[at] + STRAY * (dice() + dice() + dice() - 1.5) * 2)));
  const fresh = items.map((place, at) => ({ place, seed: seed * COUNT + at, settings: Object.fromEntries(SETTINGS.map(({ name }, setting) => [name, around(setting)])) }));
  let [worked, since] = [0, performance.now()];
  for (const work of fresh) {
    paint(draw(work.settings, work.seed), work.place.context, SIDE);
    work.embedding = await client.embed(work.place.context.canvas);
    if (mine !== turn) return;
    work.place.item.classList.remove("empty");
    if (performance.now() - since > SLICE) {
      worked += performance.now() - since;
      await breathe();
      since = performance.now();
      if (mine !== turn) return;
    }
  }
  worked += performance.now() - since;
  works = fresh;
  list.classList.remove("drawing");
  await order(worked);
}

let ordering = Promise.resolve();
/** The same drawings in the order of what is known of the visitor now. */
function order(worked) {
  ordering = ordering.then(async () => {
    if (works.length === 0) return;
    const mine = works;
    const began = performance.now();
    const ranked = await client.rank(mine.map(({ embedding }) => embedding)).catch((error) => error);
    if (ranked instanceof Error) return say(ranked.message);
    const took = performance.now() - began;
    if (mine !== works) return;
    const by = new Map(mine.map((work) => [work.embedding, work]));
    const sorted = ranked.map(({ subject }) => by.get(subject));
    // Moved, not made anew: the keyboard stays where it was.
    sorted.forEach(({ place }, at) => {
      place.button.setAttribute("aria-label", `Number ${at + 1}: draw others like it`);
      if (list.children[at] !== place.item) list.insertBefore(place.item, list.children[at] ?? null);
    });
    list.dataset.order = sorted.map((work) => work.seed).join(" ");
    const [best, worst] = [sorted[0], sorted[COUNT - 1]];
    paint(draw(best.settings, best.seed), first, 900);
    const { probability, low, high } = await client.predict(best.embedding, worst.embedding);
    const percent = (share) => Math.round(100 * share);
    document.getElementById("said").textContent = `Before the last of the hundred you would choose it with ${percent(probability)} %, as far as we can tell after ${client.session.cast} of your votes (between ${percent(low)} and ${percent(high)} %).`;
    if (worked !== undefined) say(`Drawn and embedded in ${Math.round(worked)} ms, put in order in ${Math.round(took)} ms, here.`);
  });
  return ordering;
}

function say(words) {
  document.getElementById("cost").textContent = words;
}

let moving;
form.addEventListener("input", () => {
  centre = sliders.map((slider) => Number(slider.value));
  everywhere.hidden = false;
  // One hundred at a time, and the newest wish only.
  clearTimeout(moving);
  moving = setTimeout(generate, 60);
});
form.addEventListener("submit", (event) => event.preventDefault());
document.getElementById("again").addEventListener("click", () => {
  seed += 1;
  void generate();
});
everywhere.addEventListener("click", () => {
  centre = undefined;
  everywhere.hidden = true;
  for (const slider of sliders) slider.value = "0.5";
  void generate();
});
list.addEventListener("click", ({ target }) => {
  const work = works.find(({ place }) => place.button.contains(target));
  if (work === undefined) return;
  // On from here.
  SETTINGS.forEach(({ name }, at) => (sliders[at].value = work.settings[name].toFixed(2)));
  form.dispatchEvent(new Event("input"));
});
document.querySelector("taste-duel").addEventListener("taste-voted", () => queueMicrotask(() => order()));
client.addEventListener("taste-model", () => order());
await generate();
