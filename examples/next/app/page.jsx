// On the server: the widget as it will look before the first question, its shadow root in the markup, which the parser attaches.
import { renderToString } from "tastemaker/server";

import round from "../public/round.json";
import { Voting } from "./voting.jsx";

export default async function Page() {
  return <Voting duel={await renderToString("taste-duel", { advance: "manual" }, { round })} />;
}
