/**
 * The taste model of a round: its features go to the taste module as soon as they are announced, and there a mind learns
 * this person's taste and advises the session; its own file goes to the content module, once content that the page brings
 * is predicted.
 */
import { employ, end } from "./glue.ts";
import type { Content, Evaluator } from "./content.ts";
import { sha256 } from "./crypto.ts";
import { contentModule } from "./embed.ts";
import { TasteError } from "./errors.ts";
import { complete, refused } from "./loader.ts";
import type { Questions, Subject } from "./options.ts";
import type { Session } from "./session.ts";
import type { Source } from "./source.ts";
import type { Store } from "./store.ts";
import type { Measured, Mind } from "./taste.ts";
import { tasting } from "./tasting.ts";
import type { Transport } from "./transport.ts";
import type { Address, CarriedTaste, Digest, Hex, MeView, ModelView } from "./types.ts";

/** So many works near liked ones are shown. */
const NEAREST = 3;

/** How many questions are for the board. */
const FOR_BOARD: Record<Questions, number> = { person: 0, both: 0.5, board: 1 };

export class Models {
  /** Where the manifest of the round's encoder is. */
  readonly #encoder: () => string | URL | Element | undefined;
  readonly #questions: () => Questions | undefined;
  readonly #session: Session;
  readonly #source: Source;
  readonly #transport: Transport;
  readonly #store: () => Store;
  /** Announced last: on its way or in use. */
  #announced: Digest | undefined;
  #inUse: { view: ModelView; mind: Mind; who: number } | undefined;
  #evaluator: Evaluator | undefined;

  constructor(session: Session, source: Source, transport: Transport, store: () => Store, encoder: () => string | URL | Element | undefined, questions: () => Questions | undefined) {
    this.#encoder = encoder;
    this.#questions = questions;
    this.#session = session;
    this.#source = source;
    this.#transport = transport;
    this.#store = store;
  }

  /**
   * Fetches what guessing about the round's candidates needs and has the session take that advice. Resolves to `false`
   * where that is not needed (it is in use or on its way), no longer (`closed`, or a newer one was announced meanwhile), or
   * not possible (WebAssembly is refused).
   */
  async load(view: ModelView, closed: () => boolean, seed: () => Uint8Array): Promise<boolean> {
    if (view.digest === this.#announced || closed() || refused()) return false;
    this.#announced = view.digest;
    try {
      const [features, { Mind }] = await Promise.all([this.#file("features", view.features, view.src?.features), tasting(), complete()]);
      if (this.#announced !== view.digest || closed()) return false;
      const mind = new Mind(features, view.digest, this.#session.round);
      mind.raw.aim(FOR_BOARD[this.#aim()] ?? FOR_BOARD.both);
      const before = this.#inUse?.who;
      this.#inUse = { view, mind, who: employ(mind.raw) };
      this.#session.takeAdvice(this.#inUse.who, view.digest, seed());
      if (before !== undefined) end(before);
      return true;
    } catch (error) {
      if (this.#announced !== view.digest) return false;
      this.#announced = undefined;
      throw error;
    }
  }

  /** What the mind in use knows of this person, the most liked first; nothing without one. */
  get known(): Pick<MeView, "rows" | "nearest"> | undefined {
    const mind = this.#inUse?.mind;
    if (mind === undefined) return undefined;
    const { candidates } = this.#session.round;
    const shown = (id: Digest) => this.#session.candidate(id)!;
    const rows = mind.likings().map((liking, at) => ({ candidate: shown(candidates[at]!.id), ...liking }));
    return {
      rows: rows.sort((a, b) => b.mine - a.mine),
      nearest: mind.nearest(NEAREST).map(([candidate, near]) => ({ candidate: shown(candidate), near: shown(near) })),
    };
  }

  /**
   * Asks the mind about subjects as it knows them: candidates by their ids, content as the model in use evaluates it. `ask`
   * runs while that model is still in use.
   * @throws TasteError `Client::NoModel`
   */
  async measure<T>(subjects: readonly Subject[], ask: (mind: Mind, measured: Measured[]) => T): Promise<T> {
    // Without a model nothing can be said of it, so content need not be embedded for that.
    this.#model();
    const embedded = await Promise.all(subjects.map((subject) => (isId(subject) || subject instanceof Float32Array ? subject : this.embed(subject as Content))));
    for (;;) {
      const model = this.#model();
      const measured = await Promise.all(embedded.map((each) => (isId(each) ? each : this.#evaluated(model.view, each))));
      // Where a newer model came meanwhile, what the older one says means nothing to its mind.
      if (model === this.#inUse) return ask(model.mind, measured);
    }
  }

  /** What was learned of this person, to take along, signed by this key. */
  async passport(now: number, { sign }: { sign(digest: Digest): Hex | Promise<Hex> }): Promise<Uint8Array> {
    return this.#model().mind.passport(this.#session.id, now, sign);
  }

  /**
   * Starts from what a passport of this owner brings. One of an older model needs the features that this model made of the round (`before`:
   * their digest); the operator keeps them.
   */
  async carry(passport: Uint8Array, owner: Address, before?: Digest): Promise<CarriedTaste> {
    const { mind, view } = this.#model();
    const features = before === undefined || before === view.features ? undefined : await this.#file("features", before);
    return mind.carry(passport, owner, this.#session.id, features);
  }

  /** What a passport brought is forgotten. */
  uncarry(): void {
    this.#inUse?.mind.raw.uncarry();
  }

  /** Whom questions are for: as the page says it, or the element. What is no word of ours is for both. */
  #aim(): Questions {
    const host = this.#encoder();
    const said = typeof host === "object" && "getAttribute" in host ? host.getAttribute("questions") : undefined;
    return this.#questions() ?? ((said ?? "both") as Questions);
  }

  #model() {
    if (this.#inUse === undefined) throw new TasteError("Client::NoModel", "no taste model is here yet", "Wait for the `taste-model` event, or train the round first.");
    return this.#inUse;
  }

  /**
   * Embeds content by the round's encoder.
   * @throws TasteError `Client::ForeignEncoder`, …
   */
  async embed(content: Content): Promise<Float32Array> {
    return (await contentModule()).embedFor(this.#session.round.encoder, this.#encoder(), content);
  }

  /** Lets go of what the other modules hold. */
  free(): void {
    this.#evaluator?.free();
    if (this.#inUse !== undefined) end(this.#inUse.who);
    this.#inUse = undefined;
  }

  async #evaluated(model: ModelView, embedding: Float32Array): Promise<Float32Array> {
    const { Evaluator } = await contentModule();
    this.#evaluator ??= new Evaluator();
    return this.#evaluator.evaluate(model.digest, () => this.#file("models", model.digest, model.src?.model), embedding);
  }

  async #file(kind: "models" | "features", digest: Digest, src?: string): Promise<Uint8Array> {
    const { api, base } = this.#source;
    const store = this.#store();
    const kept = await store.file(digest).catch(() => undefined);
    if (kept !== undefined) return kept;
    if (api === undefined && src === undefined) {
      throw new TasteError("Client::NoModelFile", "the round file names a model but not where it is", "Add `src: { model, features }` to its model.");
    }
    const url = api === undefined ? new URL(src!, base).href : `${api}/${kind}/${digest}`;
    await complete();
    const bytes = await fetchFile(this.#transport, url, digest);
    await store.keepFile(digest, bytes).catch(() => undefined);
    return bytes;
  }
}

/** Fetches an immutable file and checks that it is the one. */
async function fetchFile(transport: Transport, url: string, digest: Digest): Promise<Uint8Array> {
  const bytes = await transport.bytes(url);
  const found = sha256(bytes);
  if (found !== digest) {
    throw new TasteError("Client::FileDigest", `the file's SHA-256 is ${found}, expected ${digest}`, "The server or something on the way changed it; try again later.");
  }
  return bytes;
}

function isId(subject: Subject): subject is Digest {
  return typeof subject === "string" && /^0x[0-9a-f]{64}$/i.test(subject);
}
