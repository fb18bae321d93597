/** Where a round comes from: an operator's address, a static file, or the page itself. */
import { TasteError, asTasteError } from "./errors.ts";
import type { Store } from "./store.ts";
import type { Digest, RoundView, SignedRound } from "./types.ts";

/** A round's addresses. Without `api` there is no server: nothing is sent. */
export interface Source {
  /** What names the round in the store. */
  key: string;
  /** Where the round is read from; none where the page brought it. */
  url?: string;
  /** The operator's `…/v1`. */
  api?: string;
  /** The id that the address promises. */
  expected?: Digest;
  /** What relative addresses in a static file are relative to. */
  base: string;
}

const ID = /^#(0x[0-9a-f]{64})$/;
const SERVED = /^(.*\/v1)\/rounds\/(0x[0-9a-f]{64})\/?$/;

/**
 * Reads an address: `https://host/v1/rounds/0x…` is an operator's, anything else a static file. A file's address may end in
 * `#0x…`, the round's id: then nothing but the file has to be looked at, and no other round is taken for it.
 */
export function sourceOf(src: string | URL): Source {
  const base = typeof document === "undefined" ? undefined : document.baseURI;
  let url: URL;
  try {
    url = new URL(src, base);
  } catch (error) {
    throw new TasteError("Client::Address", `${String(src)} is no address`, "Use an absolute URL, or one relative to the page.", { cause: error });
  }
  const served = SERVED.exec(`${url.origin}${url.pathname}`);
  if (served === null) {
    const expected = ID.exec(url.hash)?.[1] as Digest | undefined;
    url.hash = "";
    return { key: url.href, url: url.href, base: url.href, ...(expected && { expected }) };
  }
  return { key: url.href, url: url.href, api: served[1]!, expected: served[2] as Digest, base: url.href };
}

/** A SignedRound alone is a round without content or model. */
export function asView(found: RoundView | SignedRound): RoundView {
  if (found !== null && typeof found === "object") {
    if ("signed" in found) return found;
    if ("round" in found) return { id: "0x", signed: found };
  }
  throw new TasteError("Client::RoundFile", "the file is neither a round's view nor a signed round", "Write it with `taste round create` or fetch it from /v1/rounds/{id}.");
}

/** The round as it was read, or the copy that was kept where there is no way to the operator. */
export async function readRound(source: Source, reading: Promise<RoundView | SignedRound>, store: Store): Promise<RoundView> {
  try {
    const view = asView(await reading);
    // Nobody waits for that: what follows is written after it.
    store.keepRound(source.key, view).catch(() => undefined);
    return view;
  } catch (error) {
    const { code, status } = asTasteError(error);
    const unreachable = code === "Client::Network" || code === "Client::Timeout" || (status !== undefined && status >= 500);
    const kept = unreachable ? await store.round(source.key).catch(() => undefined) : undefined;
    if (kept === undefined) throw error;
    return kept;
  }
}
