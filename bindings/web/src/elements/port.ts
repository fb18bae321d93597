/** The clients that the elements of a page share, in one place. The client itself is loaded when the first is wanted. */
import { askAhead } from "../ahead.ts";
import type { TasteClient } from "../client.ts";
import { rest } from "../pause.ts";

const open = new Map<string, { client: Promise<TasteClient>; users: number }>();

/** The round's address of an element, seen from its page; what is none goes to the client as it is, which says so. */
export function addressOf({ src, baseURI }: { src: string; baseURI: string }): string {
  try {
    return new URL(src, baseURI).href;
  } catch {
    return src;
  }
}

/**
 * The client of a round's address, shared by every element that names it: two sessions of one person in one page
 * would sign with one key past each other. Without `consent` a fresh one stores and sends nothing.
 */
export function borrow(src: string, consent = true): Promise<TasteClient> {
  let entry = open.get(src);
  if (!entry) {
    const client = begin(src, consent);
    const fresh = { client, users: 0 };
    // A failed opening is not kept: the next element, or the same one attached again, tries anew.
    const drop = () => void (open.get(src) === fresh && open.delete(src));
    client.then((opened) => {
      opened.addEventListener("taste-closed", drop);
      // Once the first question is up.
      (globalThis.requestIdleCallback ?? setTimeout)(() => void opened.verify().catch(() => {}));
    }, drop);
    open.set(src, (entry = fresh));
  }
  entry.users += 1;
  return entry.client;
}

async function begin(src: string, consent: boolean): Promise<TasteClient> {
  await rest();
  await askAhead(src);
  await rest();
  const { TasteClient } = await import("../parts.ts");
  return TasteClient.begin({ src, consent });
}

/**
 * Gives a borrowed client back. The last one closes it, once what was voted a moment ago is on its way, and unless it is
 * borrowed again meanwhile.
 */
export function giveBack(src: string): void {
  const entry = open.get(src);
  if (!entry) return;
  entry.users -= 1;
  const unused = () => entry.users === 0 && open.get(src) === entry;
  queueMicrotask(async () => {
    if (!unused()) return;
    // One that did not open is not kept.
    const client = await entry.client.catch(() => undefined);
    if (unused()) await client?.flush();
    if (!unused()) return;
    open.delete(src);
    client?.close();
  });
}
