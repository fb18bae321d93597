/**
 * What a wallet is asked for: a grant for this browser's key, another key instead, the end of one, a ballot; and what the
 * operator is told of it. Loaded with the first question to a wallet, as most people vote without one.
 */
import { checksumAddress, hashTyped, recover } from "./crypto.ts";
import { TasteError, asTasteError } from "./errors.ts";
import { refused } from "./loader.ts";
import type { StoredKey } from "./session-key.ts";
import { tasting } from "./tasting.ts";
import type { Address, Ballot, Digest, Hex, SessionGrant, SignedGrant, SignedRevocation } from "./types.ts";
import type { GrantTerms, NamedWallet, Voter } from "./voter.ts";
import { isContractSignature, type Provider, type WalletClientLike, type WalletSigner } from "./wallet.ts";

export { walletSigner } from "./wallet.ts";

/** Seconds until a grant that did not reach the operator is told again. */
const TELL_AGAIN = 30;
/** How often votes are put into a new ballot because other tabs signed some of them meanwhile. */
const DRAFTS = 20;
const GRANT_DAYS = 30;
/** A device's clock may be ahead of the operator's; a grant that begins in the future would be refused. */
const GRANT_BEGAN_DAYS_AGO = 1;
const DAY = 86_400;

/** The wallet that is meant. Throws `Client::NoWallet`. */
export function meant({ wallet, announced }: NamedWallet): Provider | WalletClientLike {
  if (typeof wallet === "object") return wallet;
  const found = wallet === undefined ? (announced.length === 1 ? announced[0] : undefined) : announced.find(({ uuid }) => uuid === wallet);
  if (found !== undefined) return found.provider;
  const injected = (globalThis as { ethereum?: Provider }).ethereum;
  if (wallet === undefined && announced.length === 0 && injected !== undefined) return injected;
  throw new TasteError(
    "Client::NoWallet", announced.length > 1 ? "there are several wallets" : "no wallet was found",
    "Install a wallet, or choose one of `client.wallets` and pass its uuid.",
  );
}

/** See `TasteClient.connect`. */
export async function connected(voter: Voter, wallet: WalletSigner, signal: AbortSignal, terms: GrantTerms): Promise<{ address: Address; claimed: number }> {
  const address = await accountOf(wallet);
  // A session key belongs to one wallet for good; another wallet gets another key, once it has signed.
  const { key: old, grant: before } = voter.identity;
  const key = before !== undefined && before.grant.voter !== address ? await voter.freshKey() : old;
  const grant = await granted(voter, wallet, address, key, terms);
  signal.throwIfAborted();
  if (key !== old) await voter.host.sign();
  voter.answered();
  await voter.become({ ...voter.identity, key, grant, posted: false, claimed: 0 });
  await post(voter);
  void voter.host.flush();
  return { address, claimed: voter.identity.claimed ?? 0 };
}

/** See `TasteClient.rotate`. */
export async function rotated(voter: Voter, wallet: WalletSigner, signal: AbortSignal, terms: GrantTerms): Promise<void> {
  const owner = granter(voter);
  await expectAccount(wallet, owner);
  const key = await voter.freshKey();
  const grant = await granted(voter, wallet, owner, key, terms);
  const revocation = await revocationOf(wallet, owner, voter.signer.address, voter.host.now());
  signal.throwIfAborted();
  // What is signed already goes out under the old grant while it holds; what is only kept is signed by the new key.
  await voter.host.flush();
  const revocations = [...(voter.identity.revocations ?? []), revocation];
  voter.answered();
  await voter.become({ key, grant, posted: false, claimed: 0, revocations });
  await post(voter);
  void voter.host.flush();
}

/** See `TasteClient.revoke`. */
export async function revoked(voter: Voter, wallet: WalletSigner, signal: AbortSignal, session?: Address): Promise<void> {
  const owner = granter(voter);
  await expectAccount(wallet, owner);
  const own = session === undefined || session === voter.signer.address;
  const revocation = await revocationOf(wallet, owner, session ?? voter.signer.address, voter.host.now());
  signal.throwIfAborted();
  const revocations = [...(voter.identity.revocations ?? []), revocation];
  voter.answered();
  if (own) {
    // What was voted for the wallet is signed and sent while that still counts.
    await voter.host.sign();
    await voter.host.flush();
    await voter.become({ key: await voter.freshKey(), revocations });
  } else {
    await voter.become({ ...voter.identity, revocations });
  }
  await post(voter);
  void voter.host.flush();
}

/** See `Voter.post`. */
export async function post(voter: Voter): Promise<void> {
  await postRevocations(voter);
  const { grant, posted } = voter.identity;
  if (grant === undefined || posted === true) return;
  const current = () => voter.identity.grant === grant;
  try {
    const answer = await voter.host.tell(grant);
    if (answer !== undefined && current()) await voter.become({ ...voter.identity, posted: true, claimed: Number(answer.claimed) });
  } catch (thrown) {
    const error = asTasteError(thrown);
    if (!current()) return;
    if (!isFinal(error)) {
      // The first ballot under a grant claims as well, so a lost request costs nothing.
      tellLater(voter, error);
      return;
    }
    // A key that belongs to another wallet, or that its wallet took back, is of no more use: the next attempt finds a fresh one.
    if (["ServerError::SessionClaimed", "BallotError::GrantRevoked"].includes(error.code)) await voter.freshGuest();
    else await voter.become(voter.asGuest(voter.identity.key));
    voter.refused(error);
    throw error;
  }
}

async function postRevocations(voter: Voter): Promise<void> {
  for (const revocation of voter.identity.revocations ?? []) {
    try {
      if ((await voter.host.tellRevocation(revocation)) === undefined) return;
    } catch (thrown) {
      const error = asTasteError(thrown);
      if (!isFinal(error)) return tellLater(voter, error);
      voter.host.trouble(error);
    }
    const { revocations, ...identity } = voter.identity;
    const left = revocations?.filter((each) => each.signature !== revocation.signature) ?? [];
    await voter.become(left.length > 0 ? { ...identity, revocations: left } : identity);
  }
}

function tellLater({ host }: Voter, error: TasteError): void {
  host.trouble(error);
  host.flushLater(error.retryAfter ?? TELL_AGAIN);
}

/** The operator's own word on the grant itself; whatever else it says may pass. */
function isFinal({ status, code }: TasteError): boolean {
  return status !== undefined && status < 500 && /^((Ballot|Core)Error::|ServerError::(SessionClaimed|Malformed)$)/.test(code);
}

/**
 * Has a wallet sign what is kept, a whole ballot at a time: `next` makes one, `seal` takes it with its signature and gives its id,
 * or nothing where a vote in it is not kept any more. Gives the ballots' ids.
 */
export async function signBallots(
  signer: WalletSigner, next: (voter: Address) => Promise<Ballot | undefined>, seal: (ballot: Digest, signature: Hex) => Promise<Digest | undefined>,
): Promise<Digest[]> {
  const ids: Digest[] = [];
  const voter = await accountOf(signer);
  for (let drafts = 0; drafts < DRAFTS; drafts += 1) {
    const ballot = await next(voter);
    if (ballot === undefined) break;
    const signature = await signer.sign(voter, "Ballot", ballot);
    const digest = hashTyped("Ballot", ballot);
    await checkWallet(signer, voter, digest, signature);
    const id = await seal(digest, signature);
    if (id !== undefined) ids.push(id);
  }
  return ids;
}

/** The wallet's signature under a grant for this key, the key's own acceptance, and a look at both. */
async function granted(
  { host, signerOf }: Voter, wallet: WalletSigner, voter: Address, key: StoredKey, { scope = "*", days = GRANT_DAYS }: GrantTerms,
): Promise<SignedGrant> {
  const session = await signerOf(key);
  const now = Math.floor(host.now());
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

async function revocationOf(wallet: WalletSigner, voter: Address, session: Address, now: number): Promise<SignedRevocation> {
  const revocation = { voter, session, revokedAt: String(Math.floor(now)) };
  const signature = await wallet.sign(voter, "Revocation", revocation);
  await checkWallet(wallet, voter, hashTyped("Revocation", revocation), signature);
  return { revocation, signature };
}

function granter({ identity: { grant } }: Voter): Address {
  if (grant !== undefined) return grant.grant.voter;
  throw new TasteError("Client::NoGrant", "no wallet has granted this browser anything", "Connect a wallet first.");
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

/** A signature that no key of the voter's made is a contract's, or the wallet signed with another account. */
async function expectContract(wallet: WalletSigner, voter: Address, signature: Hex, error: TasteError): Promise<void> {
  if (error.code === "BallotError::ContractSignature" || (await isContractSignature(wallet, voter, signature))) return;
  if (error.code.startsWith("Client::") || error.code === "BallotError::HighS") throw error;
  throw otherAccount(`the wallet signed with another account than ${voter}`, error);
}

function otherAccount(message: string, cause?: TasteError): TasteError {
  return new TasteError("Client::WalletAccount", message, "Choose the account in the wallet and connect again; votes go on as before.", { cause });
}

