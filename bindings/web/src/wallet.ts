/**
 * Wallets: asking one for its address and for signatures; how they are found is in `announced.ts`. A viem WalletClient is taken as it is
 * (wagmi's `getWalletClient` gives one); so is any EIP-1193 provider (wagmi's `connector.getProvider()`). Every wait ends:
 * by an answer, by what the wallet tells meanwhile, by a time limit, or because it was put away. What each failure is
 * called is in `wallet-errors.ts`. Loaded when a wallet is first spoken to.
 */
import { TasteError } from "./errors.ts";
import { domain, types } from "./typed-data.ts";
import type { Address, Ballot, Hex, Revocation, SessionGrant } from "./types.ts";
import { walletError } from "./wallet-errors.ts";

/** EIP-1193. Those that tell of events are listened to while they are asked. */
export interface Provider {
  request(call: { method: string; params?: unknown[] | object | undefined }): Promise<unknown>;
  on?(event: string, listener: (...data: any[]) => void): unknown;
  removeListener?(event: string, listener: (...data: any[]) => void): unknown;
}

/** The part of a viem WalletClient that is used. */
export interface WalletClientLike {
  account?: { address: string } | undefined;
  requestAddresses?(): Promise<readonly string[]>;
  getAddresses?(): Promise<readonly string[]>;
  signTypedData(parameters: any): Promise<string>;
  request?(call: any): Promise<unknown>;
}

/** People look for their phone, unlock it, read. */
const PATIENCE = 180_000;

/** What a wallet is asked to sign. */
interface Signable {
  SessionGrant: SessionGrant;
  Revocation: Revocation;
  Ballot: Ballot;
}

/** One face for both kinds. */
export interface WalletSigner {
  /** The account that the wallet chose to show, in whichever capitals. */
  address(): Promise<Address>;
  /** Shows a message in the wallet's dialog; resolves with this account's signature over it. */
  sign<T extends keyof Signable>(account: Address, primaryType: T, message: Signable[T]): Promise<Hex>;
  /** Whether there is a contract at this address; `false` where the wallet does not say. */
  hasCode(address: Address): Promise<boolean>;
}

/** How to wait. */
export interface Waiting {
  /** Puts the question away. */
  signal?: AbortSignal;
  /** Milliseconds. */
  patience?: number;
}

/** What signs under EIP-6492 ends so: the wallet is not deployed yet, and is a contract all the same. */
const UNDEPLOYED = "6492".repeat(16);

/** Whether only a chain can tell if a signature is good that no key made. */
export async function isContractSignature(wallet: WalletSigner, voter: Address, signature: Hex): Promise<boolean> {
  return signature.endsWith(UNDEPLOYED) || (await wallet.hasCode(voter));
}

export function walletSigner(wallet: Provider | WalletClientLike, { signal, patience = PATIENCE }: Waiting = {}): WalletSigner {
  const client = "signTypedData" in wallet ? wallet : undefined;
  const provider = client === undefined ? (wallet as Provider) : undefined;
  const wait = <T>(ask: () => Promise<T>, account?: Address) => asked(ask, { provider, account, signal, patience });
  return {
    address: async () => {
      const known = client?.account?.address;
      if (known !== undefined) return known as Address;
      const addresses = await wait(async () => {
        if (provider !== undefined) return (await provider.request({ method: "eth_requestAccounts" })) as string[];
        return (await (client?.requestAddresses ?? client?.getAddresses)?.call(client)) ?? [];
      });
      const [address] = Array.isArray(addresses) ? addresses : [];
      if (typeof address === "string") return address as Address;
      throw new TasteError("Client::WalletLocked", "the wallet shows no account", "Unlock it and choose an account, then connect again.");
    },
    sign: async (account, primaryType, message) => {
      const named = closure(primaryType);
      const signature = await wait(async () => {
        if (client !== undefined) {
          // viem wants bigint for uint64, and its own account object where it has one.
          const values = { domain, types: named, primaryType, message: bigints(primaryType, message) };
          return client.signTypedData({ account: client.account ?? account, ...values });
        }
        const data = JSON.stringify({ domain, types: { EIP712Domain, ...named }, primaryType, message });
        return (await provider?.request({ method: "eth_signTypedData_v4", params: [account, data] })) as string;
      }, account);
      return asSignature(signature);
    },
    hasCode: async (address) => {
      try {
        const call = { method: "eth_getCode", params: [address, "latest"] };
        const code = await wait(() => (client === undefined ? provider!.request(call) : client.request!(call)));
        return typeof code === "string" && code.length > 2;
      } catch {
        return false;
      }
    },
  };
}

const EIP712Domain = [
  { name: "name", type: "string" },
  { name: "version", type: "string" },
];

type Fields = readonly { name: string; type: string }[];
const table = types as unknown as Record<string, Fields | undefined>;

/** A struct with the structs inside of it: some wallets refuse types that are not used. */
function closure(name: string, found: Record<string, Fields> = {}): Record<string, Fields> {
  const fields = table[name];
  if (fields !== undefined && found[name] === undefined) {
    found[name] = fields;
    for (const { type } of fields) closure(type.replace("[]", ""), found);
  }
  return found;
}

function bigints(name: string, message: object): object {
  const fields = table[name] ?? [];
  const value = ({ name, type }: Fields[number]) => {
    const given = (message as Record<string, unknown>)[name];
    if (type.endsWith("[]") && table[type.slice(0, -2)] !== undefined) return (given as object[]).map((each) => bigints(type.slice(0, -2), each));
    return type === "uint64" ? BigInt(given as string) : given;
  };
  return Object.fromEntries(fields.map((field) => [field.name, value(field)]));
}

/** A wallet's bytes as the protocol writes them: lowercase, and v 27 or 28 where a hardware wallet says 0 or 1. */
function asSignature(answer: unknown): Hex {
  const text = typeof answer === "string" ? answer.toLowerCase() : "";
  if (!/^0x([0-9a-f]{2})+$/.test(text)) {
    throw new TasteError("Client::Wallet", "the wallet's answer is no signature", "Connect again, or try another wallet; votes go on as before.");
  }
  const v = text.length === 132 ? Number.parseInt(text.slice(130), 16) : 27;
  return (v < 2 ? `${text.slice(0, 130)}${(v + 27).toString(16)}` : text) as Hex;
}

/** What is waited for, and by what it may end besides an answer. */
interface Question {
  provider: Provider | undefined;
  /** Who is to sign; where nobody is yet, a wallet may change accounts and chains as it likes. */
  account: Address | undefined;
  signal: AbortSignal | undefined;
  patience: number;
}

async function asked<T>(ask: () => Promise<T>, { provider, account, signal, patience }: Question): Promise<T> {
  const ends: (() => void)[] = [];
  const interrupted = new Promise<never>((_, reject) => {
    const end = (code: string, message: string, hint: string) => reject(new TasteError(code, message, hint));
    const put = () => end("Client::WalletDismissed", "the question to the wallet was put away", "Connect again; votes go on as before.");
    if (signal?.aborted === true) return put();
    signal?.addEventListener("abort", put);
    const timer = setTimeout(
      () => end("Client::WalletTimeout", "the wallet did not answer", "Open the wallet and look for a request that waits, then connect again; votes go on as before."),
      patience,
    );
    ends.push(() => signal?.removeEventListener("abort", put), () => clearTimeout(timer));
    const hear = (event: string, listener: (data: unknown) => void) => {
      try {
        provider?.on?.(event, listener);
        ends.push(() => provider?.removeListener?.(event, listener));
      } catch {
        // A provider that takes no listeners still answers, or the time is over some day.
      }
    };
    hear("disconnect", () => end("Client::WalletGone", "the wallet disconnected", "Open it again, or reload the page, then connect again; votes go on as before."));
    if (account === undefined) return;
    hear("accountsChanged", (accounts) => {
      const shown = Array.isArray(accounts) ? accounts.map((each) => String(each).toLowerCase()) : [];
      if (shown.length === 0) end("Client::WalletLocked", "the wallet was locked while it was asked", "Unlock it, then connect again; votes go on as before.");
      else if (!shown.includes(account.toLowerCase())) {
        end("Client::WalletAccount", "the wallet changed to another account while it was asked", "Connect again with the account that you want to vote with.");
      }
    });
    hear("chainChanged", () => end("Client::WalletChain", "the wallet switched to another network while it was asked", "Votes belong to no network: connect again on whichever you like."));
  });
  try {
    return await Promise.race([Promise.resolve().then(ask), interrupted]);
  } catch (error) {
    throw walletError(error);
  } finally {
    for (const end of ends) end();
  }
}
