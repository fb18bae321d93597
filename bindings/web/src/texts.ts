/**
 * Where the candidates' content is, and the texts that are read when they come up. Pictures are the widgets' business:
 * an image loads itself.
 */
import { TasteError, asTasteError } from "./errors.ts";
import type { Source } from "./source.ts";
import type { Transport } from "./transport.ts";
import type { Candidate, Digest, RoundView } from "./types.ts";
import type { Session } from "./session.ts";

/** The longest pause between two tries for one text, in seconds. */
const LONGEST_PAUSE = 60;

/** What came of reading a text: it is `here`, it is never to come (`gone`), or it is tried again. */
export type Reading = "here" | { gone: TasteError } | { again: TasteError };

export class Texts {
  readonly #session: Session;
  readonly #source: Source;
  readonly #transport: Transport;
  readonly #reading = new Set<Digest>();
  /** When a text that did not come may be asked for again (milliseconds), and how often it failed. */
  readonly #failed = new Map<Digest, { failures: number; at: number }>();

  constructor(session: Session, source: Source, transport: Transport) {
    this.#session = session;
    this.#source = source;
    this.#transport = transport;
  }

  /** Says where content is; texts in the file are taken at once, others when they come up. */
  place(candidates: readonly Candidate[], content: RoundView["content"]): void {
    const { api, base } = this.#source;
    for (const { id, kind } of candidates) {
      const given = content?.[id];
      // A palette is its colours (`["#aabbcc", …]`), or an address as any other content.
      if (typeof given === "string" && (kind === "text" || (kind === "palette" && given.startsWith("[")))) this.#session.setText(id, given);
      else if (typeof given === "object" && "text" in given) this.#session.setText(id, given.text);
      else if (given !== undefined) this.#session.setSource(id, new URL(typeof given === "string" ? given : given.src, base).href);
      else if (api !== undefined) this.#session.setSource(id, `${api}/content/${id}`);
    }
  }

  /** Reads the texts that are wanted, each at most once at a time and not before its pause is over. */
  read(told: (id: Digest, reading: Reading) => void): void {
    for (const id of this.#session.wantedTexts()) {
      if (this.#reading.has(id) || (this.#failed.get(id)?.at ?? 0) > Date.now()) continue;
      this.#reading.add(id);
      void this.#read(id).then((reading) => {
        this.#reading.delete(id);
        told(id, reading);
      });
    }
  }

  /** Seconds until the next text that did not come may be asked for again; none where none is waited for. */
  get pause(): number | undefined {
    const now = Date.now();
    const next = Math.min(...[...this.#failed.values()].map(({ at }) => at).filter((at) => at > now));
    return Number.isFinite(next) ? (next - now) / 1000 : undefined;
  }

  /** The way is free again: no pause. */
  hurry(): void {
    for (const failed of this.#failed.values()) failed.at = 0;
  }

  async #read(id: Digest): Promise<Reading> {
    const { api } = this.#source;
    try {
      if (api === undefined) throw new TasteError("Client::NoContent", `the round file has no text for ${id}`, "Add it to the file's `content`.");
      this.#session.setText(id, await this.#transport.text(`${api}/content/${id}`));
      this.#failed.delete(id);
      return "here";
    } catch (thrown) {
      const error = asTasteError(thrown);
      if (api === undefined || error.code === "SdkError::ContentDigest" || error.status === 404) {
        this.#failed.delete(id);
        return { gone: error };
      }
      const failures = (this.#failed.get(id)?.failures ?? 0) + 1;
      const pause = Math.max(error.retryAfter ?? 0, Math.min(3 * 2 ** (failures - 1), LONGEST_PAUSE));
      this.#failed.set(id, { failures, at: Date.now() + 1000 * pause });
      return { again: error };
    }
  }
}
