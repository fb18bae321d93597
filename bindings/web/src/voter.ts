/**
 * Who votes on this device: the session key, and the wallet that granted it. A wallet is asked once; the grant is
 * stored, told to the operator and to the other tabs, and can be taken back or moved to another key. What is *not* here:
 * votes, keys (`session-key.ts`), and what a wallet is asked (`granting.ts`).
 */
import type { AnnouncedWallet } from "./announced.ts";
import { TasteError, asTasteError } from "./errors.ts";
import { complete } from "./loader.ts";
import type { Session } from "./session.ts";
import { freshKey, signerOf, type SessionSigner, type StoredKey } from "./session-key.ts";
import type { Store, StoredIdentity } from "./store.ts";
import type { Address, Digest, Hex, SessionGrant, SignedGrant, SignedRevocation } from "./types.ts";
import type { Provider, WalletClientLike, WalletSigner } from "./wallet.ts";

/** What is asked of the client. */
export interface VoterHost {
  /** Unix seconds. */
  now(): number;
  store(): Store;
  /** Puts what is kept under signatures: it belongs to whom it was voted for. */
  sign(): Promise<unknown>;
  /** Sends what there is to send. */
  flush(): Promise<void>;
  /** Calls `flush` after some seconds. */
  flushLater(seconds: number): void;
  /** Tells the operator of a grant; nothing where there is no operator, or no consent. */
  tell(grant: SignedGrant): Promise<{ claimed: number | string }> | undefined;
  /** Tells the operator what a wallet took back. */
  tellRevocation(revocation: SignedRevocation): Promise<unknown> | undefined;
  /** The stored identity is another one now. */
  moved(): void;
  changed(): void;
  trouble(error: TasteError): void;
}

/** A wallet, or the uuid of one that announced itself (none: the only one), and how the panel calls it. */
export interface NamedWallet {
  name: string;
  wallet: Provider | WalletClientLike | string | undefined;
  announced: readonly AnnouncedWallet[];
}

/** What a wallet is asked to grant. */
export interface GrantTerms {
  /** `*` (every round, the default) or a round's id. */
  scope?: "*" | Digest;
  /** Days until it ends; 30 by default. */
  days?: number;
}

export class Voter {
  readonly #session: Session;
  readonly host: VoterHost;
  #identity: StoredIdentity;
  #signer: SessionSigner;
  /** The last question to a wallet, which may still change something; aborted, its wait ends at once. */
  #question: AbortController | undefined;
  /** The operator does not take the grant any more. */
  #lapsed = false;

  constructor(session: Session, identity: StoredIdentity, signer: SessionSigner, host: VoterHost) {
    this.#session = session;
    this.#identity = identity;
    this.#signer = signer;
    this.host = host;
  }

  get identity(): StoredIdentity {
    return this.#identity;
  }

  get signer(): SessionSigner {
    return this.#signer;
  }

  /** Another key of the kind that can be stored here. */
  freshKey(): Promise<StoredKey> {
    return freshKey(this.#identity.key.curve === "secp256k1");
  }

  readonly signerOf = (key: StoredKey): SessionSigner | Promise<SessionSigner> => (key === this.#identity.key ? this.#signer : signerOf(key));

  /** The session votes for whom the identity says, from now on. */
  use(): void {
    const { grant, claimed } = this.#identity;
    const holds = grant !== undefined && Number(grant.grant.notAfter) > this.host.now();
    this.#session.identify(holds ? grant : undefined);
    if (this.#question === undefined) {
      this.#session.setWallet(
        holds ? { state: "connected", address: grant.grant.voter, claimed: claimed ?? 0, notAfter: Number(grant.grant.notAfter) } : undefined,
      );
    }
    this.host.changed();
  }

  /** Another identity, which is stored already. */
  async take(identity: StoredIdentity): Promise<void> {
    const fresh = !same(identity.key, this.#identity.key);
    const [signer] = await Promise.all([fresh ? signerOf(identity.key) : this.#signer, identity.grant && complete()]);
    this.#identity = identity;
    this.#signer = signer;
    this.#lapsed = false;
    if (fresh) this.#session.rekey(signer.address);
    this.use();
  }

  /** Another tab, or another round in this page, changed who votes here: so it is here. */
  async adopt(): Promise<void> {
    const before = this.#identity;
    const stored = await this.host.store().identity(async () => before);
    const { grant, posted, claimed } = stored;
    const known = same(stored.key, before.key) && grant?.signature === before.grant?.signature;
    if (known && posted === before.posted && claimed === before.claimed) return;
    if (!known) await this.host.sign();
    await this.take(stored);
    void this.host.flush();
  }

  /** See `TasteClient.connect`. */
  connect(asked: NamedWallet, terms: GrantTerms = {}): Promise<{ address: Address; claimed: number }> {
    return this.ask(asked, (wallet, signal, { connected }) => connected(this, wallet, signal, terms));
  }

  /** See `TasteClient.rotate`. */
  rotate(asked: NamedWallet, terms: GrantTerms = {}): Promise<void> {
    return this.ask(asked, (wallet, signal, { rotated }) => rotated(this, wallet, signal, terms));
  }

  /** See `TasteClient.revoke`. */
  revoke(asked: NamedWallet, session?: Address): Promise<void> {
    return this.ask(asked, (wallet, signal, { revoked }) => revoked(this, wallet, signal, session));
  }

  /** Asks a wallet something; asked again, or put away, an earlier question is void. What goes wrong the panel says. */
  async ask<T>(asked: NamedWallet, task: (wallet: WalletSigner, signal: AbortSignal, granting: Granting) => Promise<T>): Promise<T> {
    this.#question?.abort();
    const question = new AbortController();
    const { signal } = question;
    this.#question = question;
    try {
      this.#session.setWallet({ state: "asking", wallet: asked.name });
      this.host.changed();
      const [code] = await Promise.all([granting(), complete()]);
      const result = await task(code.walletSigner(code.meant(asked), { signal }), signal, code);
      if (this.#question === question) {
        this.answered();
        this.use();
      }
      return result;
    } catch (thrown) {
      const error = signal.aborted
        ? new TasteError("Client::WalletDismissed", "the question to the wallet was put away", "Connect again; votes go on as before.")
        : asTasteError(thrown, "Client::Wallet", "Votes go on as before.");
      if (this.#question === question) this.refused(error);
      throw error;
    }
  }

  /** The wallet has said what it was asked; what follows is between this device and the operator. */
  answered(): void {
    this.#question = undefined;
  }

  /** It did not work with a wallet: the panel says so. */
  refused(error: TasteError): void {
    this.#question = undefined;
    const message = error.hint === "" ? error.message : `${error.message}. ${error.hint}`;
    this.#session.setWallet({ state: "trouble", code: error.code, message });
    this.host.changed();
  }

  /** The operator does not take ballots under this grant any more; they wait for another. */
  lapsed(code: string): void {
    this.#lapsed = true;
    this.refused(new TasteError(code, "the wallet’s permission for this browser does not hold any more", "Connect the wallet again; votes are kept meanwhile."));
  }

  /** Puts a question to a wallet, or a failure, away. Not a disconnection: that takes a fresh key, which no wallet granted. */
  async dismiss(): Promise<void> {
    this.#putAway();
    if (this.#lapsed) await this.become(this.asGuest(this.#identity.key));
    else this.use();
    void this.host.flush();
  }

  /** Goes on as a guest with a fresh key. */
  async disconnect(): Promise<void> {
    this.#putAway();
    await this.freshGuest();
  }

  /** Tells the operator what it has not heard of: revocations, and the grant. Throws where it refuses the grant. */
  async post(): Promise<void> {
    const { grant, posted, revocations } = this.#identity;
    if (revocations !== undefined || (grant !== undefined && posted !== true)) await (await granting()).post(this);
  }

  #putAway(): void {
    this.#question?.abort();
    this.#question = undefined;
  }

  /** Goes on as a guest with a fresh key. */
  async freshGuest(): Promise<void> {
    // What is kept belongs to the identity it was voted under: it is signed before the key changes.
    await this.host.sign();
    await this.become(this.asGuest(await this.freshKey()));
    void this.host.flush();
  }

  /** The identity of a guest with this key. */
  asGuest(key: StoredKey): StoredIdentity {
    const { revocations } = this.#identity;
    return revocations === undefined ? { key } : { key, revocations };
  }

  /** From now on it is this identity: stored, used, and known to the other tabs. */
  async become(identity: StoredIdentity): Promise<void> {
    try {
      await this.host.store().setIdentity(identity);
    } catch (error) {
      // Where nothing can be stored it still holds for this tab.
      this.host.trouble(asTasteError(error));
    }
    await this.take(identity);
    this.host.moved();
  }
}

type Granting = typeof import("./granting.ts");

/** The code that speaks to wallets: most people vote without one. */
const granting = (): Promise<Granting> =>
  import("./granting.ts").catch((error: unknown) => {
    throw asTasteError(error, "Client::Load", "Serve all files of the package's dist folder together; try again when there is a network.");
  });

function same(one: StoredKey, other: StoredKey): boolean {
  const bytes = (key: StoredKey) => (key.curve === "P-256" ? key.publicKey : key.secret);
  const [a, b] = [bytes(one), bytes(other)];
  return one.curve === other.curve && a.length === b.length && a.every((byte, at) => byte === b[at]);
}
