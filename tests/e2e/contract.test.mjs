// Contract wallets over a real chain: deployed ones (ERC-1271), one that is not deployed yet (ERC-6492), one that refuses;
// and a chain that is gone, slow, or talks nonsense. The contracts are in `contracts/wallets.sol`.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";

import { after, before, test } from "./bounded.mjs";
import { domain, toJson, types, viem } from "../vectors/oracle.mjs";
import { Server, require, texts, until } from "./harness.mjs";
import { duel, newAccount } from "./protocol.mjs";

const CHAIN = 31_337;
const { Wallet, Refuser, Factory } = JSON.parse(readFileSync(new URL("contracts/wallets.json", import.meta.url), "utf8"));
const words = (...values) => viem.encodeAbiParameters(values.map(() => ({ type: "address" })), values).slice(2);

/** A chain of its own, by npm `@foundry-rs/anvil`. */
class Anvil {
  async start() {
    const arch = { x64: "amd64" }[process.arch] ?? process.arch;
    const system = { win32: "win32" }[process.platform] ?? process.platform;
    const folder = dirname(require.resolve(`@foundry-rs/anvil-${system}-${arch}/package.json`));
    this.child = spawn(join(folder, "bin", system === "win32" ? "anvil.exe" : "anvil"), ["--port", "0"], { stdio: ["ignore", "pipe", "inherit"] });
    process.on("exit", () => this.child.kill("SIGKILL"));
    this.url = await new Promise((found, failed) => {
      this.child.once("error", failed);
      this.child.once("exit", (code) => failed(new Error(`anvil ended with ${code}`)));
      createInterface(this.child.stdout).on("line", (line) => {
        const address = /Listening on (\S+)/.exec(line);
        if (address) found(`http://${address[1]}`);
      });
    });
    [this.from] = await this.rpc("eth_accounts");
    return this;
  }
  async rpc(method, ...params) {
    const answer = await fetch(this.url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
    });
    const { result, error } = await answer.json();
    if (error) throw new Error(error.message);
    return result;
  }
  async transact(data, to) {
    const hash = await this.rpc("eth_sendTransaction", { from: this.from, data, ...(to && { to }) });
    // It is mined in its own time, and until then there is none.
    let receipt = null;
    await until("the receipt", async () => (receipt = await this.rpc("eth_getTransactionReceipt", hash)) !== null);
    assert.equal(receipt.status, "0x1");
    return receipt.contractAddress && viem.getAddress(receipt.contractAddress);
  }
  stop() {
    this.child.kill("SIGKILL");
  }
}

let anvil, candidates, factory;
before(async () => {
  anvil = await new Anvil().start();
  factory = await anvil.transact(Factory);
  candidates = texts(["One.", "Two.", "Three."]);
});
after(() => anvil?.stop());

/** A server that asks this node, and a round on it. */
async function arrange(t, url = anvil.url, settings = {}) {
  const server = await Server.start({ settings: { [`rpc.${CHAIN}`]: url, rpc_timeout: 2, ...settings } });
  t.after(() => server.stop());
  const { round } = await server.round(candidates);
  const view = await server.json(`/v1/rounds/${round}`);
  return { server, round, ids: view.signed.round.candidates.map(({ id }) => id) };
}

let sequence = 0n;

/** A ballot of this contract, signed however `sign` does it. */
async function ballotOf({ round, ids }, voter, sign) {
  const now = BigInt(Math.floor(Date.now() / 1000));
  const votes = [{ ...duel(ids[0], ids[1], "left") }];
  sequence += 1n;
  const message = { round, voter, sequence, issuedAt: now, deadline: now + 3600n, source: "", votes };
  const hash = viem.hashTypedData({ domain, types, primaryType: "Ballot", message });
  return { hash, body: `{"ballot":${toJson("Ballot", message)},"signature":"${await sign(hash)}","grant":null}` };
}

async function send(server, body) {
  const started = Date.now();
  const answer = await fetch(`${server.url}/v1/ballots`, { method: "POST", headers: { "content-type": "application/json" }, body });
  const json = await answer.json();
  return { status: answer.status, code: json.error?.code, seconds: (Date.now() - started) / 1000 };
}

test("a deployed contract wallet votes by its owner's key; the log names the block at which anybody can ask again", async (t) => {
  const arranged = await arrange(t);
  const owner = newAccount();
  const wallet = await anvil.transact(Wallet + words(owner.address));
  const { hash, body } = await ballotOf(arranged, wallet, (hash) => owner.sign({ hash }));
  assert.equal((await send(arranged.server, body)).status, 201);
  const [{ signed, chain }] = await arranged.server.ballots(arranged.round);
  assert.equal(signed.ballot.voter, wallet);
  assert.equal(chain.id, String(CHAIN));
  const call = viem.encodeFunctionData({
    abi: viem.parseAbi(["function isValidSignature(bytes32,bytes) view returns (bytes4)"]),
    args: [hash, signed.signature],
  });
  const said = await anvil.rpc("eth_call", { to: wallet, data: call }, viem.toHex(BigInt(chain.block)));
  assert.match(said, /^0x1626ba7e/);

  // Another key is not its owner's, and the owner's key did not sign another ballot.
  const strangers = await ballotOf(arranged, wallet, (hash) => newAccount().sign({ hash }));
  assert.deepEqual([401, "BallotError::ContractRefused"], Object.values(await send(arranged.server, strangers.body)).slice(0, 2));
  const other = await ballotOf(arranged, wallet, () => signed.signature);
  assert.equal((await send(arranged.server, other.body)).code, "BallotError::ContractRefused");
});

test("a wallet that is not deployed yet votes by a signature that says how it would be", async (t) => {
  const arranged = await arrange(t);
  const owner = newAccount();
  const data = viem.encodeFunctionData({ abi: viem.parseAbi(["function deploy(address owner)"]), args: [owner.address] });
  const code = viem.keccak256(Wallet + words(owner.address));
  const address = viem.getContractAddress({ opcode: "CREATE2", from: factory, salt: viem.zeroHash, bytecodeHash: code });
  const wrapped = (by) => async (hash) => viem.serializeErc6492Signature({ address: factory, data, signature: await by.sign({ hash }) });
  assert.equal(await anvil.rpc("eth_getCode", address, "latest"), "0x");
  const good = await ballotOf(arranged, address, wrapped(owner));
  assert.equal((await send(arranged.server, good.body)).status, 201);
  assert.equal(await anvil.rpc("eth_getCode", address, "latest"), "0x", "nothing was deployed by asking");
  const bad = await ballotOf(arranged, address, wrapped(newAccount()));
  assert.equal((await send(arranged.server, bad.body)).code, "BallotError::ContractRefused");

  // Once it is deployed, its plain signatures count too.
  await anvil.transact(data, factory);
  const plain = await ballotOf(arranged, address, (hash) => owner.sign({ hash }));
  assert.equal((await send(arranged.server, plain.body)).status, 201);
});

test("a wallet that reverts, an address without code, and code that is no wallet are refused", async (t) => {
  const arranged = await arrange(t);
  const owner = newAccount();
  for (const voter of [await anvil.transact(Refuser), newAccount().address, factory]) {
    for (const sign of [(hash) => owner.sign({ hash }), async () => `0x${"ab".repeat(100)}`]) {
      const { body } = await ballotOf(arranged, voter, sign);
      const { status, code } = await send(arranged.server, body);
      assert.deepEqual([status, code], [401, "BallotError::ContractRefused"]);
    }
  }
});

test("a contract wallet's grant is asked about once; its session key then votes on that word", async (t) => {
  const asked = [];
  const proxy = createServer(async (request, response) => {
    let body = "";
    for await (const part of request) body += part;
    asked.push(JSON.parse(body).method);
    const answer = await fetch(anvil.url, { method: "POST", headers: { "content-type": "application/json" }, body });
    response.setHeader("content-type", "application/json");
    response.end(await answer.text());
  });
  await new Promise((done) => proxy.listen(0, "127.0.0.1", done));
  t.after(() => proxy.close());
  const arranged = await arrange(t, `http://127.0.0.1:${proxy.address().port}`);
  const [owner, session] = [newAccount(), newAccount()];
  const wallet = await anvil.transact(Wallet + words(owner.address));
  const now = BigInt(Math.floor(Date.now() / 1000));
  const message = { voter: wallet, session: session.address, scope: "*", origin: "https://example.org", notBefore: now - 60n, notAfter: now + 3600n };
  const hash = viem.hashTypedData({ domain, types, primaryType: "SessionGrant", message });
  const grant = `{"grant":${toJson("SessionGrant", message)},"signature":"${await owner.sign({ hash })}","acceptance":"${await session.sign({ hash })}"}`;
  for (let at = 0; at < 3; at += 1) {
    const { body } = await ballotOf(arranged, wallet, (hash) => session.sign({ hash }));
    assert.equal((await send(arranged.server, body.replace('"grant":null', `"grant":${grant}`))).status, 201);
  }
  const entries = await arranged.server.ballots(arranged.round);
  assert.equal(new Set(entries.map(({ chain }) => `${chain.id} ${chain.block}`)).size, 1);
  assert.equal(asked.filter((method) => method === "eth_call").length, 1);
});

test("a chain that is gone, slow or talks nonsense: the ballot is to be sent again, others are taken meanwhile, and nothing hangs", async (t) => {
  const slow = createServer(() => undefined);
  const nonsense = createServer((_, response) => response.end("<h1>Welcome</h1>"));
  for (const each of [slow, nonsense]) {
    await new Promise((done) => each.listen(0, "127.0.0.1", done));
    t.after(() => {
      each.closeAllConnections();
      each.close();
    });
  }
  const owner = newAccount();
  const wallet = await anvil.transact(Wallet + words(owner.address));
  const urls = ["http://127.0.0.1:1", ...[slow, nonsense].map((each) => `http://127.0.0.1:${each.address().port}`)];
  for (const url of urls) {
    const arranged = await arrange(t, url);
    const { body } = await ballotOf(arranged, wallet, (hash) => owner.sign({ hash }));
    const guest = newAccount();
    const own = await ballotOf(arranged, guest.address, (hash) => guest.sign({ hash }));
    const [asked, taken] = await Promise.all([send(arranged.server, body), send(arranged.server, own.body)]);
    assert.deepEqual([asked.status, asked.code, taken.status], [503, "ServerError::ChainUnavailable", 201], url);
    assert.ok(asked.seconds < 10, `${asked.seconds} s`);
    assert.equal((await arranged.server.ballots(arranged.round)).length, 1);
  }
});
