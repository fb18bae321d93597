/**
 * The client: one round, one person, this device. It does the IO that the session (Rust, `crates/taste-sdk`) asks for:
 * reading the round, keeping memory, listening to the operator and to other tabs. It decides nothing about votes. Who votes
 * is in `voter.ts`, signing and sending in `sending.ts`, models in `models.ts`, texts in `texts.ts`.
 */
import initialise, { WebSession, compute, join, keyAddress } from "./glue.ts";
import type { Content } from "./content.ts";
import { TasteError, asTasteError } from "./errors.ts";
import { bring, complete, completed, refused, sentences, start } from "./loader.ts";
import type { Models } from "./models.ts";
import type { ClientEvents, OpenOptions, Questions, Subject } from "./options.ts";
import { pause } from "./pause.ts";
import { seed } from "./seed.ts";
import { Sending } from "./sending.ts";
import { Session } from "./session.ts";
import { freshKey, signerOf, type SessionSigner } from "./session-key.ts";
import { asView, readRound, sourceOf, type Source } from "./source.ts";
import { MemoryStore, openIdentity, type Store, type StoredIdentity } from "./store.ts";
import { tasting } from "./tasting.ts";
import { Texts } from "./texts.ts";
import { HttpTransport, type Transport } from "./transport.ts";
import { Voter, type GrantTerms, type NamedWallet } from "./voter.ts";
import { watchWallets, type AnnouncedWallet } from "./announced.ts";
import type { Provider, WalletClientLike } from "./wallet.ts";
import type {
  Address, ApprovalOutcome, ApproveView, BoardView, Candidate, CarriedTaste, Commitment, Delivery, Desk, Digest, DuelOutcome, DuelView, Explanation, Hex,
  MeView, ModelView, OwnVote, PointsView, Prediction, RankingView, Request, Round, RoundStatus, RoundView, SignedBallot, SignedRound, StarsView,
  WalletView,
} from "./types.ts";

export type { ClientEvents, OpenOptions, Questions, Subject } from "./options.ts";
export type { Guess, Tally } from "./types.ts";

/** So many kept votes are sent at once. */
const FULL = 16;
/** What is said to the other tabs when the identity changed; a round's id says that its memory did. */
const IDENTITY = "identity";
/** What is said to them when everything was removed. */
const FORGOTTEN = "forgotten";

// It comes with this file, not after it.
bring({ default: initialise, WebSession, compute, join, keyAddress });

export class TasteClient extends EventTarget {
  /** The state machine. Read it; change it through the client, which keeps and sends. */
  readonly session: Session;
  /** The round. */
  readonly round: Round;
  /** Whether this page lets WebAssembly run. Where it is `refused`, votes are recorded and signed all the same; guesses are off. */
  readonly wasm: "running" | "refused" = refused() ? "refused" : "running";
  #store: Store;
  #consent: boolean;
  readonly #transport: Transport;
  readonly #source: Source;
  readonly #sendAfter: number;
  readonly #voter: Voter;
  readonly #sending: Sending;
  #revision = 0;
  /** IndexedDB was refused: votes are kept in this tab only. */
  #fellBack = false;
  #wallets: readonly AnnouncedWallet[] = [];
  #saving: Promise<void> = Promise.resolve();
  /** Changes that are not on disk yet: nothing is shown before they are. */
  #keeping = 0;
  #consenting: Promise<void> | undefined;
  #timers = new Map<string, ReturnType<typeof setTimeout>>();
  #stops: (() => void)[] = [];
  /** They come with the first model, or the first question about one. */
  #models: Models | undefined;
  #encoder: string | URL | Element | undefined;
  /** Whom questions are for from the next model on; where nothing is said, as the element says that brought the encoder. */
  questions: Questions | undefined;
  readonly #texts: Texts;
  /** What the board is asked for with; none while nobody wants it. */
  #boardWatched: string | undefined;
  #boardTrouble: string | undefined;
  #closed = false;

  /**
   * Opens a round.
   * @throws TasteError `Client::Address`, `Client::RoundFile`, `Client::Network` (and no copy is kept), `SdkError::RoundId`,
   * `SdkError::RoundSignature`, …
   */
  static async open(options: OpenOptions): Promise<TasteClient> {
    const client = await TasteClient.begin(options);
    await Promise.all([client.verify(), complete(), sentences()]);
    return client;
  }

  /**
   * As `open`, for widgets: the first question is up before the rest of the vote module is here and before the operator's
   * signature is looked at. Whoever begins sees to it that `verify` is called.
   * @internal
   */
  static async begin(options: OpenOptions): Promise<TasteClient> {
    if (options.src === undefined && options.round === undefined) {
      throw new TasteError("Client::Address", "neither src nor round was given", "Pass { src } or { round }.");
    }
    const consent = options.consent ?? true;
    const transport = options.transport ?? new HttpTransport();
    let known = true;
    const create = async (readable?: boolean) => {
      known = false;
      return { key: await freshKey(readable) };
    };
    const source = options.src === undefined ? { key: "page", base: globalThis.document?.baseURI ?? "memory:" } : sourceOf(options.src);
    // All on their way at once.
    const reading = options.round === undefined ? transport.json<RoundView | SignedRound>(source.url!) : undefined;
    reading?.catch(() => undefined);
    const [wasm, { store, identity }] = await Promise.all([
      start(options.wasm),
      openIdentity(consent ? options.store : new MemoryStore(), create),
    ]);
    // Who was here before left something to read; where the rest does not come it is asked for again before that is read. Without it
    // no grant is understood.
    const joining = known ? complete().catch((error: unknown) => { if (identity.grant !== undefined) throw error; }) : undefined;
    joining?.catch(() => undefined);
    const [view, signer] = await Promise.all([
      reading === undefined ? asView(options.round!) : readRound(source, reading, store),
      signerOf(identity.key),
    ]);
    await joining;
    await pause();
    const begun = () => new Session(wasm, view.signed, source.expected, signer.address);
    let session: Session;
    try {
      session = begun();
    } catch {
      // What is wrong is said again once its words are here.
      await sentences();
      session = begun();
    }
    await pause();
    const client = new TasteClient(session, source, store, transport, identity, signer, consent, options);
    client.#signature = view.signed.signature;
    await client.#start(view);
    return client;
  }

  /**
   * Holds the round's signature against the operator that it names. An id in the address stands for the whole manifest, its
   * operator included; without one a changed file would be found out here, where anything here can tell. Nothing is sent before.
   * @throws TasteError `SdkError::RoundSignature`, and the client is closed; `Client::WasmLoad`, and it is tried again
   * @internal
   */
  verify(): Promise<void> {
    return (this.#verifying ??= this.#verify().catch((thrown: unknown) => {
      const error = asTasteError(thrown);
      this.#verifying = undefined;
      if (error.code === "SdkError::RoundSignature" && !this.#closed) {
        this.#tell("taste-closed", { error });
        this.close();
      }
      throw error;
    }));
  }
  #verifying: Promise<void> | undefined;
  #signature: Hex | undefined;

  async #verify(): Promise<void> {
    if (this.#source.expected !== undefined || refused()) return;
    const [{ recover }] = await Promise.all([tasting(), sentences(), complete()]);
    this.session.checkOperator(recover(this.id, this.#signature!));
  }

  private constructor(
    session: Session, source: Source, store: Store, transport: Transport, identity: StoredIdentity, signer: SessionSigner,
    consent: boolean, options: OpenOptions,
  ) {
    super();
    this.session = session;
    this.round = session.round;
    this.#source = source;
    this.#store = store;
    this.#transport = transport;
    this.#consent = consent;
    this.#fellBack = consent && options.store === undefined && !store.persistent;
    this.#sendAfter = options.sendAfter ?? 2;
    this.encoder = options.encoder;
    this.questions = options.questions;
    this.#texts = new Texts(session, source, transport);
    this.#voter = new Voter(session, identity, signer, {
      now: () => this.now(),
      store: () => this.#store,
      sign: () => this.#sending.sign(),
      flush: () => this.flush(),
      flushLater: (seconds) => this.#later("grant", seconds, () => this.flush()),
      tell: (grant) => (source.api === undefined || !this.#consent ? undefined : transport.json(`${source.api}/grants`, grant)),
      tellRevocation: (revocation) => (source.api === undefined || !this.#consent ? undefined : transport.json(`${source.api}/revocations`, revocation)),
      moved: () => this.#channel?.postMessage(IDENTITY),
      changed: () => this.#changed(),
      trouble: (error) => this.#trouble(error),
    });
    this.#sending = new Sending(session, this.#voter, transport, source.api, options.signing === "wallet", {
      now: () => this.now(),
      allowed: () => !this.#closed && this.#consent,
      ready: () => this.verify(),
      save: (change) => this.#save(change),
      later: (seconds) => this.#later("send", seconds, () => this.flush()),
      changed: () => this.#changed(),
      tell: (type, detail) => this.#tell(type, detail),
      trouble: (error) => this.#trouble(error),
    });
  }

  async #start(view: RoundView): Promise<void> {
    this.#texts.place(this.round.candidates, view.content);
    this.#voter.use();
    await this.#save();
    await pause();
    // A duel is up from the start, for hosts that draw nothing of ours; other questions once somebody looks.
    this.#look("duel");
    await pause();
    this.#listen();
    const nothing = { round: this.id, votes: 0, voters: 0, rows: [] };
    if (view.board !== undefined) this.session.setBoard(view.board);
    else if (this.#source.api === undefined) this.session.setBoard(nothing);
    // Not before the first question is up, and what it shows is on its way.
    const { model } = view;
    if (model) (globalThis.requestIdleCallback ?? setTimeout)(() => void this.#loadModel(model));
    // What an earlier visit left.
    if (this.delivery.kept > 0 || this.#voter.identity.grant !== undefined) void this.flush();
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
  /** The session key at work. */
  get signer(): SessionSigner {
    return this.#voter.signer;
  }
  get candidates(): readonly Candidate[] {
    return this.round.candidates;
  }
  get duel(): DuelView {
    return this.session.duelView(this.#look("duel"));
  }
  get approval(): ApproveView {
    return this.session.approveView(this.#look("approval"));
  }
  get stars(): StarsView {
    return this.session.starsView(this.#look("stars"));
  }
  get ranking(): RankingView {
    return this.session.rankingView(this.#look("ranking"));
  }
  get points(): PointsView {
    return this.session.pointsView(this.#look("points"));
  }
  /** This person's taste beside everybody's. */
  get me(): MeView {
    const known = this.#models?.known;
    const { opensAt, title } = this.round;
    return {
      phase: this.now() < Number(opensAt) ? "upcoming" : known === undefined ? "empty" : "asking",
      title,
      votes: this.session.cast,
      tally: this.session.tally(),
      model: known !== undefined,
      rows: [],
      nearest: [],
      ...known,
    };
  }
  get board(): BoardView {
    return this.session.boardView(this.now());
  }
  /** Why the board did not come: a code; nothing once one is here. */
  get boardTrouble(): string | undefined {
    return this.#boardTrouble;
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
    return this.session.commitment(desk);
  }

  // ---- votes ---------------------------------------------------------------------------------------------

  /** This person's votes that still speak, in the order cast. One is changed by asking it again (`ask`) and answering. */
  votes(): OwnVote[] {
    return this.session.votes();
  }

  /** Answers the duel that is up. Resolves once the vote is on disk, or `delivery.storage` says why it cannot be. */
  vote(outcome: DuelOutcome): Promise<void> {
    return this.request({ request: "duel", outcome });
  }
  /** Answers the approval that is up. */
  approve(outcome: ApprovalOutcome): Promise<void> {
    return this.request({ request: "approve", outcome });
  }
  /**
   * Puts a question of your own up: two candidates are a duel, one is an approval. With a kind first: a question of that kind.
   * @throws TasteError `SdkError::NotOpen`, `SdkError::ForeignCandidate`, `BallotError::KindNotAllowed`, …
   */
  ask(left: Digest, right?: Digest): void;
  ask(kind: Desk, candidates: readonly Digest[]): void;
  ask(first: Desk | Digest, rest?: Digest | readonly Digest[]): void {
    const [kind, candidates]: [Desk, readonly Digest[]] =
      typeof rest === "object" ? [first as Desk, rest] : rest === undefined ? ["approval", [first as Digest]] : ["duel", [first as Digest, rest]];
    this.#desks.add(kind);
    this.session.pose(kind, candidates, this.now(), seed());
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

  /** What a widget asks for. What it changes is on disk before `change` is told and this resolves. */
  async request(request: Request): Promise<void> {
    if (request.request === "retry") {
      this.session.hurry();
      return this.flush();
    }
    if (request.request === "connect") return void (await this.connect(request.wallet || undefined));
    if (request.request === "disconnect") return this.disconnect();
    if (request.request === "next") this.session.next(request.desk, this.now(), seed());
    else if (request.request === "broken") this.session.broken(request.candidate, this.now(), seed());
    else if (request.request === "undo") this.session.undo(request.desk, this.now(), seed());
    else if (request.request === "keep-going") this.session.keepGoing(this.now(), seed());
    else this.session.vote(request.request === "approve" ? "approval" : request.request, request.outcome, request, this.now());
    if (request.request === "next" || request.request === "broken") return this.#changed();
    return this.#kept();
  }

  /** What was learned of this person is forgotten, here and after every reload; the votes stand. */
  async resetTaste(): Promise<void> {
    await complete();
    this.session.forgetTaste();
    this.#models?.uncarry();
    return this.#kept();
  }

  async #kept(): Promise<void> {
    this.#keeping += 1;
    await this.#save();
    this.#keeping -= 1;
    this.#changed();
    this.#later("send", this.session.delivery(this.now()).kept >= FULL ? 0 : this.#sendAfter, () => this.flush());
  }

  // ---- predictions ---------------------------------------------------------------------------------------

  /** Where the manifest of the round's encoder is (`OpenOptions.encoder`), or the element that says it; it is opened once content needs it. */
  set encoder(manifest: string | URL | Element | undefined) {
    this.#encoder = manifest;
  }

  async #taste(): Promise<Models> {
    const { Models } = await import("./models.ts").catch((error: unknown) => {
      throw asTasteError(error, "Client::Load", "Serve all files of the package's dist folder together; try again when there is a network.");
    });
    // With consent the store becomes another one.
    return (this.#models ??= new Models(this.session, this.#source, this.#transport, () => this.#store, () => this.#encoder, () => this.questions));
  }

  /**
   * The embedding of content by the round's encoder; nothing leaves the device.
   * @throws TasteError `Client::ForeignEncoder`, `EncoderError::…`, `Client::Picture`, `Client::WasmLoad`, and those of `openEncoder`
   */
  async embed(content: Content): Promise<Float32Array> {
    return (await this.#taste()).embed(content);
  }

  /**
   * What was learned of this person as a taste passport: a few hundred bytes, tied to the model, signed by this device's key.
   * @throws TasteError `Client::NoModel`
   */
  async exportTaste(): Promise<Uint8Array> {
    return (await this.#taste()).passport(this.now(), this.signer);
  }

  /**
   * Starts from what a taste passport brings instead of from the crowd, until the page is left; this round's votes come on
   * top. `owner` is whose key must have signed it (`signer.address` of the client that wrote it). One that another model
   * wrote needs the digest of the features which that model made of this round.
   * @throws TasteError `Client::NoModel`, `ModelError::Passport…`, `SdkError::PassportRound`, `BallotError::SignerMismatch`
   */
  async importTaste(passport: Uint8Array, owner: Address, features?: Digest): Promise<CarriedTaste> {
    const carried = await (await this.#taste()).carry(passport, owner, features);
    this.#changed();
    return carried;
  }

  /** Why this person is thought to prefer the first to the second: what each vote did, and which candidates are near. */
  async explain(left: Subject, right: Subject): Promise<Explanation> {
    return (await this.#taste()).measure([left, right], (mind, [a, b]) => mind.explain(a!, b!));
  }

  /** How likely this person prefers the first to the second. */
  async predict(left: Subject, right: Subject): Promise<Prediction> {
    return (await this.#taste()).measure([left, right], (mind, [a, b]) => mind.predict(a!, b!));
  }

  /** The same things, the one this person likes best first. */
  async rank<T extends Subject>(subjects: readonly T[]): Promise<{ subject: T; utility: number }[]> {
    return (await this.#taste()).measure(subjects, (mind, measured) => {
      const told = subjects.map((subject, index) => ({ subject, utility: mind.utility(measured[index]!) }));
      return told.sort((a, b) => b.utility - a.utility);
    });
  }

  // ---- wallet --------------------------------------------------------------------------------------------

  /**
   * Asks a wallet to grant this device's session key: an EIP-1193 provider, a viem WalletClient, or the uuid of an
   * announced wallet (none: the only one). Guest votes then belong to the wallet. Asked again, or put away, an earlier
   * question is void.
   * @throws TasteError `Client::Wallet…` and `Client::Device…` (`wallet-errors.ts` has them all), `Client::NoWallet`,
   * `Client::WalletDismissed`, and what the operator says
   */
  async connect(wallet?: Provider | WalletClientLike | string, terms?: GrantTerms): Promise<{ address: Address; claimed: number }> {
    return this.#voter.connect(this.#named(wallet), terms);
  }

  /**
   * Moves to a fresh session key: the wallet grants it and takes the old one back, two dialogs. Votes that are kept move
   * along; votes that were accepted stay. For a key that somebody may have used, and now and then.
   * @throws as `connect`; `Client::NoGrant` where no wallet is connected
   */
  async rotate(wallet?: Provider | WalletClientLike | string, terms?: GrantTerms): Promise<void> {
    return this.#voter.rotate(this.#named(wallet), terms);
  }

  /**
   * Takes the wallet's permission back, signed by the wallet and honoured by the operator at once: of this browser's key,
   * which goes on as a guest with a fresh one, or of another device's, by its address.
   * @throws as `rotate`
   */
  async revoke(wallet?: Provider | WalletClientLike | string, session?: Address): Promise<void> {
    return this.#voter.revoke(this.#named(wallet), session);
  }

  /**
   * Has a wallet sign what is kept, a whole ballot at a time, readable in its dialog; no session key and no grant take part.
   * Open with `signing: "wallet"`, or the session key signs first. Returns the ballots' ids.
   * @throws as `connect`
   */
  async signWithWallet(wallet?: Provider | WalletClientLike | string): Promise<Digest[]> {
    return this.#voter.ask(this.#named(wallet), (signer, _signal, granting) => this.#sending.signWith(signer, granting));
  }

  /** The wallet that is meant, by itself or by its uuid (none: the only one), and how the panel calls it. */
  #named(wallet: Provider | WalletClientLike | string | undefined): NamedWallet {
    const announced = this.#wallets;
    const one = announced.find(({ uuid }) => uuid === wallet) ?? (announced.length === 1 ? announced[0] : undefined);
    return { name: typeof wallet === "object" ? "" : (one?.name ?? ""), wallet, announced };
  }

  /** Puts a question to a wallet, or a failure, away: votes go on as before it. */
  dismissWallet(): Promise<void> {
    return this.#voter.dismiss();
  }

  /** Goes on as a guest with a fresh key. What was voted for the wallet stays the wallet's. */
  disconnect(): Promise<void> {
    return this.#voter.disconnect();
  }

  // ---- sending -------------------------------------------------------------------------------------------

  /** Signs what is kept and sends it now; resolves when all is acknowledged or a later try is planned. */
  flush(): Promise<void> {
    return this.#sending.flush();
  }

  // ---- keeping -------------------------------------------------------------------------------------------

  /** Every ballot signed on this device, kept votes included. */
  async export(): Promise<SignedBallot[]> {
    await this.#sending.sign();
    await complete();
    this.#changed();
    return this.session.export();
  }

  /** The same as a file: one SignedBallot a line (NDJSON), which any operator of the round takes. */
  async exportBallots(): Promise<Blob> {
    const lines = (await this.export()).map((ballot) => `${JSON.stringify(ballot)}\n`);
    return new Blob(lines, { type: "application/x-ndjson" });
  }

  /** Removes everything of this site from the device: key, votes, models. This client and those of other tabs are closed. */
  async forget(): Promise<void> {
    const channel = this.#channel === undefined ? undefined : new BroadcastChannel("tastemaker");
    this.close();
    await this.#sending.idle;
    await this.#saving;
    await this.#store.forget();
    channel?.postMessage(FORGOTTEN);
    channel?.close();
  }

  /** Another tab removed everything: what this one remembers is not written, signed or sent any more. */
  #forgotten(): void {
    if (this.#closed) return;
    const error = new TasteError("Client::Forgotten", "another tab removed everything of this site from the device", "Reload the page to begin anew.");
    this.#tell("taste-trouble", { error });
    this.close();
  }

  /** From now on votes are stored and sent, those before included. */
  giveConsent(store?: Store): Promise<void> {
    if (this.#consent) return Promise.resolve();
    this.#consenting ??= this.#agree(store).finally(() => (this.#consenting = undefined));
    return this.#consenting;
  }

  async #agree(chosen: Store | undefined): Promise<void> {
    const { store, identity } = await openIdentity(chosen, async (readable) => (readable ? { key: await freshKey(true) } : this.#voter.identity));
    this.#store = store;
    this.#consent = true;
    this.#fellBack = chosen === undefined && !store.persistent;
    this.#revision = 0;
    await this.#voter.take(identity);
    this.#listenToTabs();
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
    this.#models?.free();
  }

  /**
   * Joins this tab's memory with the stored one, makes a change that needs to know both, and writes the result;
   * `quietly`: without telling the other tabs.
   */
  async #save(change: () => unknown = () => undefined, quietly = false): Promise<void> {
    // One at a time; a change that comes meanwhile is written by the next.
    this.#saving = this.#saving.then(async () => {
      try {
        let early = false;
        const update = () => this.#store.update(this.id, (stored) => {
          if (stored !== undefined && stored.revision !== this.#revision) {
            // A transaction waits for nothing: it is left as it was, and begun again.
            if ((early = !completed())) throw new TasteError("Client::NotReady", "the rest of the vote module is not here yet");
            this.session.merge(stored.state, this.now());
          }
          change();
          return this.session.save();
        });
        this.#revision = await update().catch(async (error: unknown) => {
          if (!early) throw error;
          await complete();
          return update();
        });
        this.session.setStorageTrouble(this.#fellBack ? "Client::NotPersistent" : undefined);
        if (!quietly) this.#channel?.postMessage(this.id);
      } catch (error) {
        const trouble = asTasteError(error, "Client::Storage");
        if (trouble.code === "Client::Forgotten") return this.#forgotten();
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
        if (navigator.onLine) {
          this.#texts.hurry();
          // A stream over a line that is gone may never notice.
          this.#hear(false);
          this.#hear();
          void this.flush();
        }
        this.#changed();
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
    this.#listenToTabs();
    this.#hear();
    this.#watchWindow();
  }

  /** What other tabs write and whom they vote for is known here, too; so is what another round in this page does. */
  #listenToTabs(): void {
    if (!this.#store.persistent || typeof BroadcastChannel === "undefined") return;
    const channel = new BroadcastChannel("tastemaker");
    this.#channel = channel;
    channel.onmessage = ({ data }) => {
      if (data === this.id) this.#soon("join", 0.1, () => this.#join());
      if (data === FORGOTTEN) this.#forgotten();
      if (data === IDENTITY) void this.#voter.adopt().catch((error: unknown) => this.#trouble(asTasteError(error)));
    };
    this.#stops.push(() => {
      channel.close();
      this.#channel = undefined;
    });
  }

  #events: (() => void) | undefined;

  /**
   * The operator's events (a new model, a moved board, another state), while the page can be seen: over HTTP/1.1 all
   * tabs of a site share six connections and a stream holds one, so seven hidden tabs would keep an eighth from loading.
   * A stream that opens again begins with the current state, so nothing is missed.
   */
  #hear(wanted = globalThis.document?.visibilityState !== "hidden"): void {
    const { api } = this.#source;
    if (api === undefined || !this.#consent || this.#closed || !wanted) {
      this.#events?.();
      this.#events = undefined;
      return;
    }
    this.#events ??= this.#transport.events(`${api}/rounds/${this.id}/events`, (kind, data) => {
      if (kind === "model") void this.#loadModel(data as ModelView);
      if (kind === "status") this.#tell("taste-status", data as RoundStatus);
      // Where votes come without a pause, the board still moves.
      if (kind === "board" && this.#boardWatched !== undefined) this.#soon("board", 0.5, () => this.#readBoard());
    });
  }

  /** Another tab wrote: read without telling so, or two tabs would answer each other for ever. */
  async #join(): Promise<void> {
    await this.#save(undefined, true);
    this.#changed();
  }

  /** The window opens and closes without anybody doing anything. */
  #watchWindow(): void {
    const now = this.now();
    const next = [Number(this.round.opensAt), Number(this.round.closesAt)].find((at) => at > now);
    if (next === undefined) return;
    this.#later("window", Math.min(next - now, 86400), () => {
      for (const desk of this.#desks) this.#ask(desk);
      this.#changed();
      this.#watchWindow();
    });
  }

  /** The kinds of questions that somebody looks at. */
  readonly #desks = new Set<Desk>();

  /** The first look at a desk puts a question up there: what nobody asks about is neither drawn nor fetched. */
  #look(desk: Desk): number {
    if (!this.#desks.has(desk)) {
      this.#desks.add(desk);
      this.#ask(desk);
      this.#readTexts();
    }
    return this.now();
  }

  #ask(desk: Desk): void {
    try {
      this.session.ask(desk, this.now(), seed());
    } catch (error) {
      if (asTasteError(error).code !== "SdkError::NotOpen") throw error;
    }
  }

  /**
   * Reads the board and keeps it up to date; a board costs requests, so it is read only where it is wanted. Throws where
   * the first reading fails; it is read again all the same. With `since` (Unix seconds) it says what moved since then.
   */
  async watchBoard(since?: number): Promise<void> {
    if (this.#source.api === undefined) return;
    this.#boardWatched = since ? `?since=${since}` : "";
    const error = await this.#readBoard();
    if (error !== undefined) throw error;
  }

  async #readBoard(): Promise<TasteError | undefined> {
    try {
      this.session.setBoard(await this.#transport.json(`${this.#source.api}/rounds/${this.id}/board${this.#boardWatched}`));
      this.#boardTrouble = undefined;
      this.#changed();
      return undefined;
    } catch (thrown) {
      const error = asTasteError(thrown);
      this.#boardTrouble = error.code;
      this.#trouble(error);
      this.#soon("board", error.retryAfter ?? 15, () => this.#readBoard());
      return error;
    }
  }

  async #loadModel(view: ModelView): Promise<void> {
    // Whatever was to be tried again is older than this one.
    clearTimeout(this.#timers.get("model"));
    try {
      // There are no guesses where WebAssembly is refused.
      if (refused() || !(await (await this.#taste()).load(view, () => this.#closed, seed))) return;
      this.#tell("taste-model", { digest: view.digest, logSize: Number(view.logSize) });
      this.#changed();
    } catch (error) {
      this.#trouble(asTasteError(error));
      this.#later("model", 20 + 20 * Math.random(), () => this.#loadModel(view));
    }
  }

  #readTexts(): void {
    this.#texts.read((id, reading) => {
      if (reading === "here") return this.#changed();
      if ("again" in reading) {
        // A text that came meanwhile has its own turn; the next to be asked for again is asked for by this.
        this.#later("texts", this.#texts.pause ?? 0, () => this.#changed());
        return this.#trouble(reading.again);
      }
      try {
        this.session.broken(id, this.now(), seed());
      } catch {
        // The round has closed meanwhile: there is no other question to ask.
      }
      this.#trouble(reading.gone);
    });
  }

  // ---- telling -------------------------------------------------------------------------------------------

  #changed(): void {
    if (this.#closed || this.#keeping > 0) return;
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

  /** As `#later`; asked again, the earlier appointment stands. */
  #soon(what: string, seconds: number, task: () => unknown): void {
    if (!this.#timers.has(what)) this.#later(what, seconds, task);
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
