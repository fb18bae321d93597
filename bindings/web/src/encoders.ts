/**
 * Which encoder embeds for a round. The built-in ones are here; one with a network is the page's: opened and given to
 * `useEncoder`, or named by its manifest's address, and then opened when it is first needed.
 */
import type { Content } from "./content.ts";
import { TasteError, asTasteError } from "./errors.ts";
import type { OpenEncoder, OpenEncoderOptions } from "./network.ts";

/** What can embed for a round: its id is the round's encoder. */
export interface ContentEncoder {
  readonly id: string;
  embed(content: Content): Promise<Float32Array>;
}

/** One list a page, whichever of the package's entries brought this module. */
const opened: Map<string, ContentEncoder> = ((globalThis as Record<symbol, any>)[Symbol.for("tastemaker.encoders")] ??= new Map());
/** On their way, by their manifests' addresses. */
const opening = new Map<string, Promise<OpenEncoder>>();

/**
 * From now on, `client.embed`, `client.predict` and `client.rank` of rounds with this encoder use it. Another of the same id takes
 * its place; what is returned takes it away again.
 */
export function useEncoder(encoder: ContentEncoder): () => void {
  opened.set(encoder.id, encoder);
  return () => {
    if (opened.get(encoder.id) === encoder) opened.delete(encoder.id);
  };
}

/**
 * Opens an encoder with a network by the address of its manifest (`taste encoder add` writes one). The module, ONNX Runtime and
 * the encoder's files are fetched now and not before; the work is done in a worker.
 * @throws TasteError `Encoder::Load`, `Encoder::Worker`, `Encoder::Fetch`, `Encoder::Timeout`, `Encoder::Cancelled`, `PreprocessError::Digest`, …
 */
export async function openEncoder(manifest: string | URL, options: OpenEncoderOptions = {}): Promise<OpenEncoder> {
  const { openEncoder } = await import("#network").catch((error: unknown) => {
    throw asTasteError(error, "Encoder::Load", "Serve the package's folder dist/encoder beside its other files; try again when there is a network.");
  });
  return openEncoder(manifest, options);
}

/**
 * Embeds for a round with this encoder; another's numbers would mean nothing to its model.
 * @throws TasteError `Client::ForeignEncoder`, and what opening and embedding throw
 */
export async function embedFor(encoder: string, named: string | URL | Element | undefined, content: Content, builtIn: (content: Content, encoder: string) => Promise<Float32Array>): Promise<Float32Array> {
  const manifest = addressOf(named);
  const here = opened.get(encoder) ?? (manifest === undefined ? undefined : await openedOnce(manifest));
  if (here?.id === encoder) return here.embed(content);
  const own = here?.id ?? (typeof content !== "string" ? ("sampleRate" in content ? "audio@1" : "visual@1") : encoder === "palette@1" ? encoder : "text@1");
  if (own === encoder) return builtIn(content, encoder);
  throw new TasteError("Client::ForeignEncoder", `the round's encoder is ${encoder}, and this would be embedded by ${own}`, "Pass content of the round's own kind, a Float32Array that the round's encoder made, or name its manifest: <taste-round encoder=…>, or useEncoder().");
}

function addressOf(named: string | URL | Element | undefined): string | undefined {
  if (named === undefined || typeof named === "string" || named instanceof URL) return named?.toString();
  const encoder = named.getAttribute("encoder");
  return encoder ? new URL(encoder, named.baseURI).href : undefined;
}

async function openedOnce(manifest: string): Promise<OpenEncoder> {
  let way = opening.get(manifest);
  if (way === undefined) {
    way = openEncoder(manifest);
    opening.set(manifest, way);
    // What could not be opened is tried anew the next time.
    way.catch(() => opening.delete(manifest));
  }
  return way;
}
