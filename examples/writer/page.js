// Ranks lines as they are typed, by the taste that the votes beside them showed: `text@1` embeds each in this page, the round's model
// and the visitor's own taste say the rest.
const field = document.getElementById("lines");
const list = document.getElementById("order");
const said = document.getElementById("said");
const client = await document.querySelector("taste-round").client;

/** What was embedded once; a keystroke changes one line. */
const embedded = new Map();

async function embedding(line) {
  if (!embedded.has(line)) embedded.set(line, await client.embed(line));
  return embedded.get(line);
}

let turn = 0;
async function rank() {
  const mine = ++turn;
  const lines = [...new Set(field.value.split("\n").map((line) => line.trim()).filter(Boolean))];
  const began = performance.now();
  try {
    const rows = new Map();
    for (const line of lines) rows.set(await embedding(line), line);
    const ranked = await client.rank([...rows.keys()]);
    // Against the one in the middle, so that the bars say more than the order does.
    const middle = ranked[ranked.length >> 1]?.subject;
    const predictions = await Promise.all(ranked.map(({ subject }) => client.predict(subject, middle)));
    if (mine !== turn) return;
    list.replaceChildren(...ranked.map(({ subject }, at) => row(rows.get(subject), predictions[at])));
    const votes = client.session.cast;
    said.textContent = lines.length < 2 ? "" : `${lines.length} lines in ${(performance.now() - began).toFixed(0)} ms, after ${votes} of your votes. The stroke says how likely you would choose a line before the middle one; the bar, how sure we are.`;
  } catch (error) {
    if (mine === turn) said.textContent = error.message;
  }
}

function row(line, { probability, low, high }) {
  const item = document.createElement("li");
  const words = Object.assign(document.createElement("span"), { className: "line", textContent: line, dir: "auto" });
  const scale = Object.assign(document.createElement("span"), { className: "scale", role: "img" });
  const percent = (share) => `${Math.round(100 * share)}%`;
  scale.setAttribute("aria-label", `${percent(probability)} before the line in the middle, between ${percent(low)} and ${percent(high)}`);
  for (const [name, share] of Object.entries({ low, at: probability, high })) scale.style.setProperty(`--${name}`, percent(share));
  item.append(words, scale);
  return item;
}

field.value = [
  "The last train waited, though nobody had asked it to.",
  "Why did the librarian whisper? She was on the quiet side.",
  "Bread. Butter. Better.",
  "My shadow retired early and sends me postcards from the longer days.",
  "Soft shoes for hard floors.",
].join("\n");
field.addEventListener("input", rank);
document.querySelector("taste-duel").addEventListener("taste-voted", () => queueMicrotask(rank));
client.addEventListener("taste-model", rank);
await rank();
