// The page's one component: the server renders it, the browser hydrates it.
import { createElement as h, useState } from "react";
import { TasteDuel, TasteRound } from "tastemaker/react";

export function App() {
  const [votes, setVotes] = useState(0);
  return h(
    "main",
    null,
    h("h1", null, "Which line would you keep?"),
    h(TasteRound, { src: "/round.json" }, h(TasteDuel, { advance: "manual", onTasteVoted: () => setVotes((before) => before + 1) })),
    h("p", null, "Votes: ", h("output", null, votes)),
  );
}
