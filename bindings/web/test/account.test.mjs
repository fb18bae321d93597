// The session key as an account: the published vectors, and viem and ethers as oracles.
import assert from "node:assert/strict";
import { test } from "node:test";
import { TypedDataEncoder, verifyMessage as ethersVerifyMessage } from "ethers";
import { createWalletClient, custom, hashMessage as viemHashMessage, hashTypedData as viemHashTypedData } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { bytes, lines, tastemaker } from "./package.mjs";

const { TasteError, checksumAddress, domain, hashMessage, hashTypedData, init, initTaste, keccak256, recover, sessionAccount, types } = tastemaker;

test("before init everything that needs the wasm says so", () => {
  assert.throws(() => keccak256(new Uint8Array()), (error) => error instanceof TasteError && error.code === "Client::NotReady");
});

test("init loads once and a second call is the same module", async () => {
  assert.equal(await init(), await init());
  assert.equal(await initTaste(), await initTaste());
});

for (const [primaryType, name, least] of [["Ballot", "ballots.jsonl", 200], ["SessionGrant", "grants.jsonl", 200], ["Revocation", "revocations.jsonl", 100], ["Receipt", "receipts.jsonl", 200], ["Round", "rounds.jsonl", 40]]) {
  test(`${primaryType}: digest, signature and signer of every vector`, async () => {
    await init();
    const vectors = lines(name);
    assert.ok(vectors.length >= least);
    for (const vector of vectors) {
      const message = JSON.parse(vector.message);
      assert.equal(hashTypedData({ domain, types, primaryType, message }), vector.digest);
      const account = await sessionAccount(bytes(vector.privateKey));
      assert.equal(account.address, vector.signer);
      assert.equal(await account.signTypedData({ domain, types, primaryType, message }), vector.signature);
      assert.equal(await recover(vector.digest, vector.signature), vector.signer);
      if (primaryType !== "SessionGrant") continue;
      const session = await sessionAccount(bytes(vector.sessionPrivateKey));
      assert.equal(session.address, vector.session);
      assert.equal(await session.signTypedData({ domain, types, primaryType, message }), vector.acceptance);
      assert.equal(await recover(vector.digest, vector.acceptance), vector.session);
    }
  });
}

test("a viem WalletClient takes the account and signs what ethers hashes alike", async () => {
  await init();
  const vector = lines("grants.jsonl")[3];
  const secret = bytes(vector.privateKey);
  const account = await sessionAccount(secret);
  const oracle = privateKeyToAccount(vector.privateKey);
  assert.deepEqual([account.address, account.publicKey, account.type], [oracle.address, oracle.publicKey, "local"]);

  const transport = custom({ request: async () => assert.fail("a local account asks nobody") });
  const wallet = createWalletClient({ account, transport });
  const json = JSON.parse(vector.message);
  const message = { ...json, notBefore: BigInt(json.notBefore), notAfter: BigInt(json.notAfter) };
  const typed = { domain, types: { SessionGrant: types.SessionGrant }, primaryType: "SessionGrant", message };
  assert.equal(await wallet.signTypedData(typed), await oracle.signTypedData(typed));
  assert.equal(hashTypedData(typed), viemHashTypedData(typed));
  assert.equal(hashTypedData(typed), TypedDataEncoder.hash(domain, { SessionGrant: [...types.SessionGrant] }, message));
  const open = { ...typed, domain: { ...domain, chainId: undefined } };
  assert.equal(hashTypedData(open), viemHashTypedData(open));

  for (const text of ["", "hello", "é🎨"]) {
    const signature = await wallet.signMessage({ message: text });
    assert.equal(signature, await oracle.signMessage({ message: text }));
    assert.equal(ethersVerifyMessage(text, signature), account.address);
    assert.equal(hashMessage(text), viemHashMessage(text));
  }
  assert.equal(hashMessage({ raw: "0x00ff" }), viemHashMessage({ raw: "0x00ff" }));
  await assert.rejects(account.signTransaction({}), { code: "Client::NoTransactions" });
});

test("what is not Tastemaker's is not signed silently", async () => {
  await init();
  const account = await sessionAccount(new Uint8Array(32).fill(7));
  const permit = { domain: { name: "USD Coin", version: "2", chainId: 1 }, types: {}, primaryType: "Permit", message: {} };
  await assert.rejects(account.signTypedData(permit), { code: "Client::ForeignTypedData" });
  await assert.rejects(account.signTypedData({ ...permit, domain: { ...domain, chainId: 1 }, primaryType: "Ballot" }), { code: "Client::ForeignTypedData" });
});

test("types that are not Tastemaker's are refused, whatever the domain says: the caller would mean another digest", async () => {
  await init();
  const account = await sessionAccount(new Uint8Array(32).fill(7));
  const message = JSON.parse(lines("ballots.jsonl")[2].message);
  const typed = { domain, primaryType: "Ballot", message };
  const good = await account.signTypedData({ ...typed, types });
  assert.equal(await account.signTypedData(typed), good, "left out, they are Tastemaker's");
  assert.equal(await account.signTypedData({ ...typed, types: { Ballot: types.Ballot, Vote: types.Vote, EIP712Domain: [] } }), good);
  for (const wrong of [
    {},
    { Ballot: types.Ballot },
    { ...types, Ballot: types.Ballot.slice(1) },
    { ...types, Ballot: [...types.Ballot].reverse() },
    { ...types, Vote: types.Vote.map((field) => (field.name === "strength" ? { ...field, type: "uint16" } : field)) },
    { ...types, Vote: [...types.Vote, { name: "note", type: "string" }] },
  ]) {
    await assert.rejects(account.signTypedData({ ...typed, types: wrong }), { code: "Client::ForeignTypedData" });
  }
});

test("a signature of WebCrypto's names its key, and the high-s twin is refused", async () => {
  await init();
  for (const { digest, signature, signer } of lines("p256.jsonl")) {
    assert.equal(await recover(digest, signature), signer);
    const s = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n - BigInt(`0x${signature.slice(66, 130)}`);
    const twin = `${signature.slice(0, 66)}${s.toString(16).padStart(64, "0")}${signature.slice(130)}`;
    await assert.rejects(recover(digest, twin), { code: "BallotError::HighS" });
  }
});

test("errors from Rust are TasteErrors with code, message and hint", async () => {
  await init();
  const { digest, signature } = lines("ballots.jsonl")[0];
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
  const s = order - BigInt(`0x${signature.slice(66, 130)}`);
  const twin = `${signature.slice(0, 66)}${s.toString(16).padStart(64, "0")}${signature.endsWith("1b") ? "1c" : "1b"}`;
  for (const [call, code] of [
    [() => recover(digest, twin), "BallotError::HighS"],
    [() => recover("0x12", signature), "CoreError::Digest"],
    [() => recover(digest, "0x123"), "BallotError::SignatureFormat"],
    [() => recover(digest, "0x12"), "BallotError::ContractSignature"],
    [async () => checksumAddress("0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d35A"), "BallotError::Address"],
    [() => sessionAccount(new Uint8Array(31)), "BallotError::Key"],
    [() => sessionAccount(new Uint8Array(32)), "BallotError::Key"],
  ]) {
    await assert.rejects(call, (error) => error instanceof TasteError && error.code === code && error.message !== "" && error.hint !== "", code);
  }
  assert.equal(checksumAddress("0xfb6916095ca1df60bb79ce92ce3ea74c37c5d359"), "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359");
});
