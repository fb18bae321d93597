/**
 * What the elements need of a client, in one place. Nothing here draws.
 */
import { TasteClient } from "../client.ts";
import { wasm } from "../loader.ts";
import type { WebSession } from "../wasm.ts";
import type { Widget } from "./element.ts";

/** Hears what a widget asks for: a request's kind and its value. */
export type OnRequest = (kind: string, value: string) => void;

/** A duel or an approval in the wasm. */
export interface QuestionWidget extends Widget {
  /** `now` in Unix seconds. */
  render(session: WebSession, now: number): void;
  setManual(manual: boolean): void;
}
export type WebDuel = QuestionWidget;
export type WebApprove = QuestionWidget;

/** The board in the wasm. */
export interface WebBoard extends Widget {
  /** `limit` rows; 0 = all. */
  render(session: WebSession, limit: number): void;
}

/** The wallet panel in the wasm. */
export interface WebWallet extends Widget {
  render(session: WebSession): void;
  renderGuest(): void;
  setWallets(uuids: string[], names: string[]): void;
}

/** The widgets' handles, as `widgets.rs` exports them. */
export interface Handles {
  WebDuel: new (root: ShadowRoot, onRequest: OnRequest) => WebDuel;
  WebApprove: new (root: ShadowRoot, onRequest: OnRequest) => WebApprove;
  WebBoard: new (root: ShadowRoot) => WebBoard;
  WebWallet: new (root: ShadowRoot, onRequest: OnRequest) => WebWallet;
}

/** The handles; the wasm is loaded once a client is open. */
export function handles(): Handles {
  return wasm() as unknown as Handles;
}

const open = new Map<string, { client: Promise<TasteClient>; users: number }>();

/**
 * The client of a round's address, shared by every element that names it: two sessions of one person in one page
 * would sign with one key past each other. Without `consent` a fresh one stores and sends nothing.
 */
export function borrow(src: string, consent = true): Promise<TasteClient> {
  let entry = open.get(src);
  if (!entry) {
    const fresh = { client: TasteClient.open({ src, consent }), users: 0 };
    // A failed opening is not kept: the next element, or the same one attached again, tries anew.
    fresh.client.catch(() => open.get(src) === fresh && open.delete(src));
    open.set(src, (entry = fresh));
  }
  entry.users += 1;
  return entry.client;
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
