// The page that most tests open: `/?src=…&widgets=duel,board` puts these widgets into one <taste-round>.
// What happens in it is kept in `events`, oldest first, for the tests to read.

import "/pkg/elements.js";

const query = new URLSearchParams(location.search);
const main = document.querySelector("main");

globalThis.events = [];
for (const name of ["open", "error", "vote-request", "voted", "revealed", "undone", "done", "wallet-connected", "wallet-disconnected", "ballot-signed"]) {
  main.addEventListener(`taste-${name}`, (event) => {
    const { error } = event.detail ?? {};
    // A client is no plain value; an error's fields are not enumerable.
    const detail = name === "open" ? {} : error ? { code: error.code, message: error.message, hint: error.hint } : event.detail;
    globalThis.events.push({ name, tag: event.target.localName, detail: structuredClone(detail) });
    if (name === "open") globalThis.client = event.detail.client;
  });
}

const round = document.createElement("taste-round");
if (query.has("consent")) round.setAttribute("consent", query.get("consent"));
if (query.has("src")) round.setAttribute("src", query.get("src"));
for (const widget of (query.get("widgets") ?? "duel").split(",")) {
  const element = round.appendChild(document.createElement(`taste-${widget}`));
  if (query.has("advance")) element.setAttribute("advance", query.get("advance"));
}
main.append(round);
