/**
 * Encoders with a network that the page opened (`openEncoder` of `tastemaker/encoder`). A round names its encoder; content for
 * it is then embedded by the one of that id. Nothing here loads anything.
 */
import type { Content } from "./content.ts";

/** What can embed for a round: its id is the round's encoder. */
export interface ContentEncoder {
  readonly id: string;
  embed(content: Content): Promise<Float32Array>;
}

const opened = new Map<string, ContentEncoder>();

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

/** @internal */
export function openedEncoder(id: string): ContentEncoder | undefined {
  return opened.get(id);
}
