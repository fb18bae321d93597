// From guest to wallet: an EIP-1193 provider found by EIP-6963, one signature, and the guest's votes come along.

import assert from "node:assert/strict";

import { after, before, test } from "./bounded.mjs";
import { Widget, delivered, heard, launch, quiet, visit } from "./browser.mjs";
import { Server, until, works } from "./harness.mjs";
import { Wallet, ballotId, newAccount, verifyLog } from "./protocol.mjs";

let browser, server, candidates;
before(async () => {
  [browser, server, candidates] = await Promise.all([launch(), Server.start(), works(12)]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** A fresh round, and a page on it in which these wallets announced themselves. */
async function arrange(...wallets) {
  const { round } = await server.round(candidates);
  const prepare = async (page) => {
    for (const wallet of wallets) await wallet.announce(page);
  };
  const page = await visit(browser, server, round, { widgets: "duel,board,wallet", prepare });
  return { round, page, duel: new Widget(page, "taste-duel"), panel: new Widget(page, "taste-wallet") };
}

async function vote(duel, times) {
  for (let at = 0; at < times; at += 1) {
    await duel.answer(() => duel.key("key-left").click());
    await duel.next();
  }
}

async function claims(round) {
  const answer = await fetch(`${server.url}/v1/rounds/${round}/claims`);
  return (await answer.text()).split("\n").filter(Boolean).map((line) => JSON.parse(line));
}

const summary = async (round) => (await server.json("/v1/rounds")).rounds.find(({ id }) => id === round);

test("a guest connects a wallet: one signature, and what was voted before belongs to the wallet", async () => {
  const wallet = new Wallet();
  const { round, page, duel, panel } = await arrange(wallet);
  assert.equal(await panel.reaches("guest"), "guest");
  await vote(duel, 3);
  await delivered(page);
  const guest = await page.evaluate(() => globalThis.client.voter);

  await panel.key("connect").click();
  await panel.reaches("connected");
  assert.deepEqual(wallet.asked.map(({ method }) => method), ["eth_requestAccounts", "eth_signTypedData_v4"]);
  const [signer, text] = wallet.asked[1].params;
  const shown = JSON.parse(text);
  assert.equal(signer, wallet.account.address);
  assert.deepEqual([shown.primaryType, shown.domain], ["SessionGrant", { name: "Tastemaker", version: "2" }]);
  assert.deepEqual([shown.message.session, shown.message.origin], [guest, server.url]);

  await vote(duel, 2);
  await delivered(page);
  const entries = await verifyLog(server, round);
  const voters = entries.flatMap(({ signed }) => signed.ballot.votes.map(() => signed.ballot.voter));
  assert.deepEqual(voters, [guest, guest, guest, wallet.account.address, wallet.account.address]);
  assert.equal(await page.evaluate(() => globalThis.client.voter), wallet.account.address);

  const [claim, ...others] = await claims(round);
  assert.deepEqual([claim.grant.session, claim.grant.voter, others], [guest, wallet.account.address, []]);
  assert.deepEqual([(await summary(round)).votes, (await summary(round)).voters], [5, 1], "guest and wallet are one person");
  assert.equal((await server.json(`/v1/rounds/${round}/board`)).voters, 1);
  assert.equal((await heard(page, "wallet-connected")).at(-1).address, wallet.account.address);

  // After a reload the grant still holds and the wallet is left in peace.
  await page.reload();
  await panel.reaches("connected");
  await vote(duel, 1);
  await delivered(page);
  assert.equal(wallet.asked.length, 2);
  assert.equal((await server.ballots(round)).at(-1).signed.ballot.voter, wallet.account.address);
  quiet(page);
});

test("a person who declines in the wallet goes on voting as a guest, and is told so", async () => {
  const wallet = new Wallet();
  wallet.refuses = true;
  const { round, page, duel, panel } = await arrange(wallet);
  await vote(duel, 1);
  await panel.key("connect").click();
  await panel.reaches("trouble");
  assert.match(await panel.words(), /declined/);
  assert.match(await panel.words(), /guest/);
  await vote(duel, 1);
  await panel.key("disconnect").click();
  await panel.reaches("guest");
  await vote(duel, 1);
  await delivered(page);
  const entries = await verifyLog(server, round);
  assert.equal(entries.flatMap(({ signed }) => signed.ballot.votes).length, 3);
  assert.ok(entries.every(({ signed }) => signed.grant === null));
  assert.deepEqual(await claims(round), []);

  // Changed their mind.
  wallet.refuses = false;
  await panel.key("connect").click();
  await panel.reaches("connected");
  // The wallet has signed; the operator is told next.
  await until("the claim", async () => (await claims(round)).length > 0);
  quiet(page);
});

test("a signature of another account than the wallet named is refused, and nothing is claimed", async () => {
  const wallet = new Wallet(newAccount(), { signer: newAccount() });
  const { round, page, duel, panel } = await arrange(wallet);
  await vote(duel, 1);
  await panel.key("connect").click();
  await panel.reaches("trouble");
  assert.match(await panel.words(), /Client::WalletAccount/);
  await vote(duel, 1);
  await delivered(page);
  assert.deepEqual(await claims(round), []);
  const guest = await page.evaluate(() => globalThis.client.signer.address);
  for (const { signed } of await verifyLog(server, round)) assert.equal(signed.ballot.voter, guest);
  quiet(page);
});

test("a wallet connected in one tab is connected in the other, and a question that was put away is over", async () => {
  const wallet = new Wallet();
  const { round } = await server.round(candidates);
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, reducedMotion: "reduce" });
  const prepare = (page) => wallet.announce(page);
  const pages = [];
  for (let at = 0; at < 2; at += 1) pages.push(await visit(browser, server, round, { widgets: "duel,wallet", context, prepare }));
  const [panel, other] = pages.map((page) => new Widget(page, "taste-wallet"));
  const page = pages[1];
  const duel = new Widget(page, "taste-duel");
  // Keys, not clicks: a tab in the background draws too seldom for the pointer.
  await duel.focus();
  await duel.answer(() => page.keyboard.press("ArrowLeft"));

  wallet.waits = true;
  await panel.key("connect").click();
  await panel.reaches("asking");
  await panel.key("disconnect").click();
  await panel.reaches("guest");
  wallet.waits = false;
  await panel.key("connect").click();
  await panel.reaches("connected");
  await other.reaches("connected");
  assert.equal(await page.evaluate(() => globalThis.client.voter), wallet.account.address);
  await page.keyboard.press("ArrowLeft");
  await duel.answer(() => page.keyboard.press("ArrowRight"));
  await delivered(page);
  assert.equal((await server.ballots(round)).at(-1).signed.ballot.voter, wallet.account.address);
  assert.equal((await summary(round)).voters, 1);
  for (const each of pages) quiet(each);
});

test("two wallets are offered by name, and the one that is pressed is asked", async () => {
  const [one, two] = [new Wallet(newAccount(), { name: "Wallet One" }), new Wallet(newAccount(), { name: "Wallet Two" })];
  const { page, panel } = await arrange(one, two);
  await until("both wallets", async () => /Wallet One[\s\S]*Wallet Two/.test(await panel.words()));
  await page.getByRole("button", { name: "Wallet Two" }).click();
  await panel.reaches("connected");
  assert.deepEqual([one.asked.length, two.asked.length], [0, 2]);
  assert.equal(await page.evaluate(() => globalThis.client.voter), two.account.address);
  quiet(page);
});

test("disconnecting gives a fresh guest key; the wallet's votes stay the wallet's", async () => {
  const wallet = new Wallet();
  const { round, page, duel, panel } = await arrange(wallet);
  await panel.key("connect").click();
  await panel.reaches("connected");
  await vote(duel, 1);
  await panel.key("disconnect").click();
  await panel.reaches("guest");
  await vote(duel, 1);
  await delivered(page);
  const [granted, guest] = await verifyLog(server, round);
  assert.equal(granted.signed.ballot.voter, wallet.account.address);
  assert.equal(guest.signed.grant, null);
  assert.notEqual(guest.signed.ballot.voter, granted.signed.grant.grant.session);
  assert.notEqual(ballotId(guest.signed.ballot), ballotId(granted.signed.ballot));
  quiet(page);
});

test("every way in which a wallet can fail is told apart, votes stay, and the next try works", async () => {
  const wallet = new Wallet();
  const { round, page, duel, panel } = await arrange(wallet);
  const state = () => page.evaluate(() => globalThis.client.wallet);
  const fails = async (code) => {
    await panel.reaches("trouble");
    assert.equal((await state()).code, code);
    await vote(duel, 1);
    await panel.key("disconnect").click();
    await panel.reaches("guest");
  };
  for (const [error, code] of [
    [{ code: 4001, message: "User rejected the request." }, "Client::WalletRejected"],
    [{ code: -32002, message: "Request of type 'eth_signTypedData_v4' already pending" }, "Client::WalletBusy"],
    [{ code: 4100, message: "The requested account has not been authorized." }, "Client::WalletAccount"],
    [{ code: 4900, message: "Disconnected" }, "Client::WalletGone"],
    [{ code: -32603, message: 'Provided chainId "1" must match the active chainId "137"' }, "Client::WalletChain"],
    [{ code: -32603, message: "Ledger device: Locked device (0x5515)" }, "Client::DeviceLocked"],
    [{ code: -32603, message: "Ledger device: Condition of use not satisfied (denied by the user?) (0x6985)" }, "Client::DeviceRejected"],
    [{ code: -32603, message: "Please enable Blind signing or Contract data in the Ethereum app Settings" }, "Client::DeviceBlindSigning"],
    [{ code: 4200, message: "not supported" }, "Client::WalletUnsupported"],
  ]) {
    wallet.fails = error;
    await panel.key("connect").click();
    await fails(code);
  }
  wallet.fails = undefined;

  // What a wallet tells while it is asked: each ends the wait at once.
  for (const [event, data, code] of [
    ["accountsChanged", [], "Client::WalletLocked"],
    ["accountsChanged", [newAccount().address], "Client::WalletAccount"],
    ["chainChanged", "0x89", "Client::WalletChain"],
    ["disconnect", { code: 4900 }, "Client::WalletGone"],
  ]) {
    wallet.waits = true;
    const asked = wallet.asked.length;
    await panel.key("connect").click();
    await until("the wallet to be asked for a signature", () => wallet.asked.length === asked + 2);
    await page.evaluate(([event, data]) => globalThis.walletTells(event, data), [event, data]);
    await fails(code);
  }
  wallet.waits = false;

  await delivered(page);
  const entries = await verifyLog(server, round);
  assert.equal(entries.flatMap(({ signed }) => signed.ballot.votes).length, 13, "no vote was lost over it");
  await panel.key("connect").click();
  await panel.reaches("connected");
  quiet(page);
});

test("a wallet that never answers can be put away at once, and its late answer changes nothing", async () => {
  const wallet = new Wallet();
  const { page, panel } = await arrange(wallet);
  wallet.waits = true;
  await panel.key("connect").click();
  await panel.reaches("asking");
  await panel.key("disconnect").click();
  await panel.reaches("guest");
  const ended = page.evaluate(async () => {
    const [wallet] = globalThis.client.wallets;
    const asked = globalThis.client.connect(wallet.uuid).then(() => "connected", ({ code }) => code);
    setTimeout(() => globalThis.client.dismissWallet(), 50);
    return asked;
  });
  assert.equal(await ended, "Client::WalletDismissed");
  quiet(page);
});

test("a key is rotated: the wallet grants a fresh one and takes the old one back; kept votes move, and the old key votes for nobody", async () => {
  const wallet = new Wallet();
  const { round, page, duel, panel } = await arrange(wallet);
  await panel.key("connect").click();
  await panel.reaches("connected");
  await vote(duel, 1);
  await delivered(page);
  const old = await page.evaluate(() => globalThis.client.signer.address);
  await vote(duel, 1);
  await page.evaluate(() => globalThis.client.rotate());
  await vote(duel, 1);
  await delivered(page);
  const fresh = await page.evaluate(() => globalThis.client.signer.address);
  assert.notEqual(fresh, old);
  assert.deepEqual(wallet.asked.map(({ method }) => method).filter((method) => method === "eth_signTypedData_v4").length, 3);
  const entries = await verifyLog(server, round);
  assert.equal(entries.flatMap(({ signed }) => signed.ballot.votes).length, 3);
  assert.ok(entries.every(({ signed }) => signed.ballot.voter === wallet.account.address));
  assert.equal(entries.at(-1).signed.grant.grant.session, fresh);

  const answer = await fetch(`${server.url}/v1/rounds/${round}/revocations`);
  const [revoked, ...others] = (await answer.text()).split("\n").filter(Boolean).map((line) => JSON.parse(line));
  assert.deepEqual([revoked.signed.revocation.session, revoked.signed.revocation.voter, others], [old, wallet.account.address, []]);
  // Its old grant brings it nowhere.
  const used = entries.find(({ signed }) => signed.grant?.grant.session === old).signed.grant;
  const again = await fetch(`${server.url}/v1/grants`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(used) });
  assert.equal((await again.json()).error.code, "BallotError::GrantRevoked");
  quiet(page);
});

test("permission is taken back: the browser goes on as a guest with a fresh key", async () => {
  const wallet = new Wallet();
  const { round, page, duel, panel } = await arrange(wallet);
  await panel.key("connect").click();
  await panel.reaches("connected");
  await vote(duel, 1);
  await page.evaluate(() => globalThis.client.revoke());
  await panel.reaches("guest");
  await vote(duel, 1);
  await delivered(page);
  const [granted, guest] = await verifyLog(server, round);
  assert.equal(granted.signed.ballot.voter, wallet.account.address);
  assert.equal(guest.signed.ballot.voter, await page.evaluate(() => globalThis.client.signer.address));
  assert.notEqual(guest.signed.ballot.voter, granted.signed.grant.grant.session);
  quiet(page);
});

test("a wallet signs a whole ballot itself, readable in its dialog, without any session key", async () => {
  const wallet = new Wallet();
  const { round } = await server.round(candidates);
  const page = await visit(browser, server, round, { prepare: (page) => wallet.announce(page) });
  const ids = await page.evaluate(async (src) => {
    const { TasteClient } = await import("/pkg/index.js");
    const client = await TasteClient.open({ src, signing: "wallet", sendAfter: 0 });
    for (const outcome of ["left", "tie", "skip"]) {
      // A question comes once somebody looks, and its content may still be on its way.
      while (client.duel.phase !== "asking") await new Promise((changed) => client.addEventListener("change", changed, { once: true }));
      await client.vote(outcome);
      await client.next();
    }
    await client.flush();
    if (client.session.export().length > 0) throw new Error("the session key signed");
    const ids = await client.signWithWallet();
    await client.flush();
    client.close();
    return ids;
  }, `/v1/rounds/${round}`);
  const shown = JSON.parse(wallet.asked.at(-1).params[1]);
  assert.deepEqual([shown.primaryType, shown.message.votes.map(({ outcome }) => outcome)], ["Ballot", ["left", "tie", "skip"]]);
  assert.deepEqual(Object.keys(shown.types).toSorted(), ["Ballot", "EIP712Domain", "Vote"]);
  const [entry, ...others] = await verifyLog(server, round);
  assert.deepEqual([entry.signed.ballot.voter, entry.signed.grant, others], [wallet.account.address, null, []]);
  assert.deepEqual(ids, [ballotId(entry.signed.ballot)]);
  quiet(page);
});
