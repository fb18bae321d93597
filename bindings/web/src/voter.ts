/**
 * Who votes on this device: the session key, and the wallet that granted it. A wallet is asked once; the grant is
 * stored, told to the operator and to the other tabs. What is *not* here: votes, and how a wallet is spoken to
 * (`wallet.ts`).
 */
import { randomSecret } from "./account.ts";
import { TasteError, asTasteError } from "./errors.ts";
import { checksumAddress } from "./crypto.ts";
import type { Store, StoredIdentity } from "./store.ts";
import type { Address, SignedGrant } from "./types.ts";
import { signerOf, type Provider, type WalletClientLike } from "./wallet.ts";
import type { WebSession } from "./wasm.ts";

const GRANT_DAYS = 30;
/** A device's clock may be ahead of the operator's; a grant that begins in the future would be refused. */
const GRANT_BEGAN_DAYS_AGO = 1;
const DAY = 86_400;
/** Seconds until a grant that did not reach the operator is told again. */
const TELL_AGAIN = 30;

/** What is asked of the client. */
export interface VoterHost {
  /** Unix seconds. */
  now(): number;
  store(): Store;
  /** Puts what is kept under signatures: it belongs to whom it was voted for. */
  sign(): Promise<unknown>;
  /** Sends what there is to send. */
  flush(): void;
  /** Calls `flush` after some seconds. */
  flushLater(seconds: number): void;
  /** Tells the operator of a grant; nothing where there is no operator, or no consent. */
  tell(grant: SignedGrant): Promise<{ claimed: number | string }> | undefined;
  /** The stored identity is another one now. */
  moved(): void;
  changed(): void;
  trouble(error: TasteError): void;
}

export class Voter {
  readonly #session: WebSession;
  readonly #host: VoterHost;
  #identity: StoredIdentity;
  /** Counts questions to wallets: only the last one may still change anything. */
  #question = 0;
  #asking = false;
  /** The operator does not take the grant any more. */
  #lapsed = false;

  constructor(session: WebSession, identity: StoredIdentity, host: VoterHost) {
    this.#session = session;
    this.#identity = identity;
    this.#host = host;
  }

  get identity(): StoredIdentity {
    return this.#identity;
  }

  /** The session votes for whom the identity says, from now on. */
  use(): void {
    const { grant, claimed } = this.#identity;
    const holds = grant !== undefined && Number(grant.grant.notAfter) > this.#host.now();
    this.#session.identify(holds ? grant : undefined);
    if (!this.#asking) {
      this.#session.setWallet(
        holds ? { state: "connected", address: grant.grant.voter, claimed: claimed ?? 0, notAfter: Number(grant.grant.notAfter) } : undefined,
      );
    }
    this.#host.changed();
  }

  /** Another identity, which is stored already. */
  take(identity: StoredIdentity): void {
    const fresh = !same(identity.secret, this.#identity.secret);
    this.#identity = identity;
    this.#lapsed = false;
    if (fresh) this.#session.rekey(identity.secret);
    this.use();
  }

  /** Another tab, or another round in this page, changed who votes here: so it is here. */
  async adopt(): Promise<void> {
    const before = this.#identity;
    const stored = await this.#host.store().identity(() => before);
    const { grant, posted, claimed } = stored;
    const known = same(stored.secret, before.secret) && grant?.signature === before.grant?.signature;
    if (known && posted === before.posted && claimed === before.claimed) return;
    if (!known) await this.#host.sign();
    this.take(stored);
    this.#host.flush();
  }

  /** See `TasteClient.connect`. */
  async connect({ name, wallet }: { name: string; wallet: Provider | WalletClientLike }): Promise<{ address: Address; claimed: number }> {
    const question = ++this.#question;
    const current = () => {
      if (question === this.#question) return;
      throw new TasteError("Client::WalletDismissed", "the question to the wallet was put away", "Connect again; votes go on as before.");
    };
    try {
      this.#asking = true;
      this.#session.setWallet({ state: "asking", wallet: name });
      this.#host.changed();
      const signer = signerOf(wallet);
      const address = checksumAddress((await signer.address()).toLowerCase());
      current();
      // A session key belongs to one wallet for good; another wallet gets another key, once it has signed.
      const { secret: old, grant: before } = this.#identity;
      const secret = before !== undefined && before.grant.voter !== address ? randomSecret() : old;
      const now = this.#host.now();
      const origin = globalThis.location?.origin ?? "";
      const grant = this.#under(secret, () =>
        this.#session.makeGrant(address, "*", origin, now - GRANT_BEGAN_DAYS_AGO * DAY, now + GRANT_DAYS * DAY),
      );
      const signature = await signer.signGrant(grant);
      current();
      const signed = this.#under(secret, () => this.#session.acceptGrant(grant, signature));
      if (secret !== old) await this.#host.sign();
      this.#asking = false;
      await this.#become({ secret, grant: signed, posted: false, claimed: 0 });
      await this.post();
      this.#host.flush();
      return { address, claimed: this.#identity.claimed ?? 0 };
    } catch (thrown) {
      const error = asTasteError(thrown, "Client::Wallet", "Votes go on as before.");
      if (question === this.#question) this.refused(error);
      throw error;
    }
  }

  /** It did not work with a wallet: the panel says so. */
  refused(error: TasteError): void {
    this.#asking = false;
    const message = error.hint === "" ? error.message : `${error.message}. ${error.hint}`;
    this.#session.setWallet({ state: "trouble", code: error.code, message });
    this.#host.changed();
  }

  /** The operator does not take ballots under this grant any more; they wait for another. */
  lapsed(code: string): void {
    this.#lapsed = true;
    this.refused(new TasteError(code, "the wallet’s permission for this browser does not hold any more", "Connect the wallet again; votes are kept meanwhile."));
  }

  /** Puts a question to a wallet, or a failure, away. Not a disconnection: that takes a fresh key, which no wallet granted. */
  async dismiss(): Promise<void> {
    this.#question += 1;
    this.#asking = false;
    if (this.#lapsed) await this.#become({ secret: this.#identity.secret });
    else this.use();
    this.#host.flush();
  }

  /** Goes on as a guest with a fresh key. */
  async disconnect(): Promise<void> {
    this.#question += 1;
    this.#asking = false;
    await this.#freshKey();
  }

  /** Tells the operator of the grant, where it has not heard of it. Throws where it refuses. */
  async post(): Promise<void> {
    const { grant, posted } = this.#identity;
    if (grant === undefined || posted === true) return;
    const current = () => this.#identity.grant === grant;
    try {
      const answer = await this.#host.tell(grant);
      if (answer !== undefined && current()) await this.#become({ ...this.#identity, posted: true, claimed: Number(answer.claimed) });
    } catch (thrown) {
      const error = asTasteError(thrown);
      if (!current()) return;
      if (!isFinal(error)) {
        // The first ballot under a grant claims as well, so a lost request costs nothing.
        this.#host.trouble(error);
        this.#host.flushLater(error.retryAfter ?? TELL_AGAIN);
        return;
      }
      // A key that belongs to another wallet already is of no more use; the next attempt finds a fresh one.
      if (error.code === "ServerError::SessionClaimed") await this.#freshKey();
      else await this.#become({ secret: this.#identity.secret });
      this.refused(error);
      throw error;
    }
  }

  async #freshKey(): Promise<void> {
    // What is kept belongs to the identity it was voted under: it is signed before the key changes.
    await this.#host.sign();
    await this.#become({ secret: randomSecret() });
    this.#host.flush();
  }

  async #become(identity: StoredIdentity): Promise<void> {
    try {
      await this.#host.store().setIdentity(identity);
    } catch (error) {
      // Where nothing can be stored it still holds for this tab.
      this.#host.trouble(asTasteError(error));
    }
    this.take(identity);
    this.#host.moved();
  }

  /** Runs something, at once, under a key that is not yet ours to keep. */
  #under<T>(secret: Uint8Array, task: () => T): T {
    if (secret === this.#identity.secret) return task();
    this.#session.rekey(secret);
    try {
      return task();
    } finally {
      this.#session.rekey(this.#identity.secret);
      this.use();
    }
  }
}

/** The operator's own word on the grant itself; whatever else it says may pass. */
function isFinal({ status, code }: TasteError): boolean {
  return status !== undefined && status < 500 && /^((Ballot|Core)Error::|ServerError::(SessionClaimed|Malformed)$)/.test(code);
}

function same(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}
