/**
 * Where the vote module's session finds a mind to ask: the glue imports `advise`. A mind is in another wasm module
 * (`taste.ts`), which most pages load only once the first question is up.
 */
import type { WebMind } from "./wasm.ts";

const minds = new Map<number, WebMind>();
let last = 0;

/** From now on this mind answers under the returned number, until `end` is called with it. */
export function employ(mind: WebMind): number {
  minds.set((last += 1), mind);
  return last;
}

export function end(who: number): void {
  minds.get(who)?.free();
  minds.delete(who);
}

/** A mind that failed is not asked again: the session asks by coverage then, and guesses nothing. */
function ask<T>(who: number, otherwise: T, question: (mind: WebMind) => T): T {
  const mind = minds.get(who);
  if (mind === undefined) return otherwise;
  try {
    return question(mind);
  } catch {
    minds.delete(who);
    return otherwise;
  }
}

/** What the vote module's glue calls; see `advisor.rs`. */
export function advise(who: number, name: string, given: string, seed: Uint8Array): string {
  return ask(who, "", (mind) => {
    if (name === "forecast") return mind.forecast(given).join(" ");
    if (name === "learn") return mind.learn(given), "";
    const [kind, also, broken, keepGoing] = given.split("\n") as [string, string, string, string];
    return mind.plan(kind, also, broken, keepGoing !== "", seed);
  });
}
