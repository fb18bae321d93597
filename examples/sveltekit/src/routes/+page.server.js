// The widget as it will look before the first question: a shadow root in the markup, which the parser attaches.
import stylesheet from "tastemaker/styles/taste-duel.css?url";
import { renderToString } from "tastemaker/server";

import round from "../../static/round.json";

export async function load() {
  return { duel: await renderToString("taste-duel", { advance: "manual" }, { round, stylesheet }) };
}
