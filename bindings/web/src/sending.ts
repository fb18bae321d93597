/**
 * From kept votes to receipts: drafts are signed, by the session key or a wallet, and ballots are delivered one by one. What
 * is signed is on disk before it is on the way. What one delivery means for the votes is in `deliver.ts`.
 */
import { acknowledge, deliver, setClock } from "./deliver.ts";
import { asTasteError, type TasteError } from "./errors.ts";
import { exclusively } from "./exclusive.ts";
import { complete, refused, sentences } from "./loader.ts";
import type { ClientEvents } from "./options.ts";
import { seed } from "./seed.ts";
import type { Session } from "./session.ts";
import type { Transport } from "./transport.ts";
import type { Address, Digest, Hex } from "./types.ts";
import type { Voter } from "./voter.ts";
import type { WalletSigner } from "./wallet.ts";

/** How often votes are put into a new ballot because other tabs signed some of them meanwhile. */
const DRAFTS = 20;

/** What sending needs of the client. */
export interface SendingHost {
  now(): number;
  /** Whether anything may be sent: there is consent, and the client is not closed. */
  allowed(): boolean;
  /** Resolves once the round is known to be its operator's. */
  ready(): Promise<void>;
  /** Writes the session down, with a change that needs to know what other tabs wrote. */
  save(change?: () => unknown): Promise<void>;
  /** Sends again after some seconds. */
  later(seconds: number): void;
  changed(): void;
  tell(type: Exclude<keyof ClientEvents, "change">, detail: unknown): void;
  trouble(error: TasteError): void;
}

export class Sending {
  readonly #session: Session;
  readonly #voter: Voter;
  readonly #transport: Transport;
  readonly #api: string | undefined;
  /** Only a wallet signs: `OpenOptions.signing`. */
  readonly #byWallet: boolean;
  readonly #host: SendingHost;
  /** One draft at a time: it waits for its signature in the session. */
  #signing: Promise<unknown> = Promise.resolve();
  /** A wallet is asked to sign a ballot: the session key leaves the votes to it. */
  #walletSigns = false;
  #sending: Promise<void> = Promise.resolve();
  #queued: Promise<void> | undefined;

  constructor(session: Session, voter: Voter, transport: Transport, api: string | undefined, byWallet: boolean, host: SendingHost) {
    this.#session = session;
    this.#voter = voter;
    this.#transport = transport;
    this.#api = api;
    this.#byWallet = byWallet;
    this.#host = host;
  }

  /** Resolves once what is under way has ended. */
  get idle(): Promise<void> {
    return this.#sending;
  }

  /** Signs what is kept and sends it now; resolves when all is acknowledged or a later try is planned. */
  async flush(): Promise<void> {
    if (!this.#host.allowed()) return;
    // A round of sending that runs already may have passed what was just voted: one more follows it.
    this.#queued ??= this.#sending.then(() => {
      this.#queued = undefined;
      this.#sending = exclusively(`send:${this.#session.id}`, () => this.#sendAll()).catch((thrown: unknown) => {
        const error = asTasteError(thrown);
        this.#session.postpone(error.code, error.retryAfter, this.#host.now(), seed());
        this.#sendLater();
        this.#host.trouble(error);
      });
      return this.#sending;
    });
    return this.#queued;
  }

  async #sendAll(): Promise<void> {
    const host = this.#host;
    await host.save();
    const api = this.#api;
    if (api === undefined) return;
    // A guest's votes are signed before anything that sending takes is loaded. A grant that the operator has not taken might yet
    // be refused, and the votes under it with it.
    if (this.#voter.identity.grant === undefined) await this.sign(1);
    // An operator may have something to say that needs words.
    await Promise.all([complete(), sentences()]);
    await host.ready();
    const operator = { transport: this.#transport, api };
    await this.#check(operator);
    // A grant that is refused keeps no vote from being sent; whose it then is, the voter has settled.
    await this.#voter.post().catch((error: unknown) => host.trouble(asTasteError(error)));
    for (;;) {
      if (!host.allowed() || this.#sendLater()) return;
      const now = host.now();
      let ballot = this.#session.due(now);
      if (ballot === undefined) {
        await this.sign(1);
        ballot = this.#session.due(now);
        if (ballot === undefined) return;
      }
      const { id, value } = ballot;
      const outcome = await deliver(this.#session, operator, value, id, () => host.now(), seed);
      if (outcome !== "postponed") {
        if ("accepted" in outcome) {
          host.tell("taste-ballot-accepted", { id, index: outcome.accepted });
        } else {
          host.tell("taste-ballot-refused", { id, code: outcome.refused, remedy: outcome.remedy });
          if (outcome.remedy === "new-grant") this.#voter.lapsed(outcome.refused);
          if (outcome.remedy === "set-clock") await setClock(this.#session, operator, () => host.now());
        }
      }
      await host.save();
      host.changed();
    }
  }

  /** Whether the next try is still to come; it is then planned. */
  #sendLater(): boolean {
    const wait = (this.#session.retryAt() ?? 0) - this.#host.now();
    if (wait > 0) this.#host.later(wait);
    return wait > 0;
  }

  /** Receipts from a visit in which nothing could check them. What is wrong with one is told; it is asked for again then. */
  async #check(operator: { transport: Transport; api: string }): Promise<void> {
    if (refused()) return;
    for (const receipt of this.#session.unchecked()) {
      await acknowledge(this.#session, operator, receipt).catch((error: unknown) => this.#host.trouble(asTasteError(error)));
    }
  }

  /**
   * Puts kept votes under the session key's signature, at most so many ballots. A signature takes a moment, and other tabs
   * may sign the same votes in it: so a ballot is sealed in the very transaction that reads what they signed, and one with
   * a vote that is not kept any more is dropped, unsent, and drafted anew. On disk before it is on the way: after a reload
   * the very same ballot is sent again.
   */
  sign(most = Infinity): Promise<void> {
    if (this.#byWallet || this.#walletSigns) return Promise.resolve();
    return this.#alone(async () => {
      let drafts = 0;
      for (let count = 0; count < most && drafts < DRAFTS; drafts += 1) {
        if (this.#walletSigns) return;
        const digest = this.#session.draft(this.#host.now());
        if (digest === undefined) return;
        const signature = await this.#voter.signer.sign(digest);
        if ((await this.#seal(digest, signature)) === undefined) continue;
        count += 1;
        drafts = 0;
      }
    });
  }

  /** Has a wallet sign what is kept, a whole ballot at a time. Gives the ballots' ids. */
  signWith(signer: WalletSigner, { signBallots }: typeof import("./granting.ts")): Promise<Digest[]> {
    return this.#alone(async () => {
      this.#walletSigns = true;
      try {
        const next = async (voter: Address) => {
          await this.#host.save();
          return this.#session.makeBallot(voter, this.#host.now());
        };
        return await signBallots(signer, next, (ballot, signature) => this.#seal(ballot, signature));
      } finally {
        this.#walletSigns = false;
        void this.flush();
      }
    });
  }

  /** Seals the draft with its signature, and says so; none where a vote in it is not kept any more. */
  async #seal(ballot: Digest, signature: Hex): Promise<Digest | undefined> {
    let sealed: { id: Digest | undefined } | undefined;
    const seal = () => (sealed ??= { id: this.#sealed(ballot, signature) });
    await this.#host.save(seal);
    // Where nothing can be stored it is signed all the same: it may yet be sent.
    const { id } = seal();
    if (id !== undefined) this.#host.tell("taste-ballot-signed", { id });
    return id;
  }

  #sealed(ballot: Digest, signature: Hex): Digest | undefined {
    try {
      return this.#session.seal(ballot, signature);
    } catch (error) {
      if (asTasteError(error).code === "SdkError::DraftStale") return undefined;
      throw error;
    }
  }

  /** One after the other. */
  #alone<T>(task: () => Promise<T>): Promise<T> {
    const mine = this.#signing.then(task, task);
    this.#signing = mine.catch(() => undefined);
    return mine;
  }
}
