/**
 * What wallets say when they do not sign, under codes of our own. EIP-1193 and EIP-1474 number some failures; the rest is
 * told by texts that differ from wallet to wallet, those of hardware wallets most of all.
 */
import { TasteError } from "./errors.ts";

/** What one failure is called, how it is told, and what to do. */
interface Kind {
  code: string;
  message: string;
  hint: string;
  numbers?: readonly number[];
  names?: readonly string[];
  words?: RegExp;
}

/** The first that fits; devices first, because wallets pass their refusals on under the numbers of the others. */
const KINDS: readonly Kind[] = [
  {
    code: "Client::DeviceBlindSigning",
    message: "the hardware wallet does not sign messages that it cannot show",
    hint: "Allow blind signing (or contract data) in the device's Ethereum app, then connect again; votes go on as before.",
    words: /blind.?sign|0x6a80\b|contract data|please enable/i,
  },
  {
    code: "Client::DeviceLocked",
    message: "the hardware wallet is locked, or its Ethereum app is not open",
    hint: "Unlock the device and open its Ethereum app, then connect again; votes go on as before.",
    words: /0x(5515|6b0c|6511|6e0[01]|6804)\b|locked.?device|device.{0,20}(is )?locked|(open|launch).{0,20}ethereum app|pin (is )?(required|invalid)/i,
  },
  {
    code: "Client::DeviceRejected",
    message: "the request was declined on the hardware wallet",
    hint: "Nothing changed; votes go on as before.",
    words: /0x(6985|5501)\b|conditions.of.use|(denied|rejected|cancell?ed) (by the user )?on (the |your )?(device|ledger|trezor|keystone)|failure_actioncancelled|action cancelled by user/i,
  },
  {
    code: "Client::DeviceGone",
    message: "the hardware wallet cannot be reached",
    hint: "Connect the device again and open its Ethereum app, then connect the wallet again; votes go on as before.",
    words: /transport(open|race|status|webusb|interface)|disconnected.?device|device (was )?(disconnected|not found|disconnected during action)|ledger.{0,40}(timeout|not connected)|failed to open the device|u2f/i,
  },
  {
    code: "Client::WalletRejected",
    message: "the request was declined in the wallet",
    hint: "Nothing changed; votes go on as before.",
    numbers: [4001],
    names: ["UserRejectedRequestError", "ACTION_REJECTED"],
    words: /user (has )?(rejected|denied|cancell?ed|disapproved|closed)|(rejected|denied|cancell?ed) by (the )?user|request rejected/i,
  },
  {
    code: "Client::WalletBusy",
    message: "the wallet has a request open already",
    hint: "Open the wallet and answer that request, then connect again; votes go on as before.",
    numbers: [-32002],
    names: ["ResourceUnavailableRpcError"],
    words: /already (pending|processing)/i,
  },
  {
    code: "Client::WalletGone",
    message: "the wallet cannot be reached any more",
    hint: "Open it again, or reload the page, then connect again; votes go on as before.",
    numbers: [4900],
    names: ["ProviderDisconnectedError"],
    words: /port (was )?(closed|disconnected)|(message channel|message port) closed|context invalidated|receiving end does not exist|disconnected from all|session (topic|expired|disconnected)/i,
  },
  {
    code: "Client::WalletChain",
    message: "the wallet is on another network than it wants to sign for",
    hint: "Votes belong to no network: choose any in the wallet, then connect again.",
    numbers: [4901, 4902],
    names: ["ChainDisconnectedError", "SwitchChainError", "ChainMismatchError"],
    words: /chain.?id.{0,60}(match|same|active|differ|mismatch)|chain (mismatch|not configured|disconnected)|unrecognized chain|wrong network/i,
  },
  {
    code: "Client::WalletLocked",
    message: "the wallet is locked",
    hint: "Unlock it, then connect again; votes go on as before.",
    words: /wallet (is )?locked|keyring is locked|unlock your (wallet|account)|no accounts? (available|found|selected)/i,
  },
  {
    code: "Client::WalletAccount",
    message: "the wallet does not sign for this account",
    hint: "Choose the account in the wallet and allow it for this site, then connect again.",
    numbers: [4100],
    names: ["UnauthorizedProviderError", "AccountNotFoundError"],
    words: /unknown account|unauthori[sz]ed (account|address)|(account|address).{0,40}(not been authorized|not authori[sz]ed|not match|mismatch)/i,
  },
  {
    code: "Client::WalletUnsupported",
    message: "the wallet does not sign typed data (EIP-712)",
    hint: "Use another wallet; votes go on as before.",
    numbers: [4200, -32601, -32004],
    names: ["UnsupportedProviderMethodError", "MethodNotSupportedRpcError", "MethodNotFoundRpcError"],
  },
];

/** Whatever a wallet threw, as a TasteError. viem and others wrap what a wallet says; the causes are looked at, too. */
export function walletError(thrown: unknown): TasteError {
  if (thrown instanceof TasteError) return thrown;
  const said = [...chain(thrown)];
  const kind = KINDS.find(({ numbers, names, words }) =>
    said.some(({ code, name, text }) =>
      (typeof code === "number" && numbers?.includes(code) === true)
      || names?.some((known) => known === name || known === code) === true
      || words?.test(text) === true));
  if (kind !== undefined) return new TasteError(kind.code, kind.message, kind.hint, { cause: thrown });
  const text = said.find(({ text }) => text !== "")?.text.slice(0, 300) ?? "the wallet failed without a word";
  return new TasteError("Client::Wallet", text, "Look at the wallet's own message; votes go on as before.", { cause: thrown });
}

interface Said {
  code: unknown;
  name: unknown;
  text: string;
}

function* chain(thrown: unknown): Generator<Said> {
  let at = thrown;
  for (let depth = 0; at !== undefined && at !== null && depth < 8; depth += 1) {
    if (typeof at !== "object") return yield { code: undefined, name: undefined, text: String(at) };
    const { code, name, message, shortMessage, details, data, cause } = at as Record<string, any>;
    // viem's whole message repeats what was asked, which may hold any words.
    const words = typeof shortMessage === "string" ? [shortMessage, details] : [message];
    const text = words.filter((each) => typeof each === "string").join(" ");
    yield { code, name, text };
    // The original of what MetaMask passes on as "internal error".
    const original = data?.originalError ?? data?.cause;
    at = cause ?? original;
  }
}
