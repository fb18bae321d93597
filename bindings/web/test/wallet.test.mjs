// What wallets say when they do not sign: each has one code, however it is wrapped. In a browser: tests/e2e/wallet.test.mjs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createWalletClient, custom } from "viem";
import { tastemaker } from "./package.mjs";
import { makeRound, texts, walletAccount } from "./round.mjs";

const { MemoryStore, TasteClient } = tastemaker;

async function open(t) {
  const view = await makeRound();
  const content = Object.fromEntries(view.signed.round.candidates.map((candidate, index) => [candidate.id, texts[index]]));
  const client = await TasteClient.open({ round: { ...view, content }, store: new MemoryStore() });
  t.after(() => client.close());
  // The first look puts a question up.
  assert.equal(client.duel.phase, "asking");
  await client.vote("left");
  return client;
}

/** A wallet that shows its account and then answers a signature with this error. */
const failing = (error) => ({
  request: async ({ method }) => {
    if (method === "eth_requestAccounts" || method === "eth_accounts") return [walletAccount.address];
    if (method === "eth_chainId") return "0x1";
    throw error;
  },
});

const said = (code, message) => Object.assign(new Error(message), { code });

/** As wallets write them; sources: EIP-1193, EIP-1474, MetaMask, Rabby, Ledger Live, WalletConnect, ethers. */
const SAYINGS = [
  ["Client::WalletRejected", said(4001, "MetaMask Tx Signature: User denied message signature.")],
  ["Client::WalletRejected", said("ACTION_REJECTED", "user rejected signing")],
  ["Client::WalletRejected", said(5000, "User rejected.")],
  ["Client::WalletRejected", "User canceled"],
  ["Client::WalletBusy", said(-32002, "Request of type 'wallet_requestPermissions' already pending for origin https://example.org. Please wait.")],
  ["Client::WalletAccount", said(4100, "The requested account and/or method has not been authorized by the user.")],
  ["Client::WalletAccount", said(-32602, "unknown account 0x00")],
  ["Client::WalletLocked", said(-32603, "Keyring is locked")],
  ["Client::WalletChain", said(-32603, 'Provided chainId "1" must match the active chainId "137"')],
  ["Client::WalletChain", said(4902, "Unrecognized chain ID")],
  ["Client::WalletChain", said(4901, "The provider is disconnected from the specified chain.")],
  ["Client::WalletGone", said(4900, "The Provider is disconnected from all chains.")],
  ["Client::WalletGone", new Error("Attempting to use a disconnected port object: port disconnected")],
  ["Client::WalletGone", new Error("Could not establish connection. Receiving end does not exist.")],
  ["Client::WalletGone", new Error("Extension context invalidated.")],
  ["Client::DeviceLocked", said(-32603, "Ledger device: Locked device (0x5515)")],
  ["Client::DeviceLocked", new Error("Ledger device: UNKNOWN_ERROR (0x6511)")],
  ["Client::DeviceRejected", said(4001, "Ledger: Condition of use not satisfied (denied by the user?) (0x6985)")],
  ["Client::DeviceRejected", new Error("Action cancelled by user")],
  ["Client::DeviceBlindSigning", new Error("Please enable Blind signing or Contract data in the Ethereum app Settings")],
  ["Client::DeviceBlindSigning", new Error("Ledger device: Invalid data received (0x6a80)")],
  ["Client::DeviceGone", Object.assign(new Error("Failed to open the device."), { name: "TransportOpenUserCancelled" })],
  ["Client::DeviceGone", new Error("device disconnected during action")],
  ["Client::WalletUnsupported", said(-32601, "the method eth_signTypedData_v4 does not exist/is not available")],
  ["Client::WalletUnsupported", said(4200, "no")],
  ["Client::Wallet", new Error("Something else.")],
  ["Client::Wallet", undefined],
  // What was asked is no answer: a digest that happens to hold a status word.
  ["Client::Wallet", said(-32000, "failed to sign 0x6985aa0000")],
];

for (const [index, [code, error]] of SAYINGS.entries()) {
  test(`${index}: ${JSON.stringify(error?.message ?? error)} is ${code}, also as viem passes it on`, async (t) => {
    const client = await open(t);
    await assert.rejects(client.connect(failing(error)), (thrown) => {
      assert.deepEqual([thrown.code, thrown.hint !== ""], [code, true]);
      return true;
    });
    assert.deepEqual([client.wallet.state, client.wallet.code, client.delivery.kept], ["trouble", code, 1]);
    if (!(error instanceof Error)) return;
    const viem = createWalletClient({ account: walletAccount.address, transport: custom(failing(error), { retryCount: 0 }) });
    await assert.rejects(client.connect(viem), { code });
  });
}

test("a wallet without accounts is locked; one whose answer is no signature says so", async (t) => {
  const client = await open(t);
  for (const accounts of [[], undefined, "0x"]) {
    await assert.rejects(client.connect({ request: async () => accounts }), { code: "Client::WalletLocked" });
  }
  for (const answer of [undefined, null, 7, "signed!", "0x", "0x123"]) {
    const wallet = { request: async ({ method }) => (method === "eth_requestAccounts" ? [walletAccount.address] : answer) };
    await assert.rejects(client.connect(wallet), { code: "Client::Wallet" });
  }
});

test("a provider whose listeners throw, or that has none, is asked all the same", async (t) => {
  const client = await open(t);
  const request = async ({ method, params }) => {
    if (method === "eth_requestAccounts") return [walletAccount.address];
    const { types: { EIP712Domain: _, ...types }, ...typed } = JSON.parse(params[1]);
    return walletAccount.signTypedData({ ...typed, types });
  };
  const on = () => {
    throw new Error("no listeners");
  };
  assert.equal((await client.connect({ request, on })).address, walletAccount.address);
});

test("clients of viem and wagmi connect as they are: with an account of their own, by JSON-RPC, and the connector's provider", async (t) => {
  const { privateKeyToAccount, generatePrivateKey } = await import("viem/accounts");
  const owner = privateKeyToAccount(generatePrivateKey());
  const asked = [];
  const provider = {
    request: async ({ method, params }) => {
      asked.push(method);
      if (method === "eth_requestAccounts" || method === "eth_accounts") return [owner.address];
      if (method === "eth_chainId") return "0x1";
      const { types: { EIP712Domain: _, ...types }, ...typed } = JSON.parse(params[1]);
      return owner.signTypedData({ ...typed, types });
    },
    on: () => undefined,
    removeListener: () => undefined,
  };
  for (const wallet of [
    createWalletClient({ account: owner, transport: custom(provider) }),
    createWalletClient({ account: owner.address, transport: custom(provider) }),
    createWalletClient({ transport: custom(provider) }),
    provider,
  ]) {
    const client = await open(t);
    assert.equal((await client.connect(wallet)).address, owner.address);
  }
  assert.equal(asked.filter((method) => method === "eth_signTypedData_v4").length, 3, "the local account asks nobody");
});
