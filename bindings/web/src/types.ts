/**
 * The shapes that travel: what Rust shows (views), what widgets ask for (requests), what is signed and sent.
 * The Rust definitions are in `crates/taste-sdk/src/view.rs` and `crates/taste-ballot`; ARCHITECTURE.md has the JSON.
 */

/** `0x` and hex digits. */
export type Hex = `0x${string}`;
/** 32 bytes in hex: a candidate's, round's, ballot's or model's name. */
export type Digest = Hex;
/** An Ethereum address in EIP-55. */
export type Address = Hex;

export type CandidateKind = "image" | "text" | "audio" | "video" | "palette" | "card";
export type DuelOutcome = "left" | "right" | "tie" | "neither" | "skip";
export type ApprovalOutcome = "for" | "against" | "skip";
export type VoteKind = "duel" | "approval" | "stars" | "ranking" | "points";
/** Of stars `3.5/5`, of a ranking the places shown, best first (`3>1>2`), of points those of each (`5,0,3`). */
export type Outcome = DuelOutcome | ApprovalOutcome | (string & {});
export type Phase = "loading" | "asking" | "answered" | "done" | "empty" | "upcoming" | "closed" | "hidden";

export interface Candidate {
  id: Digest;
  kind: CandidateKind;
  mediaType: string;
  title: string;
  note: string;
}

/** What a round lets its voters do, and who sees the board. */
export interface Rules {
  /** Which kinds of votes are accepted; empty = all. */
  kinds: VoteKind[];
  /** How many stars a candidate can get, 2 to 10. */
  stars: number;
  halves: boolean;
  /** The budget of one points vote, 1 to 1,000. */
  points: number;
  /** `linear`: the sum stays within the budget; `quadratic`: the sum of squares does. */
  cost: "linear" | "quadratic";
  /** How many candidates a ranking puts in order, 2 to 12; all of them, where the round has fewer. */
  ranking: number;
  /** The tags that a vote may carry; empty = none. */
  reasons: string[];
  /** `open`: always; `voted`: a widget shows it to a person who has voted; `closed`: nobody until the round has closed. */
  board: "open" | "voted" | "closed";
}

export interface Round {
  operator: Address;
  title: string;
  question: string;
  encoder: string;
  opensAt: string;
  closesAt: string;
  budget: number;
  importers: Address[];
  rules: Rules;
  salt: Hex;
  candidates: Candidate[];
}

export interface SignedRound {
  round: Round;
  signature: Hex;
}

export interface RoundStatus {
  state: "awaiting-content" | "embedding" | "open" | "upcoming" | "closed";
  ballots: number | string;
  votes: number | string;
  voters: number | string;
  /** Candidates whose content has not been sent yet. */
  missing?: Digest[];
  /** Candidates that could not be embedded; the round opens all the same. */
  failed?: { candidate: Digest; code: string }[];
}

export interface ModelView {
  /** SHA-256 of the model's file. */
  digest: Digest;
  /** SHA-256 of the features file. */
  features: Digest;
  logSize: number | string;
  metrics?: unknown;
  /** Static rounds only: where the two files are, relative to the round's file. */
  src?: { model: string; features: string };
}

/** What `GET /v1/rounds/{id}` answers, and what a static round file holds. */
export interface RoundView {
  id: Digest;
  signed: SignedRound;
  status?: RoundStatus;
  model?: ModelView | null;
  /** Static rounds only: a text candidate's text, or where a candidate's bytes are, relative to the file. */
  content?: Record<Digest, string | { text: string } | { src: string }>;
  /** Static rounds only: a board made beforehand. */
  board?: unknown;
}

export interface VoteWire {
  kind: VoteKind;
  /** In the order shown. */
  candidates: Digest[];
  outcome: Outcome;
  /** 1 to 100; 0 = not said. */
  strength: number;
  /** Billionths; 0 = not known. */
  propensity: number;
  /** Tags of the round that say why, in the round's order. */
  reasons: string[];
}

export interface Ballot {
  round: Digest;
  voter: Address;
  sequence: string;
  issuedAt: string;
  deadline: string;
  source: string;
  votes: VoteWire[];
}

export interface SessionGrant {
  voter: Address;
  session: Address;
  scope: "*" | Digest;
  origin: string;
  notBefore: string;
  notAfter: string;
}

export interface SignedGrant {
  grant: SessionGrant;
  signature: Hex;
  acceptance: Hex;
}

export interface Revocation {
  voter: Address;
  session: Address;
  revokedAt: string;
}

export interface SignedRevocation {
  revocation: Revocation;
  signature: Hex;
}

export interface SignedBallot {
  ballot: Ballot;
  signature: Hex;
  grant: SignedGrant | null;
}

export interface SignedReceipt {
  receipt: { ballot: Digest; round: Digest; index: string; acceptedAt: string };
  signature: Hex;
}

export interface CandidateView {
  id: Digest;
  kind: CandidateKind;
  title: string;
  note: string;
  src: string | null;
  text: string | null;
}

export interface Guess {
  probability: number;
  low: number;
  high: number;
  undecided: boolean;
  hit: boolean | null;
}

export interface Tally {
  hits: number;
  guessed: number;
  recent: boolean[];
}

export interface Delivery {
  /** Votes on this device that the operator has not acknowledged. */
  kept: number;
  offline: boolean;
  /** The last refusal or failure. */
  trouble: string | null;
  /** Why votes cannot be stored on this device: a stable code. They are in this tab only, until they are sent. */
  storage: string | null;
  /** Seconds until the next try. */
  retryIn: number | null;
  /** Votes that can no longer be delivered; they are in the export. */
  undeliverable: number;
  /** Ballots whose receipts nobody could check here: WebAssembly is refused. */
  unchecked: number;
}

interface QuestionView {
  phase: Phase;
  question: string;
  /** The tags that a vote may carry. */
  reasons: string[];
  tally: Tally;
  canUndo: boolean;
  /** Little more can be learned from this person. */
  enough: boolean;
  /** Of questions about one candidate, which of how many. Of others, how many were answered, of 0. */
  progress: [number, number];
  delivery: Delivery;
}

export interface DuelView extends QuestionView {
  guess: Guess | null;
  pair: [CandidateView, CandidateView] | null;
  outcome: DuelOutcome | null;
  upcoming: [CandidateView, CandidateView] | null;
}

export interface ApproveView extends QuestionView {
  guess: Guess | null;
  candidate: CandidateView | null;
  outcome: ApprovalOutcome | null;
  upcoming: CandidateView | null;
}

export interface StarsView extends QuestionView {
  candidate: CandidateView | null;
  /** How many stars there are, and whether halves may be given. */
  stars: number;
  halves: boolean;
  /** `3.5/5`, or `skip`. */
  outcome: string | null;
  /** How many stars were expected; none where nobody knows. */
  guess: { value: number; low: number; high: number } | null;
  upcoming: CandidateView | null;
}

export interface RankingView extends QuestionView {
  candidates: CandidateView[] | null;
  /** Places of the candidates as shown, best first: `3>1>2`; or `skip`. */
  outcome: string | null;
  upcoming: CandidateView[] | null;
}

export interface PointsView extends QuestionView {
  candidates: CandidateView[] | null;
  /** The budget of one vote, and what points cost: their number, or its square. */
  points: number;
  cost: "linear" | "quadratic";
  /** Points each, as shown: `5,0,3`; or `skip`. */
  outcome: string | null;
  upcoming: CandidateView[] | null;
}

/** One person's taste beside everybody's: expected shares of duels won against the round's average, 0 to 1. */
export interface MeView {
  phase: Phase;
  title: string;
  votes: number;
  tally: Tally;
  /** Whether there is a taste model. */
  model: boolean;
  /** The one this person likes best first; none without a model. */
  rows: TasteRow[];
  /** Candidates not voted on that are like one that was liked. */
  nearest?: { candidate: CandidateView; near: CandidateView }[];
}

/** Why a duel is predicted as it is, in log-odds of the left one. */
export interface Explanation {
  /** What the crowd says; where a passport was carried over, what that says. */
  before: number;
  /** What this person's votes made of it. */
  after: number;
  /** How far each vote moved it, in the order cast; they sum to `after − before`. */
  votes: number[];
  /** The candidates voted on that are most like one of the two, the nearest first; `moved` is what the votes on it did. */
  nearest: { candidate: Digest; to: "left" | "right"; likeness: number; moved: number }[];
}

/** What a taste passport said of itself. */
export interface CarriedTaste {
  /** How many votes it has learned from. */
  votes: number;
  /** When it was written, in seconds. */
  at: number;
  /** The round in which it was written. */
  round: Digest;
}

export interface TasteRow {
  candidate: CandidateView;
  mine: number;
  low: number;
  high: number;
  crowd: number;
}

/** One of this person's votes that still speak. */
export interface OwnVote {
  vote: VoteWire;
  /** Unix seconds. */
  castAt: number;
  standing: "kept" | "signed" | "delivered" | "undeliverable";
}

export interface BoardView {
  phase: Phase;
  /** Why it is hidden: until this person has voted, or until the round has closed. */
  reason: "voted" | "closed" | null;
  title: string;
  votes: number;
  voters: number;
  /** What moved is counted from here on, Unix seconds, decimal; where the board was asked for so. */
  since?: string | undefined;
  rows: {
    candidate: CandidateView;
    ranks: [number, number];
    share: number;
    low: number;
    high: number;
    votes: number;
    fragile: boolean;
    yours: boolean;
    /** How its rating moved, in nats, with a 95 % interval, and its rank then; where the board was asked for so. */
    drift?: { rating: number; low: number; high: number; rankThen: number } | undefined;
    /** Its rank by the best guess. */
    rank?: number | undefined;
  }[];
}

export type WalletView =
  | { state: "guest"; votes: number }
  | { state: "asking"; wallet: string }
  | { state: "connected"; address: Address; claimed: number; notAfter: number }
  | { state: "trouble"; code: string; message: string };

/** Where questions are up: each kind of vote has one. */
export type Desk = VoteKind;

/** What may be said with a vote: how strongly (1 to 100), and why (tags of the round). */
interface Said {
  strength?: number | undefined;
  reasons?: readonly string[] | undefined;
}

/** What a widget asks for. `undo` and `next` without a desk: the last vote of all, the next question on all. */
export type Request =
  | ({ request: "duel"; outcome: DuelOutcome } & Said)
  | ({ request: "approve"; outcome: ApprovalOutcome } & Said)
  | ({ request: "stars" | "ranking" | "points"; outcome: string } & Said)
  | { request: "undo"; desk?: Desk }
  | { request: "next"; desk?: Desk }
  | { request: "broken"; candidate: Digest }
  | { request: "keep-going" }
  | { request: "retry" }
  | { request: "connect"; wallet: string }
  | { request: "disconnect" };

/** A preference: the probability that the first is preferred, with its 95 % range under this person's posterior. */
export interface Prediction {
  probability: number;
  low: number;
  high: number;
  /** Within two points of one half. */
  undecided: boolean;
}

/** The commitment to a guess: SHA-256 of `text`, which is published once the question is answered. */
export interface Commitment {
  digest: Digest;
  text: string | null;
}
