/**
 * The client: one round, one person, this device. It does the IO that the session (Rust, `crates/taste-sdk`) asks for:
 * reading the round, keeping memory, sending ballots, listening to the operator, asking wallets. It decides nothing
 * about votes.
 */
import { randomSecret, sessionAccount, type LocalAccount } from "./account.ts";
import type { Content } from "./content.ts";
import { deliver, isRefusal, setClock } from "./deliver.ts";
import { embed } from "./embed.ts";
import { TasteError, asTasteError } from "./errors.ts";
import { init } from "./loader.ts";
import { Models } from "./models.ts";
import type { ClientEvents, ClientRequest, OpenOptions, Subject } from "./options.ts";
import { asView, readRound, sourceOf, type Source } from "./source.ts";
import { MemoryStore, exclusively, openStore, type Store, type StoredIdentity } from "./store.ts";
import { HttpTransport, type Transport } from "./transport.ts";
import { signerOf, watchWallets, type AnnouncedWallet, type Provider, type WalletClientLike } from "./wallet.ts";
import type {
  Address, ApprovalOutcome, ApproveView, BoardView, Candidate, Commitment, Delivery, Desk, Digest, DuelOutcome, DuelView,
  ModelView, Prediction, RoundStatus, RoundView, SignedBallot, SignedGrant, SignedRound, WalletView,
} from "./types.ts";
import type { Wasm, WebSession } from "./wasm.ts";

export type { ClientEvents, ClientRequest, OpenOptions, Subject } from "./options.ts";
export type { Guess, Tally } from "./types.ts";

const GRANT_DAYS = 30;
/** A grant is valid from so many seconds ago: one from a device whose clock is ahead would not be valid yet. */
const GRANT_SINCE = 86_400;
/** So many kept votes are sent at once. */
const FULL = 16;

export class TasteClient extends EventTarget {
  /** The wasm module. */
  readonly wasm: Wasm;
  /** The state machine. Read it; change it through the client, which keeps and sends. */
  readonly session: WebSession;
  /** The round. */
  readonly round: SignedRound["round"];
  #store: Store;
  #consent: boolean;
  readonly #transport: Transport;
  readonly #source: Source;
  readonly #sendAfter: number;
  #identity: StoredIdentity;
  #revision = 0;
  /** IndexedDB was refused: votes are kept in this tab only. */
  #fellBack = false;
  #wallets: readonly AnnouncedWallet[] = [];
  #sending: Promise<void> = Promise.resolve();
  #queued: Promise<void> | undefined;
  #saving: Promise<void> = Promise.resolve();
  #timers = new Map<string, ReturnType<typeof setTimeout>>();
  #stops: (() => void)[] = [];
  #fetching = new Set<Digest>();
  readonly #models: Models;
  #boardWatched = false;
  #closed = false;

  /**
   * Opens a round.
   * @throws TasteError `Client::Address`, `Client::RoundFile`, `Client::Network` (and no copy is kept), `SdkError::RoundId`,
   * `SdkError::RoundSignature`, …
   */
  static async open(options: OpenOptions): Promise<TasteClient> {
    if (options.src === undefined && options.round === undefined) {
      throw new TasteError("Client::Address", "neither src nor round was given", "Pass { src } or { round }.");
    }
    const consent = options.consent ?? true;
    const transport = options.transport ?? new HttpTransport();
    const [wasm, store] = await Promise.all([init(options.wasm), consent ? (options.store ?? openStore()) : new MemoryStore()]);
    const source = options.src === undefined ? { key: "page", base: globalThis.document?.baseURI ?? "memory:" } : sourceOf(options.src);
    const view = options.round === undefined ? await readRound(source, transport, store) : asView(options.round);
    const identity = await store.identity(() => ({ secret: randomSecret() }));
    const session = new wasm.WebSession(view.signed, source.expected, identity.secret);
    const client = new TasteClient(wasm, session, view, source, store, transport, identity, consent, options.store !== undefined, options.sendAfter ?? 2);
    await client.#start(view);
    return client;
  }

  private constructor(
    wasm: Wasm, session: WebSession, view: RoundView, source: Source, store: Store, transport: Transport,
    identity: StoredIdentity, consent: boolean, chosen: boolean, sendAfter: number,
  ) {
    super();
    this.wasm = wasm;
    this.session = session;
    this.round = view.signed.round;
    this.#source = source;
    this.#store = store;
    this.#transport = transport;
    this.#identity = identity;
    this.#consent = consent;
    this.#fellBack = consent && !chosen && !store.persistent;
    this.#sendAfter = sendAfter;
    // With consent the store becomes another one.
    this.#models = new Models(session, source, transport, () => this.#store);
  }

  async #start(view: RoundView): Promise<void> {
    this.#place(view);
    this.#useIdentity();
    await this.#save();
    this.#askBoth();
    this.#listen();
    const nothing = { round: this.id, votes: 0, voters: 0, rows: [] };
    if (view.board !== undefined) this.session.setBoard(view.board);
    else if (this.#source.api === undefined) this.session.setBoard(nothing);
    if (view.model) void this.#loadModel(view.model);
    // What an earlier visit left.
    if (this.delivery.kept > 0 || this.#identity.grant !== undefined) void this.flush();
  }

  // ---- views ---------------------------------------------------------------------------------------------

  /** Unix seconds. */
  now(): number {
    return Date.now() / 1000;
  }
  /** The round's id. */
  get id(): Digest {
    return this.session.id;
  }
  /** Whose votes they are. */
  get voter(): Address {
    return this.session.voter;
  }
  /** The session key, as a viem account. */
  get account(): LocalAccount {
    return sessionAccount(this.#identity.secret);
  }
  get candidates(): readonly Candidate[] {
    return this.round.candidates;
  }
  get duel(): DuelView {
    return this.session.duelView(this.now());
  }
  get approval(): ApproveView {
    return this.session.approveView(this.now());
  }
  get board(): BoardView {
    return this.session.boardView();
  }
  get wallet(): WalletView {
    return this.session.walletView();
  }
  get delivery(): Delivery {
    return this.session.delivery(this.now());
  }
  /** Wallets that announced themselves in this page (EIP-6963). */
  get wallets(): readonly AnnouncedWallet[] {
    return this.#wallets;
  }
  /** The digest of the model in use. */
  get model(): Digest | undefined {
    return this.session.model;
  }
  /** The commitment to the guess on a desk: check `SHA-256(text) = digest` once the text is there. */
  commitment(desk: Desk = "duel"): Commitment | undefined {
    const found = this.session.commitment(desk);
    return found && { digest: found[0], text: found[1] ?? null };
  }

  // ---- votes ---------------------------------------------------------------------------------------------

  /** Answers the duel that is up. Resolves once the vote is kept on this device. */
  vote(outcome: DuelOutcome): Promise<void> {
    return this.request({ request: "duel", outcome });
  }
  /** Answers the approval that is up. */
  approve(outcome: ApprovalOutcome): Promise<void> {
    return this.request({ request: "approve", outcome });
  }
  /** Puts a question of your own up: two candidates are a duel, one is an approval. */
  ask(left: Digest, right?: Digest): void {
    this.session.pose(left, right, this.now(), seed());
    this.#changed();
  }
  /** Takes the last vote back, of one desk or of all. */
  undo(desk?: Desk): Promise<void> {
    return this.request({ request: "undo", ...(desk && { desk }) });
  }
  /** The next question, on one desk or on both; without it the revealed guess stays. */
  next(desk?: Desk): Promise<void> {
    return this.request({ request: "next", ...(desk && { desk }) });
  }
  keepGoing(): Promise<void> {
    return this.request({ request: "keep-going" });
  }

  /** What a widget asks for. The views change at once; it resolves when what changed is kept. */
  async request(request: ClientRequest): Promise<void> {
    if (request.request === "retry") {
      this.session.hurry();
      return this.flush();
    }
    if (request.request === "connect") return void (await this.connect(request.wallet || undefined));
    if (request.request === "disconnect") return this.disconnect();
    this.session.request(request as never, this.now(), seed());
    this.#changed();
    if (request.request === "next" || request.request === "broken") return;
    await this.#save();
    this.#later("send", this.session.delivery(this.now()).kept >= FULL ? 0 : this.#sendAfter, () => this.flush());
  }

  // ---- predictions ---------------------------------------------------------------------------------------

  /** The embedding of content by the round's built-in encoder; nothing leaves the device. */
  embed(content: Content): Promise<Float32Array> {
    return embed(content);
  }

  /** How likely this person prefers the first to the second. */
  predict(left: Subject, right: Subject): Promise<Prediction> {
    return this.#models.measure([left, right], ([a, b]) => {
      const [probability, low, high] = this.session.predict(a!, b!) as unknown as [number, number, number];
      return { probability, low, high, undecided: Math.abs(probability - 0.5) <= 0.02 };
    });
  }

  /** The same things, the one this person likes best first. */
  rank<T extends Subject>(subjects: readonly T[]): Promise<{ subject: T; utility: number }[]> {
    return this.#models.measure(subjects, (measured) => {
      const utilities = this.session.utilities(measured);
      return subjects.map((subject, index) => ({ subject, utility: utilities[index]! })).sort((a, b) => b.utility - a.utility);
    });
  }

  // ---- wallet --------------------------------------------------------------------------------------------

  /**
   * Asks a wallet to grant this device's session key: an EIP-1193 provider, a viem WalletClient, or the uuid of an
   * announced wallet (none: the only one). Guest votes then belong to the wallet.
   * @throws TasteError `Client::WalletRejected`, `Client::WalletTimeout`, `Client::WalletAccount`, `Client::NoWallet`,
   * `BallotError::GrantSignature`, …
   */
  async connect(wallet?: Provider | WalletClientLike | string): Promise<{ address: Address; claimed: number }> {
    try {
      const found = typeof wallet === "object" ? { name: "", wallet } : this.#announced(wallet);
      this.session.setWallet({ state: "asking", wallet: found.name });
      this.#changed();
      const signer = signerOf(found.wallet);
      const address = this.wasm.checksumAddress((await signer.address()).toLowerCase());
      const before = this.#identity.grant;
      // A session key belongs to one wallet for good; another wallet gets another key.
      if (before !== undefined && before.grant.voter !== address) await this.#freshKey();
      const now = this.now();
      const origin = globalThis.location?.origin ?? "";
      const grant = this.session.makeGrant(address, "*", origin, now - GRANT_SINCE, now + GRANT_DAYS * 86400);
      const signed = this.session.acceptGrant(grant, await signer.signGrant(grant));
      this.#identity = { secret: this.#identity.secret, grant: signed, posted: false, claimed: 0 };
      await this.#store.setIdentity(this.#identity);
      this.#useIdentity();
      await this.#postGrant();
      void this.flush();
      return { address, claimed: this.#identity.claimed ?? 0 };
    } catch (thrown) {
      const error = asTasteError(thrown, "Client::Wallet", "Votes go on as before.");
      this.session.setWallet({ state: "trouble", code: error.code, message: `${error.message}. ${error.hint}` });
      this.#changed();
      throw error;
    }
  }

  /** Goes on as a guest with a fresh key. What was voted for the wallet stays the wallet's. */
  async disconnect(): Promise<void> {
    await this.#freshKey();
    this.#changed();
  }

  #announced(uuid: string | undefined): { name: string; wallet: Provider } {
    const wallets = this.#wallets;
    const found = uuid === undefined ? (wallets.length === 1 ? wallets[0] : undefined) : wallets.find((each) => each.uuid === uuid);
    if (found !== undefined) return { name: found.name, wallet: found.provider };
    const injected = (globalThis as { ethereum?: Provider }).ethereum;
    if (uuid === undefined && wallets.length === 0 && injected !== undefined) return { name: "", wallet: injected };
    throw new TasteError("Client::NoWallet", wallets.length > 1 ? "there are several wallets" : "no wallet was found", "Install a wallet, or choose one of `client.wallets` and pass its uuid.");
  }

  async #freshKey(): Promise<void> {
    // What is kept belongs to the identity it was voted under: it is signed before the key changes.
    await this.#signAll();
    this.#identity = { secret: randomSecret() };
    await this.#store.setIdentity(this.#identity);
    this.session.rekey(this.#identity.secret);
    this.session.setWallet(undefined);
    void this.flush();
  }

  #useIdentity(): void {
    const { grant, claimed } = this.#identity;
    if (grant === undefined || Number(grant.grant.notAfter) <= this.now()) return;
    this.session.identify(grant);
    this.session.setWallet({ state: "connected", address: grant.grant.voter, claimed: claimed ?? 0, notAfter: Number(grant.grant.notAfter) });
    this.#changed();
  }

  async #postGrant(): Promise<void> {
    const { grant, posted } = this.#identity;
    if (grant === undefined || posted === true || this.#source.api === undefined || !this.#consent) return;
    try {
      const answer = await this.#transport.json<{ claimed: number | string }>(`${this.#source.api}/grants`, grant satisfies SignedGrant);
      this.#identity = { ...this.#identity, posted: true, claimed: Number(answer.claimed) };
      await this.#store.setIdentity(this.#identity);
      this.#useIdentity();
    } catch (thrown) {
      const error = asTasteError(thrown);
      // The first ballot under a grant claims as well, so a lost request costs nothing; a refusal is final, if it is the
      // operator's and not that of something on the way.
      if (isRefusal(error)) {
        if (error.code === "ServerError::SessionClaimed") {
          // This key belongs to another wallet already; the next attempt finds a fresh one.
          await this.#freshKey();
        } else {
          this.#identity = { secret: this.#identity.secret };
          await this.#store.setIdentity(this.#identity);
          this.session.identify(undefined);
          this.session.setWallet(undefined);
        }
        throw error;
      }
      this.#trouble(error);
    }
  }

  // ---- sending -------------------------------------------------------------------------------------------

  /** Signs what is kept and sends it now; resolves when all is acknowledged or a later try is planned. */
  async flush(): Promise<void> {
    if (this.#closed || !this.#consent) return;
    // A round of sending that runs already may have passed what was just voted: one more follows it.
    this.#queued ??= this.#sending.then(() => {
      this.#queued = undefined;
      this.#sending = exclusively(`send:${this.id}`, () => this.#sendAll()).catch((thrown: unknown) => {
        const error = asTasteError(thrown);
        if (this.delivery.kept > 0) {
          this.#later("send", this.session.postpone(error.code, error.retryAfter, this.now(), seed()), () => this.flush());
        }
        this.#trouble(error);
      });
      return this.#sending;
    });
    return this.#queued;
  }

  async #sendAll(): Promise<void> {
    await this.#save();
    const { api } = this.#source;
    if (api === undefined) return;
    await this.#postGrant();
    for (;;) {
      if (this.#closed) return;
      const now = this.now();
      const retryAt = this.session.retryAt();
      if (retryAt !== undefined && retryAt > now) {
        this.#later("send", retryAt - now, () => this.flush());
        return;
      }
      let ballot = this.session.due(now);
      if (ballot === undefined) {
        const signed = await this.#sign();
        if (signed !== undefined) this.#tell("taste-ballot-signed", { id: signed });
        ballot = this.session.due(now);
        if (ballot === undefined) {
          this.#changed();
          return;
        }
      }
      const id = this.session.dueId(now)!;
      const operator = { transport: this.#transport, api };
      const outcome = await deliver(this.session, operator, ballot, id, () => this.now(), seed);
      if (outcome !== "postponed") {
        if ("accepted" in outcome) {
          this.#tell("taste-ballot-accepted", { id, index: outcome.accepted });
        } else {
          this.#tell("taste-ballot-refused", { id, code: outcome.refused, remedy: outcome.remedy });
          if (outcome.remedy === "set-clock") await setClock(this.session, operator, () => this.now());
        }
      }
      await this.#save();
      this.#changed();
    }
  }

  // ---- keeping -------------------------------------------------------------------------------------------

  /** Every ballot signed on this device, kept votes included. */
  async export(): Promise<SignedBallot[]> {
    await this.#signAll();
    this.#changed();
    return this.session.export();
  }

  /** The same as a file: one SignedBallot a line (NDJSON), which any operator of the round takes. */
  async exportBallots(): Promise<Blob> {
    const lines = (await this.export()).map((ballot) => `${JSON.stringify(ballot)}\n`);
    return new Blob(lines, { type: "application/x-ndjson" });
  }

  /** Removes everything of this site from the device: key, votes, models. The client is closed. */
  async forget(): Promise<void> {
    this.close();
    await this.#sending;
    await this.#store.forget();
  }

  /** From now on votes are stored and sent, those before included. */
  async giveConsent(store?: Store): Promise<void> {
    if (this.#consent) return;
    this.#consent = true;
    const kept = store ?? (await openStore());
    this.#fellBack = store === undefined && !kept.persistent;
    const identity = await kept.identity(() => this.#identity);
    this.#store = kept;
    this.#identity = identity;
    this.#revision = 0;
    this.session.rekey(identity.secret);
    this.#useIdentity();
    this.#hear();
    await this.#save();
    void this.flush();
  }

  /** Stops listening and sending; nothing is lost. */
  close(): void {
    this.#closed = true;
    this.#hear();
    for (const stop of this.#stops) stop();
    this.#stops = [];
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.#models.free();
  }

  /**
   * Signs a ballot of kept votes in the very transaction that reads what other tabs signed, so that no vote goes into two
   * ballots; and on disk before it is on the way, so that after a reload the very same ballot is sent again.
   */
  async #sign(): Promise<Digest | undefined> {
    let signed: { id: Digest | undefined } | undefined;
    const sign = () => (signed ??= { id: this.session.sign(this.now()) });
    await this.#save(sign);
    // Where nothing can be stored it is signed all the same: it may yet be sent.
    return sign().id;
  }

  async #signAll(): Promise<void> {
    while ((await this.#sign()) !== undefined);
  }

  /** Joins this tab's memory with the stored one, makes a change that needs to know both, and writes the result. */
  async #save(change: () => unknown = () => undefined): Promise<void> {
    // One at a time; a change that comes meanwhile is written by the next.
    this.#saving = this.#saving.then(async () => {
      try {
        this.#revision = await this.#store.update(this.id, (stored) => {
          if (stored !== undefined && stored.revision !== this.#revision) this.session.merge(stored.state, this.now());
          change();
          return this.session.save();
        });
        this.session.setStorageTrouble(this.#fellBack ? "Client::NotPersistent" : undefined);
        this.#channel?.postMessage(this.id);
      } catch (error) {
        const trouble = asTasteError(error);
        this.session.setStorageTrouble(trouble.code);
        this.#trouble(trouble);
      }
    });
    await this.#saving;
  }

  // ---- what comes in -------------------------------------------------------------------------------------

  #channel: BroadcastChannel | undefined;

  #listen(): void {
    const heard = (target: EventTarget, type: string, listener: () => void) => {
      target.addEventListener(type, listener);
      this.#stops.push(() => target.removeEventListener(type, listener));
    };
    if (typeof addEventListener === "function" && typeof document !== "undefined") {
      const line = () => {
        this.session.setOffline(navigator.onLine === false);
        this.#changed();
        if (navigator.onLine) void this.flush();
      };
      heard(globalThis as unknown as EventTarget, "online", line);
      heard(globalThis as unknown as EventTarget, "offline", line);
      this.session.setOffline(navigator.onLine === false);
      // Leaving the page: what is kept is on disk already, so this only hurries.
      heard(document, "visibilitychange", () => {
        if (document.visibilityState === "hidden") void this.flush();
        this.#hear();
      });
      this.#stops.push(watchWallets((wallets) => {
        this.#wallets = wallets;
        this.#changed();
      }));
    }
    if (this.#store.persistent && typeof BroadcastChannel !== "undefined") {
      const channel = new BroadcastChannel("tastemaker");
      this.#channel = channel;
      channel.onmessage = (message) => {
        if (message.data === this.id) this.#later("join", 0.1, () => this.#join());
      };
      this.#stops.push(() => {
        channel.close();
        this.#channel = undefined;
      });
    }
    this.#hear();
    this.#watchWindow();
  }

  #events: (() => void) | undefined;

  /**
   * The operator's events (a new model, a moved board, another state), while the page can be seen: over HTTP/1.1 all
   * tabs of a site share six connections and a stream holds one, so seven hidden tabs would keep an eighth from loading.
   * A stream that opens again begins with the current state, so nothing is missed.
   */
  #hear(): void {
    const { api } = this.#source;
    const hidden = globalThis.document?.visibilityState === "hidden";
    if (api === undefined || !this.#consent || this.#closed || hidden) {
      this.#events?.();
      this.#events = undefined;
      return;
    }
    this.#events ??= this.#transport.events(`${api}/rounds/${this.id}/events`, (kind, data) => {
      if (kind === "model") void this.#loadModel(data as ModelView);
      if (kind === "status") this.#tell("taste-status", data as RoundStatus);
      if (kind === "board" && this.#boardWatched) this.#later("board", 0.5, () => this.#readBoard());
    });
  }

  /** Another tab wrote: read without writing back, or two tabs would answer each other for ever. */
  async #join(): Promise<void> {
    const channel = this.#channel;
    this.#channel = undefined;
    await this.#save();
    this.#channel = channel;
    this.#changed();
  }

  /** The window opens and closes without anybody doing anything. */
  #watchWindow(): void {
    const now = this.now();
    const next = [Number(this.round.opensAt), Number(this.round.closesAt)].find((at) => at > now);
    if (next === undefined) return;
    this.#later("window", Math.min(next - now, 86400), () => {
      this.#askBoth();
      this.#watchWindow();
    });
  }

  #askBoth(): void {
    for (const ask of ["askDuel", "askApproval"] as const) {
      try {
        this.session[ask](this.now(), seed());
      } catch (error) {
        if (asTasteError(error).code !== "SdkError::NotOpen") throw error;
      }
    }
    this.#changed();
  }

  /** Shows the board and keeps it up to date; a board costs requests, so it is read only where it is wanted. */
  async watchBoard(): Promise<void> {
    if (this.#source.api === undefined) return;
    this.#boardWatched = true;
    await this.#readBoard();
  }

  async #readBoard(): Promise<void> {
    try {
      this.session.setBoard(await this.#transport.json(`${this.#source.api}/rounds/${this.id}/board`));
      this.#changed();
    } catch (error) {
      this.#trouble(asTasteError(error));
      this.#later("board", 15, () => this.#readBoard());
    }
  }

  async #loadModel(view: ModelView): Promise<void> {
    try {
      if (!(await this.#models.load(view, () => this.#closed))) return;
      this.#tell("taste-model", { digest: view.digest, logSize: Number(view.logSize) });
      this.#changed();
    } catch (error) {
      this.#trouble(asTasteError(error));
      this.#later("model", 20 + 20 * Math.random(), () => this.#loadModel(view));
    }
  }

  /** Says where content is; texts in the file are taken at once, others when they come up. */
  #place(view: RoundView): void {
    for (const { id, kind } of this.round.candidates) {
      const given = view.content?.[id];
      if (typeof given === "string" && kind === "text") this.session.setText(id, given);
      else if (typeof given === "object" && "text" in given) this.session.setText(id, given.text);
      else if (given !== undefined) this.session.setSource(id, new URL(typeof given === "string" ? given : given.src, this.#source.base).href);
      else if (this.#source.api !== undefined) this.session.setSource(id, `${this.#source.api}/content/${id}`);
    }
  }

  #readTexts(): void {
    for (const id of this.session.wantedTexts()) {
      if (this.#fetching.has(id)) continue;
      this.#fetching.add(id);
      void this.#readText(id);
    }
  }

  async #readText(id: Digest): Promise<void> {
    const { api } = this.#source;
    try {
      if (api === undefined) throw new TasteError("Client::NoContent", `the round file has no text for ${id}`, "Add it to the file's `content`.");
      this.session.setText(id, await this.#transport.text(`${api}/content/${id}`));
    } catch (thrown) {
      const error = asTasteError(thrown);
      this.#trouble(error);
      const lasting = api === undefined || error.code === "SdkError::ContentDigest" || error.status === 404;
      if (lasting) {
        this.session.request({ request: "broken", candidate: id }, this.now(), seed());
      } else {
        this.#later(`text:${id}`, 3, () => this.#changed());
      }
    } finally {
      this.#fetching.delete(id);
    }
    if (!this.#timers.has(`text:${id}`)) this.#changed();
  }

  // ---- telling -------------------------------------------------------------------------------------------

  #changed(): void {
    if (this.#closed) return;
    this.#readTexts();
    this.dispatchEvent(new Event("change"));
  }

  #tell(type: Exclude<keyof ClientEvents, "change">, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  #trouble(error: TasteError): void {
    this.#tell("taste-trouble", { error });
    this.#changed();
  }

  /** Runs something once after some seconds; asked again, the earlier appointment is dropped. */
  #later(what: string, seconds: number, task: () => unknown): void {
    clearTimeout(this.#timers.get(what));
    if (this.#closed) return;
    this.#timers.set(what, setTimeout(() => {
      this.#timers.delete(what);
      void task();
    }, seconds * 1000));
  }

  override addEventListener<K extends keyof ClientEvents>(
    type: K, listener: ((event: ClientEvents[K]) => void) | null, options?: boolean | AddEventListenerOptions,
  ): void;
  override addEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | AddEventListenerOptions): void;
  override addEventListener(type: string, listener: any, options?: boolean | AddEventListenerOptions): void {
    super.addEventListener(type, listener, options);
  }
}

function seed(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(32));
}
