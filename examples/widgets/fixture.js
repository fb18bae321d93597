// A round without a round: an object that looks to the widgets like the package's client and shows what it is told. It lets
// the gallery put every widget into every state without a server, a key or a network. What is voted here is kept nowhere.

const NO_TROUBLE = { kept: 0, offline: false, trouble: null, storage: null, retryIn: null, undeliverable: 0 };

/** Fields that every view of a question has. */
export const asking = (fields = {}) => ({
  phase: "asking",
  question: "Which do you like more?",
  reasons: [],
  outcome: null,
  guess: null,
  tally: { hits: 19, guessed: 24, recent: [true, false, true, true, true, false, true, true, false, true, true, true] },
  canUndo: false,
  delivery: NO_TROUBLE,
  enough: false,
  ...fields,
});

export const trouble = (fields) => ({ ...NO_TROUBLE, ...fields });

export class FixtureClient extends EventTarget {
  /** `views`: what is shown, by the client's own names: duel, approval, stars, ranking, points, me, board, wallet. */
  constructor(views) {
    super();
    this.views = views;
    this.requests = [];
    this.wallets = views.wallets ?? [];
    this.account = undefined;
    this.id = `0x${"11".repeat(32)}`;
    this.voter = `0x${"22".repeat(20)}`;
    this.round = { candidates: [], question: "", title: "Gallery" };
    this.candidates = [];
    for (const name of ["duel", "approval", "stars", "ranking", "points", "me", "board", "wallet"]) {
      Object.defineProperty(this, name, { get: () => this.views[name] });
    }
  }

  now() {
    return 1_800_000_000;
  }

  get delivery() {
    const views = Object.values(this.views);
    return views.find((view) => view?.delivery)?.delivery ?? NO_TROUBLE;
  }

  async watchBoard() {}
  async flush() {}
  async giveConsent() {}
  async forget() {
    this.requests.push({ request: "forget" });
  }
  async resetTaste() {
    this.requests.push({ request: "reset" });
  }
  async exportBallots() {
    return new Blob(["{}\n"], { type: "application/x-ndjson" });
  }
  close() {}

  /** Answers as a session would: the answer stays up with the guess, until the next question is asked for. */
  async request(request) {
    this.requests.push(request);
    const name = { duel: "duel", approve: "approval", approval: "approval", stars: "stars", ranking: "ranking", points: "points" }[request.request] ??
      { duel: "duel", approval: "approval", approve: "approval", stars: "stars", ranking: "ranking", points: "points" }[request.desk];
    const view = this.views[name];
    if (view === undefined) return;
    if (request.outcome !== undefined) this.views[name] = { ...view, phase: "answered", outcome: request.outcome, canUndo: true, guess: view.hidden ?? null };
    else if (["next", "undo", "keep-going"].includes(request.request)) {
      this.views[name] = { ...view, phase: "asking", outcome: null, guess: null, canUndo: request.request === "next" };
    }
    this.dispatchEvent(new Event("change"));
  }
}

/** Puts a client into a `<taste-round>` that names no address. */
export function lend(round, client) {
  Object.defineProperty(round, "client", { value: Promise.resolve(client), configurable: true });
}
