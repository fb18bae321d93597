/**
 * Where the vote module's session finds a mind to ask: the glue imports these three. A mind is in another wasm module
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

export const learn = (who: number, votes: string): void => ask(who, undefined, (mind) => mind.learn(votes));

export const plan = (who: number, kind: string, also: string, broken: string, keepGoing: boolean, seed: Uint8Array): string =>
  ask(who, "", (mind) => mind.plan(kind, also, broken, keepGoing, seed));

export const forecast = (who: number, question: string): Uint32Array =>
  ask(who, new Uint32Array(), (mind) => mind.forecast(question));
