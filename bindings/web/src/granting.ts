/**
 * What a wallet is asked for: a grant for this browser's key, another key instead, the end of one. Loaded with the first
 * question to a wallet, as most people vote without one.
 */
import { checksumAddress, hashTyped, recover } from "./crypto.ts";
import { TasteError, asTasteError } from "./errors.ts";
import { refused } from "./loader.ts";
import type { StoredKey } from "./session-key.ts";
import { tasting } from "./tasting.ts";
import type { Address, Digest, Hex, SessionGrant, SignedGrant, SignedRevocation } from "./types.ts";
import type { GrantTerms, Voter } from "./voter.ts";
import { isContractSignature, type WalletSigner } from "./wallet.ts";

export { walletSigner } from "./wallet.ts";

const GRANT_DAYS = 30;
/** A device's clock may be ahead of the operator's; a grant that begins in the future would be refused. */
const GRANT_BEGAN_DAYS_AGO = 1;
const DAY = 86_400;

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
  await voter.post();
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
  await voter.post();
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
  await voter.post();
  void voter.host.flush();
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

