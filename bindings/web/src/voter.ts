/**
 * Who votes on this device: the session key, and the wallet that granted it. A wallet is asked once; the grant is
 * stored, told to the operator and to the other tabs, and can be taken back or moved to another key. What is *not* here:
 * votes, keys (`session-key.ts`), and how a wallet is spoken to (`wallet.ts`).
 */
import { TasteError, asTasteError } from "./errors.ts";
import { checksumAddress, hashTyped, recover } from "./crypto.ts";
import { refused } from "./loader.ts";
import type { Session } from "./session.ts";
import { freshKey, signerOf, type SessionSigner, type StoredKey } from "./session-key.ts";
import type { Store, StoredIdentity } from "./store.ts";
import type { Address, Digest, Hex, SessionGrant, SignedGrant, SignedRevocation } from "./types.ts";
import { tasting } from "./tasting.ts";
import type { Provider, WalletClientLike, WalletSigner } from "./wallet.ts";

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

/** A wallet, and how the panel calls it. */
export interface NamedWallet {
  name: string;
  wallet: Provider | WalletClientLike;
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
  readonly #host: VoterHost;
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
    this.#host = host;
  }

  get identity(): StoredIdentity {
    return this.#identity;
  }

  get signer(): SessionSigner {
    return this.#signer;
  }

  /** The session votes for whom the identity says, from now on. */
  use(): void {
    const { grant, claimed } = this.#identity;
    const holds = grant !== undefined && Number(grant.grant.notAfter) > this.#host.now();
    this.#session.identify(holds ? grant : undefined);
    if (this.#question === undefined) {
      this.#session.setWallet(
        holds ? { state: "connected", address: grant.grant.voter, claimed: claimed ?? 0, notAfter: Number(grant.grant.notAfter) } : undefined,
      );
    }
    this.#host.changed();
  }

  /** Another identity, which is stored already. */
  async take(identity: StoredIdentity): Promise<void> {
    const fresh = !same(identity.key, this.#identity.key);
    const signer = fresh ? await signerOf(identity.key) : this.#signer;
    this.#identity = identity;
    this.#signer = signer;
    this.#lapsed = false;
    if (fresh) this.#session.rekey(signer.address);
    this.use();
  }

  /** Another tab, or another round in this page, changed who votes here: so it is here. */
  async adopt(): Promise<void> {
    const before = this.#identity;
    const stored = await this.#host.store().identity(async () => before);
    const { grant, posted, claimed } = stored;
    const known = same(stored.key, before.key) && grant?.signature === before.grant?.signature;
    if (known && posted === before.posted && claimed === before.claimed) return;
    if (!known) await this.#host.sign();
    await this.take(stored);
    void this.#host.flush();
  }

  /** See `TasteClient.connect`. */
  connect(asked: NamedWallet, terms: GrantTerms = {}): Promise<{ address: Address; claimed: number }> {
    return this.ask(asked, async (wallet, signal) => {
      const address = await accountOf(wallet);
      // A session key belongs to one wallet for good; another wallet gets another key, once it has signed.
      const { key: old, grant: before } = this.#identity;
      const key = before !== undefined && before.grant.voter !== address ? await freshKey(isReadable(old)) : old;
      const grant = await this.#granted(wallet, address, key, terms);
      signal.throwIfAborted();
      if (key !== old) await this.#host.sign();
      this.#answered();
      await this.#become({ ...this.#identity, key, grant, posted: false, claimed: 0 });
      await this.post();
      void this.#host.flush();
      return { address, claimed: this.#identity.claimed ?? 0 };
    });
  }

  /** See `TasteClient.rotate`. */
  rotate(asked: NamedWallet, terms: GrantTerms = {}): Promise<void> {
    return this.ask(asked, async (wallet, signal) => {
      const voter = this.#granter();
      await expectAccount(wallet, voter);
      const key = await freshKey(isReadable(this.#identity.key));
      const grant = await this.#granted(wallet, voter, key, terms);
      const revocation = await this.#revoked(wallet, voter, this.#signer.address);
      signal.throwIfAborted();
      // What is signed already goes out under the old grant while it holds; what is only kept is signed by the new key.
      await this.#host.flush();
      const revocations = [...(this.#identity.revocations ?? []), revocation];
      this.#answered();
      await this.#become({ key, grant, posted: false, claimed: 0, revocations });
      await this.post();
      void this.#host.flush();
    });
  }

  /** See `TasteClient.revoke`. */
  revoke(asked: NamedWallet, session?: Address): Promise<void> {
    return this.ask(asked, async (wallet, signal) => {
      const voter = this.#granter();
      await expectAccount(wallet, voter);
      const own = session === undefined || session === this.#signer.address;
      const revocation = await this.#revoked(wallet, voter, session ?? this.#signer.address);
      signal.throwIfAborted();
      const revocations = [...(this.#identity.revocations ?? []), revocation];
      this.#answered();
      if (own) {
        // What was voted for the wallet is signed and sent while that still counts.
        await this.#host.sign();
        await this.#host.flush();
        await this.#become({ key: await freshKey(isReadable(this.#identity.key)), revocations });
      } else {
        await this.#become({ ...this.#identity, revocations });
      }
      await this.post();
      void this.#host.flush();
    });
  }

  /** Asks a wallet something; asked again, or put away, an earlier question is void. What goes wrong the panel says. */
  async ask<T>(asked: NamedWallet, task: (wallet: WalletSigner, signal: AbortSignal) => Promise<T>): Promise<T> {
    this.#question?.abort();
    const question = new AbortController();
    const { signal } = question;
    this.#question = question;
    try {
      this.#session.setWallet({ state: "asking", wallet: asked.name });
      this.#host.changed();
      const result = await task((await wallets()).walletSigner(asked.wallet, { signal }), signal);
      if (this.#question === question) {
        this.#answered();
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
  #answered(): void {
    this.#question = undefined;
  }

  /** It did not work with a wallet: the panel says so. */
  refused(error: TasteError): void {
    this.#question = undefined;
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
    this.#putAway();
    if (this.#lapsed) await this.#become(this.#asGuest(this.#identity.key));
    else this.use();
    void this.#host.flush();
  }

  /** Goes on as a guest with a fresh key. */
  async disconnect(): Promise<void> {
    this.#putAway();
    await this.#freshGuest();
  }

  /** Tells the operator what it has not heard of: revocations, and the grant. Throws where it refuses the grant. */
  async post(): Promise<void> {
    await this.#postRevocations();
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
        this.#later(error);
        return;
      }
      // A key that belongs to another wallet, or that its wallet took back, is of no more use: the next attempt finds a fresh one.
      if (["ServerError::SessionClaimed", "BallotError::GrantRevoked"].includes(error.code)) await this.#freshGuest();
      else await this.#become(this.#asGuest(this.#identity.key));
      this.refused(error);
      throw error;
    }
  }

  async #postRevocations(): Promise<void> {
    for (const revocation of this.#identity.revocations ?? []) {
      try {
        if ((await this.#host.tellRevocation(revocation)) === undefined) return;
      } catch (thrown) {
        const error = asTasteError(thrown);
        if (!isFinal(error)) return this.#later(error);
        this.#host.trouble(error);
      }
      const { revocations, ...identity } = this.#identity;
      const left = revocations?.filter((each) => each.signature !== revocation.signature) ?? [];
      await this.#become(left.length > 0 ? { ...identity, revocations: left } : identity);
    }
  }

  #later(error: TasteError): void {
    this.#host.trouble(error);
    this.#host.flushLater(error.retryAfter ?? TELL_AGAIN);
  }

  /** The wallet's signature under a grant for this key, the key's own acceptance, and a look at both. */
  async #granted(wallet: WalletSigner, voter: Address, key: StoredKey, { scope = "*", days = GRANT_DAYS }: GrantTerms): Promise<SignedGrant> {
    const session = key === this.#identity.key ? this.#signer : await signerOf(key);
    const now = Math.floor(this.#host.now());
    const grant: SessionGrant = {
      voter, session: session.address, scope, origin: globalThis.location?.origin ?? "",
      notBefore: String(now - GRANT_BEGAN_DAYS_AGO * DAY), notAfter: String(now + Math.round(days * DAY)),
    };
    const signature = await wallet.sign(voter, "SessionGrant", grant);
    const acceptance = await session.sign(hashTyped("SessionGrant", grant));
    const signed = { grant, signature, acceptance };
    try {
      // Where WebAssembly is refused nobody here can look at it; the operator does.
      if (!refused()) (await tasting()).verifyGrant(signed);
    } catch (error) {
      await expectContract(wallet, voter, signature, asTasteError(error));
    }
    return signed;
  }

  async #revoked(wallet: WalletSigner, voter: Address, session: Address): Promise<SignedRevocation> {
    const revocation = { voter, session, revokedAt: String(Math.floor(this.#host.now())) };
    const signature = await wallet.sign(voter, "Revocation", revocation);
    await checkWallet(wallet, voter, hashTyped("Revocation", revocation), signature);
    return { revocation, signature };
  }

  #granter(): Address {
    const { grant } = this.#identity;
    if (grant !== undefined) return grant.grant.voter;
    throw new TasteError("Client::NoGrant", "no wallet has granted this browser anything", "Connect a wallet first.");
  }

  #putAway(): void {
    this.#question?.abort();
    this.#question = undefined;
  }

  async #freshGuest(): Promise<void> {
    // What is kept belongs to the identity it was voted under: it is signed before the key changes.
    await this.#host.sign();
    await this.#become(this.#asGuest(await freshKey(isReadable(this.#identity.key))));
    void this.#host.flush();
  }

  #asGuest(key: StoredKey): StoredIdentity {
    const { revocations } = this.#identity;
    return revocations === undefined ? { key } : { key, revocations };
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

/** The account that a wallet shows, EIP-55. */
export async function accountOf(wallet: WalletSigner): Promise<Address> {
  return checksumAddress((await wallet.address()).toLowerCase());
}

async function expectAccount(wallet: WalletSigner, voter: Address): Promise<void> {
  const found = await accountOf(wallet);
  if (found !== voter) throw otherAccount(`the wallet shows ${found}, the permission is ${voter}'s`);
}

/** Who made a wallet's signature: `true` where only a chain can tell, because the wallet is a contract. */
export async function checkWallet(wallet: WalletSigner, voter: Address, digest: Digest, signature: Hex): Promise<boolean> {
  try {
    if (refused()) return false;
    const found = await recover(digest, signature);
    if (found === voter) return false;
    await expectContract(wallet, voter, signature, otherAccount(`the wallet signed with ${found}, not with ${voter}`));
  } catch (error) {
    await expectContract(wallet, voter, signature, asTasteError(error));
  }
  return true;
}

/** The code that speaks to wallets: most people vote without one. */
const wallets = () =>
  import("./wallet.ts").catch((error: unknown) => {
    throw asTasteError(error, "Client::Load", "Serve all files of the package's dist folder together; try again when there is a network.");
  });

/** A signature that no key of the voter's made is a contract's, or the wallet signed with another account. */
async function expectContract(wallet: WalletSigner, voter: Address, signature: Hex, error: TasteError): Promise<void> {
  if (error.code === "BallotError::ContractSignature" || (await (await wallets()).isContractSignature(wallet, voter, signature))) return;
  if (error.code.startsWith("Client::") || error.code === "BallotError::HighS") throw error;
  throw otherAccount(`the wallet signed with another account than ${voter}`, error);
}

function otherAccount(message: string, cause?: TasteError): TasteError {
  return new TasteError("Client::WalletAccount", message, "Choose the account in the wallet and connect again; votes go on as before.", { cause });
}

/** The operator's own word on the grant itself; whatever else it says may pass. */
function isFinal({ status, code }: TasteError): boolean {
  return status !== undefined && status < 500 && /^((Ballot|Core)Error::|ServerError::(SessionClaimed|Malformed)$)/.test(code);
}

function isReadable(key: StoredKey): boolean {
  return key.curve === "secp256k1";
}

function same(one: StoredKey, other: StoredKey): boolean {
  const bytes = (key: StoredKey) => (key.curve === "P-256" ? key.publicKey : key.secret);
  const [a, b] = [bytes(one), bytes(other)];
  return one.curve === other.curve && a.length === b.length && a.every((byte, at) => byte === b[at]);
}
