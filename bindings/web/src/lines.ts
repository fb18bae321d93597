/**
 * Values as lines of text, the way the vote module takes the round and gives its views (`lines.rs`): in an order that both
 * sides know, so that neither carries code for names.
 */
import { TasteError } from "./errors.ts";
import type { Delivery, Digest, OwnVote, SignedRound, Tally } from "./types.ts";

/** One line that stands for a text. */
export const escaped = (text: string): string => text.replace(/[\\\n]/g, (sign) => (sign === "\n" ? "\\n" : "\\\\"));

/** How many texts, and the texts. */
export const texts = (lines: readonly string[]): (string | number)[] => [lines.length, ...lines.map(escaped)];

// ---- reading -------------------------------------------------------------------------------------------------

export type Lines = ReturnType<typeof lines>;

/** What a page of lines says, one after the other. */
export function lines(page: string) {
  const left = page.split("\n").values();
  const line = <T extends string = string>(): T => left.next().value as T;
  const text = (): string => line().replace(/\\(.)/g, (_, sign: string) => (sign === "n" ? "\n" : sign));
  const number = (): number => Number(line());
  const flag = (): boolean => line() === "1";
  /** A flag, or nothing. */
  const maybe = (): boolean | null => {
    const said = line();
    return said === "" ? null : said === "1";
  };
  const list = <T>(item: () => T): T[] => Array.from({ length: number() }, item);
  return { line, text, number, flag, maybe, list };
}

export const tallyOf = ({ line, number }: Lines): Tally => ({
  hits: number(),
  guessed: number(),
  recent: [...line()].map((hit) => hit === "1"),
});

export const deliveryOf = ({ line, text, number, flag }: Lines): Delivery => ({
  kept: number(),
  undeliverable: number(),
  unchecked: number(),
  offline: flag(),
  retryIn: ((seconds) => (seconds === "" ? null : Number(seconds)))(line()),
  trouble: text() || null,
  storage: text() || null,
});

export const ownVote = ({ line, text, number, list }: Lines): OwnVote => ({
  vote: { kind: line(), outcome: line(), strength: number(), propensity: number(), candidates: list(() => line<Digest>()), reasons: list(text) },
  castAt: number(),
  standing: line(),
});

// ---- writing -------------------------------------------------------------------------------------------------

/** Fields in their order: `#` is a number, `?` a flag, `*` a list of texts, all others are texts. */
const ROUND = "operator title question encoder opensAt closesAt budget# importers* salt".split(" ");
const RULES = "kinds* stars# halves? points# cost ranking# reasons* board".split(" ");
const CANDIDATE = "id kind mediaType title note".split(" ");

/** A round and its signature. Throws `WebError::Argument` where something is missing or of another type. */
export function roundLines({ signature, round }: SignedRound): (string | number)[] {
  const page: (string | number)[] = [];
  const put = (value: unknown, type: string, name: string) => {
    if (typeof value !== type) throw new TasteError("WebError::Argument", `the signed round: ${name}: expected a ${type}`, "Pass what the type declaration says.");
    page.push(type === "boolean" ? (value ? "1" : "") : escaped(String(value)));
  };
  const items = (value: unknown, name: string): unknown[] => {
    if (!Array.isArray(value)) put(value, "list", name);
    page.push((value as unknown[]).length);
    return value as unknown[];
  };
  const all = (of: unknown, names: readonly string[]) => {
    for (const marked of names) {
      const name = marked.replace(/\W/, "");
      const value = (of as Record<string, unknown> | null | undefined)?.[name];
      if (marked.endsWith("*")) for (const item of items(value, name)) put(item, "string", name);
      else put(value, marked.endsWith("#") ? "number" : marked.endsWith("?") ? "boolean" : "string", name);
    }
  };
  put(signature, "string", "signature");
  all(round, ROUND);
  all(round.rules, RULES);
  for (const candidate of items(round.candidates, "candidates")) all(candidate, CANDIDATE);
  return page;
}
