/**
 * Who votes on this device: the session key, and the wallet that granted it. A wallet is asked once; the grant is
 * stored, told to the operator and to the other tabs. What is *not* here: votes, and how a wallet is spoken to
 * (`wallet.ts`).
 */
import { freshKey, sameKey, sessionSigner, type SessionSigner } from "./account.ts";
import { checksumAddress, hashTyped } from "./crypto.ts";
import { TasteError, asTasteError } from "./errors.ts";
import { refused } from "./loader.ts";
import type { Session } from "./session.ts";
import type { Store, StoredIdentity } from "./store.ts";
import { tasting } from "./tasting.ts";
import type { Address, Hex, SessionGrant, SignedGrant } from "./types.ts";
import { signerOf, type Provider, type WalletClientLike } from "./wallet.ts";

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
  readonly #session: Session;
  readonly #host: VoterHost;
  #identity: StoredIdentity;
  #signer: SessionSigner;
  /** Counts questions to wallets: only the last one may still change anything. */
  #question = 0;
  #asking = false;
  /** The operator does not take the grant any more. */
  #lapsed = false;

  constructor(session: Session, identity: StoredIdentity, signer: SessionSigner, host: VoterHost) {
    this.#session = session;
    this.#identity = identity;
    this.#signer = signer;
    this.#host = host;
  }

  get identity(): StoredIdentity {
    return this.#identity;
  }

  /** Signs for whom the identity names. */
  get signer(): SessionSigner {
    return this.#signer;
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
  async take(identity: StoredIdentity): Promise<void> {
    const fresh = !sameKey(identity.key, this.#identity.key);
    const signer = fresh ? await sessionSigner(identity.key) : this.#signer;
    this.#identity = identity;
    this.#lapsed = false;
    if (fresh) this.#session.rekey((this.#signer = signer).address);
    this.use();
  }

  /** Another tab, or another round in this page, changed who votes here: so it is here. */
  async adopt(): Promise<void> {
    const before = this.#identity;
    const stored = await this.#host.store().identity(() => before);
    const { grant, posted, claimed } = stored;
    const known = sameKey(stored.key, before.key) && grant?.signature === before.grant?.signature;
    if (known && posted === before.posted && claimed === before.claimed) return;
    if (!known) await this.#host.sign();
    await this.take(stored);
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
      const { key: old, grant: before } = this.#identity;
      const key = before !== undefined && before.grant.voter !== address ? await freshKey() : old;
      const session = await sessionSigner(key);
      const now = Math.floor(this.#host.now());
      const grant: SessionGrant = {
        voter: address,
        session: session.address,
        scope: "*",
        origin: globalThis.location?.origin ?? "",
        notBefore: String(now - GRANT_BEGAN_DAYS_AGO * DAY),
        notAfter: String(now + GRANT_DAYS * DAY),
      };
      const given = await signer.signGrant(grant);
      current();
      const signed = await accepted(grant, given, session);
      current();
      if (key !== old) await this.#host.sign();
      this.#asking = false;
      await this.#become({ key, grant: signed, posted: false, claimed: 0 });
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
    if (this.#lapsed) await this.#become({ key: this.#identity.key });
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
      else await this.#become({ key: this.#identity.key });
      this.refused(error);
      throw error;
    }
  }

  async #freshKey(): Promise<void> {
    // What is kept belongs to the identity it was voted under: it is signed before the key changes.
    await this.#host.sign();
    await this.#become({ key: await freshKey() });
    this.#host.flush();
  }

  async #become(identity: StoredIdentity): Promise<void> {
    try {
      await this.#host.store().setIdentity(identity);
    } catch (error) {
      // Where nothing can be stored it still holds for this tab.
      this.#host.trouble(asTasteError(error));
    }
    await this.take(identity);
    this.#host.moved();
  }
}

/** The grant with both signatures, looked at where that is possible; the operator looks in any case. */
async function accepted(grant: SessionGrant, given: Hex, session: SessionSigner): Promise<SignedGrant> {
  const signature = normalised(given);
  const signed = { grant, signature, acceptance: await session.sign(hashTyped("SessionGrant", grant)) };
  if (!refused()) (await tasting()).verifyGrant(signed);
  return signed;
}

/** As wallets answer: some in capitals, and some hardware with v 0 or 1. */
function normalised(signature: Hex): Hex {
  const text = signature.toLowerCase() as Hex;
  const v = text.length === 132 ? Number.parseInt(text.slice(130), 16) : NaN;
  return v < 2 ? (`${text.slice(0, 130)}${(v + 27).toString(16)}` as Hex) : text;
}

/** The operator's own word on the grant itself; whatever else it says may pass. */
function isFinal({ status, code }: TasteError): boolean {
  return status !== undefined && status < 500 && /^((Ballot|Core)Error::|ServerError::(SessionClaimed|Malformed)$)/.test(code);
}
