/** What a wasm module says: a text, or an error. */
import { TasteError } from "./errors.ts";

type Sentences = Record<string, readonly [message: string, hint: string]>;

/** They come when there is time, or with the first error. */
let sentences: Sentences = {};

/** Takes the sentences of `messages.ts`. */
export function explain(messages: Sentences): void {
  sentences = messages;
}

/**
 * What the vote module says, as it is.
 * @throws TasteError where it is `!`, a code, and a line for each value in the code's sentence (`messages.ts`)
 */
export function told<T extends string = string>(text: string): T {
  if (!text.startsWith("!")) return text as T;
  const [code, ...values] = text.slice(1).split("\n");
  const [message, hint] = sentences[code!] ?? [code!, ""];
  throw new TasteError(code!, message.replace(/\{(\d)\}/g, (_, at) => values[Number(at)] ?? ""), hint);
}
