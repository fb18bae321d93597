"use client";

// Rendered on the server, hydrated in the browser, where importing the duel defines its element.
import { useEffect, useRef, useState } from "react";
import "tastemaker/elements/duel";
import { TasteRound } from "tastemaker/react";

export function Voting({ duel }) {
  const [votes, setVotes] = useState(0);
  const round = useRef(null);
  // React did not make the duel, so it is heard where its facts bubble to.
  useEffect(() => {
    const element = round.current;
    const count = () => setVotes((before) => before + 1);
    element.addEventListener("taste-voted", count);
    return () => element.removeEventListener("taste-voted", count);
  }, []);
  return (
    <main>
      <h1>Which line would you keep?</h1>
      {/* The parser made a shadow root of the template: what React finds in the page is not what the server wrote. */}
      <TasteRound ref={round} src="/round.json" dangerouslySetInnerHTML={{ __html: duel }} suppressHydrationWarning />
      <p>
        Votes: <output>{votes}</output>
      </p>
    </main>
  );
}
