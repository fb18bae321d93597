/**
 * The taste model of a round: its features go to the session as soon as they are announced; its own file goes to the
 * content module, once content that the page brings is predicted.
 */
import type { Content, Evaluator } from "./content.ts";
import { contentModule, embed } from "./embed.ts";
import { openedEncoder } from "./encoders.ts";
import { TasteError } from "./errors.ts";
import type { Subject } from "./options.ts";
import type { Source } from "./source.ts";
import type { Store } from "./store.ts";
import { fetchFile, type Transport } from "./transport.ts";
import type { Digest, ModelView } from "./types.ts";
import type { WebSession } from "./wasm.ts";

export class Models {
  readonly #session: WebSession;
  readonly #source: Source;
  readonly #transport: Transport;
  readonly #encoder: string;
  readonly #store: () => Store;
  /** Announced last: on its way or in use. */
  #announced: Digest | undefined;
  #inUse: ModelView | undefined;
  #evaluator: Evaluator | undefined;

  /** `encoder`: the one that the round names. */
  constructor(session: WebSession, source: Source, transport: Transport, encoder: string, store: () => Store) {
    this.#session = session;
    this.#source = source;
    this.#transport = transport;
    this.#encoder = encoder;
    this.#store = store;
  }

  /**
   * Fetches what predicting the round's candidates needs and installs it. Resolves to `false` where that is not needed
   * (it is in use or on its way) or no longer (`closed`, or a newer one was announced meanwhile).
   */
  async load(view: ModelView, closed: () => boolean): Promise<boolean> {
    if (view.digest === this.#announced || closed()) return false;
    this.#announced = view.digest;
    try {
      const features = await this.#file("features", view.features, view.src?.features);
      if (this.#announced !== view.digest || closed()) return false;
      this.#session.installModel(features, view.digest);
      this.#inUse = view;
      return true;
    } catch (error) {
      if (this.#announced !== view.digest) return false;
      this.#announced = undefined;
      throw error;
    }
  }

  /**
   * Asks the session about subjects as it knows them: candidates by their ids, content as the model in use evaluates
   * it. `ask` runs while that model is still in use.
   */
  async measure<T>(subjects: readonly Subject[], ask: (measured: (Digest | Float32Array)[]) => T): Promise<T> {
    // Without a model the session refuses whatever it is given, so content need not be embedded for that.
    if (this.#inUse === undefined) return ask(subjects.map((subject) => (isId(subject) ? subject : new Float32Array(1))));
    const embedded = await Promise.all(subjects.map((subject) => (isId(subject) || subject instanceof Float32Array ? subject : this.embed(subject as Content))));
    for (;;) {
      const model: ModelView = this.#inUse;
      const measured = await Promise.all(embedded.map((each) => (isId(each) ? each : this.#evaluated(model, each))));
      // Where a newer model came meanwhile, what the older one says means nothing to the session.
      if (model === this.#inUse) return ask(measured);
    }
  }

  /**
   * Embeds content by the round's encoder; another's numbers would mean nothing to its model.
   * @throws TasteError `Client::ForeignEncoder`, …
   */
  async embed(content: Content): Promise<Float32Array> {
    const opened = openedEncoder(this.#encoder);
    if (opened !== undefined) return opened.embed(content);
    const builtIn = typeof content === "string" ? "text@1" : "visual@1";
    if (this.#encoder !== builtIn) {
      throw new TasteError("Client::ForeignEncoder", `the round's encoder is ${this.#encoder}, and this would be embedded by ${builtIn}`, "Pass content of the round's own kind, a Float32Array that the round's encoder made, or give the encoder to useEncoder().");
    }
    return embed(content);
  }

  /** Lets go of what the content module holds. */
  free(): void {
    this.#evaluator?.free();
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
    const bytes = await fetchFile(this.#transport, url, digest);
    await store.keepFile(digest, bytes).catch(() => undefined);
    return bytes;
  }
}

function isId(subject: Subject): subject is Digest {
  return typeof subject === "string" && /^0x[0-9a-f]{64}$/i.test(subject);
}
