/**
 * The session, as the page speaks to it: values instead of text, and views with what the round's manifest says of their
 * candidates. Everything about votes is decided in the vote module (`crates/taste-sdk`).
 */
import { deliveryOf, escaped, lines, ownVote, roundLines, tallyOf, texts, type Lines } from "./lines.ts";
import { completed } from "./loader.ts";
import { told } from "./told.ts";
import type {
  Address, ApproveView, Ballot, BoardView, CandidateView, Commitment, Delivery, Desk, Digest, DuelView, Guess, Hex, OwnVote, PointsView,
  RankingView, Round, SignedBallot, SignedGrant, SignedReceipt, SignedRound, StarsView, Tally, WalletView,
} from "./types.ts";
import type { Wasm, WebSession } from "./wasm.ts";

export type Remedy = "sign-again" | "set-clock" | "smaller" | "fewer" | "new-grant" | "wait" | "give-up";

/** What is said with a vote. */
export interface VoteOptions {
  /** How strongly, 1 to 100. */
  strength?: number | undefined;
  /** Tags of the round. */
  reasons?: readonly string[] | undefined;
}

/** A board as the server writes it; the fields that a page shows. */
interface BoardWire {
  round: Digest;
  votes: number;
  voters: number;
  since?: string | undefined;
  rows: {
    candidate: Digest; rank: number; rankLow: number; rankHigh: number; share: number; shareLow: number; shareHigh: number; votes: number; fragile: boolean;
    drift?: BoardView["rows"][number]["drift"];
  }[];
}

const MILLION = 1e6;
const NOTHING = new Uint8Array();

/** One person in one round on this device. `now` in Unix seconds, `seed` 32 fresh random bytes. */
export class Session {
  readonly id: Digest;
  readonly round: Round;
  readonly #raw: WebSession;
  readonly #candidates: Map<Digest, CandidateView>;
  #board: BoardWire | undefined;
  #wallet: WalletView | undefined;

  /**
   * Opens a round for the key that will sign. `expected` is the id in the address it came from.
   * @throws TasteError `SdkError::RoundId`, `WebError::Argument`, …
   */
  constructor(wasm: Wasm, signed: SignedRound, expected: Digest | undefined, signer: Address) {
    this.#raw = new wasm.WebSession();
    this.#say("open", [signer, expected ?? "", ...roundLines(signed)]);
    this.id = this.#say("id");
    this.round = signed.round;
    const views = signed.round.candidates.map(({ id, kind, title, note }) => [id, { id, kind, title, note, src: null, text: null }] as const);
    this.#candidates = new Map(views);
  }

  /** Has the module do what the name says (`session.rs`), with a line for each thing that goes with it. */
  #say<T extends string = Hex>(name: string, given: readonly (string | number)[] = [], now = 0, seed: Uint8Array = NOTHING): T {
    return told<T>(this.#raw.call(name, now, seed, given.join("\n")));
  }
  /** The same with what is in the rest of the module: whoever calls it has waited for `complete` (`loader.ts`). */
  #late<T extends string = Hex>(name: string, given: readonly (string | number)[] = [], now = 0, seed: Uint8Array = NOTHING): T {
    return told<T>(this.#raw.late(name, now, seed, given.join("\n")));
  }
  #show(name: string, given: readonly string[] = [], now = 0): Lines {
    return lines(this.#say<string>(name, given, now));
  }

  get voter(): Address {
    return this.#say("voter");
  }
  get signer(): Address {
    return this.#say("signer");
  }
  /** The digest of the model behind the advice. */
  get model(): Digest | undefined {
    return this.#say<Digest>("model") || undefined;
  }
  /** Votes cast here that were not taken back. */
  get cast(): number {
    return Number(this.#say("cast"));
  }

  /** Holds the round's signature against its operator. Throws `SdkError::RoundSignature`. */
  checkOperator(signer: Address): void {
    this.#late("checkOperator", [signer]);
  }

  // ---- views ---------------------------------------------------------------------------------------------

  duelView(now: number): DuelView {
    const { candidates, upcoming, ...view } = this.#desk("duel", now);
    return { ...view, pair: candidates as DuelView["pair"], upcoming: upcoming as DuelView["upcoming"], outcome: view.outcome as DuelView["outcome"] };
  }
  approveView(now: number): ApproveView {
    const { candidates, upcoming, ...view } = this.#desk("approval", now);
    return { ...view, candidate: candidates?.[0] ?? null, upcoming: upcoming?.[0] ?? null, outcome: view.outcome as ApproveView["outcome"] };
  }
  starsView(now: number): StarsView {
    const { candidates, upcoming, guess, ...view } = this.#desk("stars", now);
    const { stars, halves } = this.round.rules;
    const least = halves ? 0.5 : 1;
    const value = (share: number) => least + share * (stars - least);
    return {
      ...view, stars, halves, candidate: candidates?.[0] ?? null, upcoming: upcoming?.[0] ?? null,
      guess: guess && this.model !== undefined ? { value: value(guess.probability), low: value(guess.low), high: value(guess.high) } : null,
    };
  }
  rankingView(now: number): RankingView {
    return this.#desk("ranking", now);
  }
  pointsView(now: number): PointsView {
    const { points, cost } = this.round.rules;
    return { ...this.#desk("points", now), points, cost };
  }

  #desk(kind: Desk, now: number) {
    const page = this.#show("view", [kind], now);
    const { line, number, flag, maybe, list } = page;
    const seen = () => {
      const ids = list(() => line<Digest>());
      return ids.length > 0 ? ids.map((id) => this.candidate(id)!) : null;
    };
    const guess = (): Guess | null => {
      const probability = line();
      return probability === ""
        ? null
        : { probability: Number(probability) / MILLION, low: number() / MILLION, high: number() / MILLION, undecided: flag(), hit: maybe() };
    };
    return {
      question: this.round.question,
      reasons: this.round.rules.reasons,
      phase: line<DuelView["phase"]>(),
      candidates: seen(),
      upcoming: seen(),
      outcome: line() || null,
      progress: [number(), number()] as [number, number],
      canUndo: flag(),
      enough: flag(),
      tally: tallyOf(page),
      delivery: deliveryOf(page),
      guess: guess(),
    };
  }

  /** The board that was set last, with what this person chose; hidden as the round's rules say. */
  boardView(now: number): BoardView {
    const { title } = this.round;
    const nothing = { title, votes: 0, voters: 0, rows: [], reason: null };
    const hidden = this.#say<"" | "voted" | "closed">("boardHidden", [], now);
    if (hidden !== "") return { ...nothing, phase: "hidden", reason: hidden };
    const board = this.#board;
    if (board?.round !== this.id) return { ...nothing, phase: "loading" };
    // The rest of the module may come after the board; that a row is this person's is then marked with the next view.
    const chosen = new Set(completed() ? this.#late<string>("chosen").split(" ") : []);
    // Before the first vote every rank is possible for all: rows would say so a hundred times.
    const rows = (board.votes === 0 ? [] : board.rows).flatMap((row) => {
      const candidate = this.candidate(row.candidate);
      // One of another round is left out.
      if (candidate === undefined) return [];
      const { rankLow, rankHigh, share, shareLow: low, shareHigh: high, ...more } = row;
      return [{ ...more, candidate, ranks: [rankLow, rankHigh] as [number, number], share, low, high, yours: chosen.has(row.candidate) }];
    });
    return { ...nothing, ...board, phase: rows.length === 0 ? "empty" : "asking", rows };
  }
  walletView(): WalletView {
    return this.#wallet ?? { state: "guest", votes: this.cast };
  }
  delivery(now: number): Delivery {
    return deliveryOf(this.#show("delivery", [], now));
  }
  tally(): Tally {
    return tallyOf(this.#show("tally"));
  }
  /** This person's votes that still speak, in the order cast. */
  votes(): OwnVote[] {
    const page = this.#show("votes");
    return page.list(() => ownVote(page));
  }
  commitment(kind: Desk): Commitment | undefined {
    const said = this.#say<string>("commitment", [kind]);
    return said === "" ? undefined : { digest: said.slice(0, 66) as Digest, text: said.slice(66) || null };
  }
  candidate(id: Digest): CandidateView | undefined {
    return this.#candidates.get(id);
  }

  // ---- what comes in from outside ------------------------------------------------------------------------

  /** Takes a board's JSON; what is none is refused here, and not when it is drawn. */
  setBoard(board: unknown): void {
    const { round, votes, voters, since, rows } = board as BoardWire;
    const numbers = ({ share, shareLow, shareHigh, rankLow, rankHigh }: BoardWire["rows"][number]) => [share, shareLow, shareHigh, rankLow, rankHigh];
    if (typeof round !== "string" || ![votes, voters, ...rows.flatMap(numbers)].every(Number.isFinite)) throw new TypeError("this is no board");
    this.#board = { round, votes, voters, since, rows };
  }
  setWallet(view: WalletView | undefined): void {
    this.#wallet = view;
  }
  /** Where a candidate's content lies, an absolute URL. */
  setSource(id: Digest, src: string): void {
    const view = this.#candidates.get(id);
    if (view !== undefined) this.#candidates.set(id, { ...view, src });
  }
  /** A text candidate's content. Throws `SdkError::ContentDigest` where it is another's. */
  setText(id: Digest, text: string): void {
    this.#say("checkText", [id, text]);
    this.#candidates.set(id, { ...this.#candidates.get(id)!, text });
  }
  wantedTexts(): Digest[] {
    return this.#say<string>("wantedTexts").split(" ").filter(Boolean) as Digest[];
  }
  /** From now on the mind employed under this number knows about taste (`advisor.ts`). */
  takeAdvice(who: number, model: Digest, seed: Uint8Array): void {
    this.#late("takeAdvice", [who, model], 0, seed);
  }
  /** What was voted so far teaches nothing any more; the votes stand. */
  forgetTaste(): void {
    this.#late("forgetTaste");
  }
  setOffline(offline: boolean): void {
    this.#say("setOffline", [offline ? "1" : ""]);
  }
  setStorageTrouble(code: string | undefined): void {
    this.#say("setStorageTrouble", [code ?? ""]);
  }
  setClock(now: number, server: number): void {
    this.#late("setClock", [Math.floor(server)], now);
  }
  trustServer(operator: Address): void {
    this.#late("trustServer", [operator]);
  }

  // ---- questions and answers -----------------------------------------------------------------------------

  ask(kind: Desk, now: number, seed: Uint8Array): void {
    this.#say("ask", [kind], now, seed);
  }
  pose(kind: Desk, candidates: readonly Digest[], now: number, seed: Uint8Array): void {
    this.#say("pose", [[kind, ...candidates].join(" ")], now, seed);
  }
  vote(kind: Desk, outcome: string, { strength, reasons }: VoteOptions, now: number): void {
    this.#say("vote", [kind, escaped(outcome), strength || "", ...texts(reasons ?? [])], now);
  }
  undo(kind: Desk | undefined, now: number, seed: Uint8Array): void {
    this.#say("undo", [kind ?? ""], now, seed);
  }
  next(kind: Desk | undefined, now: number, seed: Uint8Array): void {
    this.#say("next", [kind ?? ""], now, seed);
  }
  keepGoing(now: number, seed: Uint8Array): void {
    this.#say("keepGoing", [], now, seed);
  }
  broken(candidate: Digest, now: number, seed: Uint8Array): void {
    this.#say("broken", [candidate], now, seed);
  }

  // ---- ballots -------------------------------------------------------------------------------------------

  /** Puts kept votes into a ballot and returns its id, which is to be signed; nothing where nothing is kept. */
  draft(now: number): Digest | undefined {
    return this.#say<Digest>("draft", [], now) || undefined;
  }
  /** The same in the name of a wallet that signs it itself. */
  makeBallot(wallet: Address, now: number): Ballot | undefined {
    const ballot = this.#late<string>("makeBallot", [wallet], now);
    return ballot === "" ? undefined : (JSON.parse(ballot) as Ballot);
  }
  /** The signature over the ballot of this id, made last. Throws `SdkError::DraftStale` where anything changed meanwhile. */
  seal(ballot: Digest, signature: Hex): Digest {
    return this.#say("seal", [ballot, signature]);
  }
  /** The ballot to send now. */
  due(now: number): { id: Digest; value: SignedBallot } | undefined {
    const due = this.#late<string>("due", [], now);
    return due === "" ? undefined : { id: due.slice(0, 66) as Digest, value: JSON.parse(due.slice(66)) as SignedBallot };
  }
  /** When the next try is planned. */
  retryAt(): number | undefined {
    return Number(this.#say("retryAt")) || undefined;
  }
  hurry(): void {
    this.#say("hurry");
  }
  /** The operator's receipt and who signed it; nobody, where nothing here can tell. */
  acceptReceipt(receipt: SignedReceipt, signer: Address | undefined): void {
    this.#late("acceptReceipt", [signer ?? "", JSON.stringify(receipt)]);
  }
  /** Receipts that nobody has checked yet. */
  unchecked(): SignedReceipt[] {
    return JSON.parse(this.#late<string>("unchecked")) as SignedReceipt[];
  }
  refuse(ballot: Digest, code: string, number: string | undefined, retryAfter: number | undefined, now: number, seed: Uint8Array): Remedy {
    return this.#late("refuse", [ballot, `${retryAfter ?? ""} ${number ?? ""}`, code], now, seed);
  }
  /** Returns the seconds until the next try. */
  postpone(code: string, atLeast: number | undefined, now: number, seed: Uint8Array): number {
    return Number(this.#say("postpone", [code, atLeast ?? ""], now, seed));
  }
  export(): SignedBallot[] {
    return JSON.parse(this.#late<string>("export")) as SignedBallot[];
  }

  // ---- who, and keeping ----------------------------------------------------------------------------------

  /** Votes go on under this grant, or as a guest. */
  identify(grant: SignedGrant | undefined, signer: Address = this.signer): void {
    if (grant === undefined) this.#say("guest", [signer]);
    else this.#late("identify", [signer, JSON.stringify(grant)]);
  }
  /** Votes go on with another key, as a guest. What the old key signed is still sent. */
  rekey(signer: Address): void {
    this.identify(undefined, signer);
  }
  save(): string {
    return this.#say("save");
  }
  merge(saved: string, now: number): void {
    this.#late("merge", [saved], now);
  }
}
