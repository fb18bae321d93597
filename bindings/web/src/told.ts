/** What a wasm module says: a text, or an error. */
import { TasteError } from "./errors.ts";

/**
 * The text, as it is.
 * @throws TasteError where it is `!`, then a line each for the code and what to do, then what happened
 */
export function told<T extends string = string>(text: string): T {
  if (!text.startsWith("!")) return text as T;
  const [code, hint, ...message] = text.slice(1).split("\n");
  throw new TasteError(code!, message.join("\n"), hint);
}

/** A digest and what follows it; nothing where there is nothing. */
export function named<T>(text: string): { id: `0x${string}`; value: T } | undefined {
  return text === "" ? undefined : { id: text.slice(0, 66) as `0x${string}`, value: JSON.parse(text.slice(66)) as T };
}
