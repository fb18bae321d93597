import { useState } from "react";
import { createRoot } from "react-dom/client";
import { TasteDuel, TasteRound } from "tastemaker/react";

function App() {
  const [voter, setVoter] = useState();
  const [votes, setVotes] = useState(0);
  return (
    <main>
      <h1>Which line would you keep?</h1>
      <TasteRound src="/round.json" onTasteOpen={({ detail }) => setVoter(detail.client.voter)}>
        <TasteDuel onTasteVoted={() => setVotes((before) => before + 1)} onTasteUndone={() => setVotes((before) => before - 1)} />
      </TasteRound>
      <p>
        Your key in this browser: <code id="voter">{voter ?? "…"}</code>. Votes: <output>{votes}</output>.
      </p>
    </main>
  );
}

createRoot(document.getElementById("root")).render(<App />);
