// The demo page's own few lines: which round to show, the facts beside it, the figure of your taste, the wallet's key.
// Voting, guessing, signing and sending are the elements' business.
import "/pkg/elements.js";

const $ = (id) => document.getElementById(id);
const kind = document.body.dataset.kind;
const round = document.querySelector("taste-round");
const number = new Intl.NumberFormat("en");

/** "Sunday 6 December, 18:00", in the reader's own time. */
function moment(seconds) {
  const at = new Date(Number(seconds) * 1000);
  return new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" }).format(at);
}

function facts({ votes, voters }) {
  const people = Number(voters) === 1 ? "1 person" : `${number.format(Number(voters))} people`;
  $("votes").textContent = Number(votes) ? `${number.format(Number(votes))} by ${people}` : "none yet";
}

/** The 95 % range of a share, after Wilson: honest with few guesses, where the plain one is not. */
function wilson(hits, of) {
  const z = 1.96, share = hits / of, spread = 1 + (z * z) / of;
  const middle = (share + (z * z) / (2 * of)) / spread;
  const half = (z * Math.sqrt((share * (1 - share)) / of + (z * z) / (4 * of * of))) / spread;
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

function taste({ hits, guessed }) {
  if (!guessed) return;
  const percent = (share) => `${Math.round(share * 100)}%`;
  const [low, high] = wilson(hits, guessed);
  $("rate").hidden = false;
  $("rate").textContent = percent(hits / guessed);
  $("rate-words").textContent = "of your choices, we guessed before you made them.";
  $("rate-range").textContent =
    `${number.format(hits)} of ${number.format(guessed)}. The true figure is likely between ${percent(low)} and ${percent(high)}; more votes narrow it.`;
  const coin = $("coin");
  coin.style.setProperty("--low", percent(low));
  coin.style.setProperty("--high", percent(high));
  coin.style.setProperty("--at", percent(hits / guessed));
  coin.setAttribute("aria-label", $("rate-range").textContent);
  coin.hidden = $("coin-axis").hidden = false;
}

function guesses({ logSize }) {
  $("model").textContent = `learned from ${number.format(logSize)} ${logSize === 1 ? "ballot" : "ballots"}`;
}

function snippet(src) {
  const tag = kind === "text" ? "taste-approve" : "taste-duel";
  const code = $("snippet");
  if (code) {
    code.textContent = [
      `<script type="module" src="${new URL("/pkg/elements.js", location.href)}"></script>`,
      "",
      `<taste-round src="${src}">`,
      `  <${tag}></${tag}>`,
      `  <taste-board limit="5"></taste-board>`,
      `</taste-round>`,
    ].join("\n");
  }
}

function nothing(words) {
  const line = document.createElement("p");
  line.className = "nothing";
  line.textContent = words;
  document.querySelector("taste-duel").replaceWith(line);
}

async function show() {
  const answer = await fetch("/v1/rounds", { headers: { accept: "application/json" } });
  if (!answer.ok) throw new Error(`the server answers ${answer.status}`);
  const { rounds } = await answer.json();
  const wanted = new URLSearchParams(location.search).get("round");
  const ours = rounds.filter((one) => (wanted ? one.id === wanted : one.kind === kind));
  const shown = ours.find((one) => one.state === "open") ?? ours.at(-1);
  if (!shown) return nothing("Nothing on the wall yet.");
  $("title").textContent = shown.title;
  document.title = `${shown.title} · Tastemaker`;
  const what = kind === "text" ? "texts" : "works";
  $("works").textContent = `${number.format(shown.candidates)} ${what}`;
  $("closes").textContent = moment(shown.closesAt);
  facts(shown);
  const src = new URL(`/v1/rounds/${shown.id}`, location.href).href;
  $("log").href = `${src}/log`;
  snippet(src);
  round.setAttribute("src", src);
}

round.addEventListener("taste-open", ({ detail: { client } }) => {
  const follow = () => {
    taste(client.duel.tally);
    const { state, address } = client.wallet;
    $("wallet-key").textContent =
      state === "connected" ? `${address.slice(0, 6)}…${address.slice(-4)}` : "Guest · keep my votes";
  };
  client.addEventListener("change", follow);
  client.addEventListener("taste-status", ({ detail }) => facts(detail));
  client.addEventListener("taste-model", ({ detail }) => guesses(detail));
  follow();
});
$("wallet-key").addEventListener("click", () => $("wallet").showModal());
$("wallet-close").addEventListener("click", () => $("wallet").close());
// A click beside the panel closes it; the panel itself fills the dialog.
$("wallet").addEventListener("click", (event) => event.target === event.currentTarget && event.currentTarget.close());

show().catch((error) => nothing(`The wall can’t be reached: ${error.message}. Reload to try again.`));
