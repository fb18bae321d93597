/**
 * Wallets: finding them (EIP-6963), asking one for its address and for one signature under a SessionGrant. A viem
 * WalletClient is taken as it is; so is any EIP-1193 provider. Every wait ends.
 */
import { TasteError, asTasteError } from "./errors.ts";
import { domain, types } from "./typed-data.ts";
import type { Address, Hex, SessionGrant } from "./types.ts";

/** EIP-1193. */
export interface Provider {
  request(call: { method: string; params?: unknown[] | object | undefined }): Promise<unknown>;
}

/** The part of a viem WalletClient that is used. */
export interface WalletClientLike {
  account?: { address: string } | undefined;
  requestAddresses?(): Promise<readonly string[]>;
  getAddresses?(): Promise<readonly string[]>;
  signTypedData(parameters: any): Promise<string>;
}

/** A wallet that announced itself. */
export interface AnnouncedWallet {
  uuid: string;
  name: string;
  icon: string;
  rdns: string;
  provider: Provider;
}

/** People look for their phone, unlock it, read. */
const PATIENCE = 180_000;

/**
 * Listens for wallets (EIP-6963) and asks them to announce themselves.
 * @returns stops listening
 */
export function watchWallets(found: (wallets: readonly AnnouncedWallet[]) => void): () => void {
  const wallets = new Map<string, AnnouncedWallet>();
  const announced = (event: Event) => {
    const { info, provider } = (event as CustomEvent<{ info: Omit<AnnouncedWallet, "provider">; provider: Provider }>).detail ?? {};
    if (info?.uuid === undefined || typeof provider?.request !== "function" || wallets.has(info.uuid)) return;
    wallets.set(info.uuid, { uuid: info.uuid, name: info.name, icon: info.icon, rdns: info.rdns, provider });
    found([...wallets.values()]);
  };
  addEventListener("eip6963:announceProvider", announced);
  dispatchEvent(new Event("eip6963:requestProvider"));
  return () => removeEventListener("eip6963:announceProvider", announced);
}

/** One face for both kinds. */
export interface Signer {
  address(): Promise<Address>;
  signGrant(grant: SessionGrant): Promise<Hex>;
}

export function signerOf(wallet: Provider | WalletClientLike, patience = PATIENCE): Signer {
  const asked = <T>(answer: Promise<T>) => within(answer, patience).catch(refuse);
  if ("signTypedData" in wallet) {
    return {
      address: async () => {
        const address =
          wallet.account?.address ?? (await asked((wallet.requestAddresses ?? wallet.getAddresses)?.call(wallet) ?? Promise.resolve([])))[0];
        return some(address);
      },
      signGrant: async (grant) => {
        const message = { ...grant, notBefore: BigInt(grant.notBefore), notAfter: BigInt(grant.notAfter) };
        const account = wallet.account ?? grant.voter;
        const parameters = { account, domain, types: { SessionGrant: types.SessionGrant }, primaryType: "SessionGrant", message };
        return (await asked(wallet.signTypedData(parameters))) as Hex;
      },
    };
  }
  return {
    address: async () => some(((await asked(wallet.request({ method: "eth_requestAccounts" }))) as string[])[0]),
    signGrant: async (grant) => {
      const EIP712Domain = [
        { name: "name", type: "string" },
        { name: "version", type: "string" },
      ];
      const data = { domain, types: { EIP712Domain, SessionGrant: types.SessionGrant }, primaryType: "SessionGrant", message: grant };
      return (await asked(wallet.request({ method: "eth_signTypedData_v4", params: [grant.voter, JSON.stringify(data)] }))) as Hex;
    },
  };
}

function some(address: string | undefined): Address {
  if (address === undefined) {
    throw new TasteError("Client::WalletLocked", "the wallet shows no account", "Unlock it and choose an account.");
  }
  return address as Address;
}

function refuse(error: unknown): never {
  // EIP-1193: 4001 rejected by the person, 4100 not authorised. viem wraps them; the cause has the number.
  for (let at = error as { code?: unknown; name?: string; cause?: unknown } | undefined; at; at = at.cause as typeof at) {
    if (at.code === 4001 || at.name === "UserRejectedRequestError") {
      throw new TasteError("Client::WalletRejected", "the request was declined in the wallet", "Nothing changed; votes go on as a guest.", { cause: error });
    }
    if (at.code === 4100) {
      throw new TasteError("Client::WalletAccount", "the wallet does not sign for this account", "Choose the account in the wallet and connect again.", { cause: error });
    }
  }
  throw asTasteError(error, "Client::Wallet", "Look at the wallet's own message; votes go on as a guest.");
}

function within<T>(answer: Promise<T>, patience: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new TasteError("Client::WalletTimeout", "the wallet did not answer", "Open the wallet, then connect again; votes go on as a guest.")),
      patience,
    );
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
