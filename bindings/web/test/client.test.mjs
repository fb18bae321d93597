// The client over an operator in memory. The real server is exercised end to end in tests/e2e; here is what that
// cannot show on demand: lost answers, refusals one by one, two tabs over one store.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { hashTypedData } from "viem";
import { bytes, lines, tastemaker } from "./package.mjs";
import { makeRound, operator, signed, texts, walletAccount } from "./round.mjs";

const { MemoryStore, TasteClient, TasteError, domain, embed, init, recover, types } = tastemaker;
const HOST = "https://operator.test";

/** An operator: receipts for ballots, each once; `fail` says what to do instead. */
class Operator {
  ballots = new Map();
  requests = [];
  fail = () => undefined;

  constructor(view) {
    this.view = view;
  }
  async json(url, body) {
    const path = url.slice(HOST.length);
    this.requests.push(path);
    const failure = this.fail(path, body);
    if (failure === "lost") await this.answer(path, body);
    if (failure !== undefined) throw failure === "lost" ? new TasteError("Client::Network", "gone") : failure;
    return this.answer(path, body);
  }
  async answer(path, body) {
    if (path === `/v1/rounds/${this.view.id}`) return structuredClone(this.view);
    if (path === "/v1/grants") return { grant: "0x", voter: body.grant.voter, session: body.grant.session, claimed: 2 };
    if (path === "/v1/revocations") return { voter: body.revocation.voter, session: body.revocation.session, revokedAt: body.revocation.revokedAt };
    if (path === "/healthz") return { status: "ok", operator: operator.address, clock: String(Math.floor(Date.now() / 1000)) };
    assert.equal(path, "/v1/ballots");
    const message = { ...body.ballot, sequence: BigInt(body.ballot.sequence), issuedAt: BigInt(body.ballot.issuedAt), deadline: BigInt(body.ballot.deadline) };
    const id = hashTypedData({ domain, types: { Ballot: types.Ballot, Vote: types.Vote }, primaryType: "Ballot", message });
    if (!this.ballots.has(id)) this.ballots.set(id, { index: String(this.ballots.size), body });
    const receipt = { ballot: id, round: this.view.id, index: this.ballots.get(id).index, acceptedAt: "1" };
    return { receipt, signature: await signed("Receipt", receipt) };
  }
  async text(url) {
    const id = url.split("/").at(-1);
    return texts.find((text) => `0x${createHash("sha256").update(text).digest("hex")}` === id);
  }
  async bytes() {
    throw new TasteError("Client::Network", "no files here");
  }
  events() {
    return () => undefined;
  }
  get votes() {
    return [...this.ballots.values()].flatMap(({ body }) => body.ballot.votes);
  }
}

async function open(t, more = {}) {
  const view = more.view ?? (await makeRound());
  const transport = more.transport ?? new Operator(view);
  const client = await TasteClient.open({ src: `${HOST}/v1/rounds/${view.id}`, transport, store: new MemoryStore(), sendAfter: 3600, ...more });
  t.after(() => client.close());
  await settled(client, () => client.duel.phase !== "loading");
  return { client, transport, view };
}

/** Lets everything happen that follows without a timer. */
async function quiet() {
  for (let turn = 0; turn < 200; turn += 1) await new Promise(setImmediate);
}

/** A wallet of this account; `sign` may answer otherwise. */
function walletOf(account, sign = (typed) => account.signTypedData(typed)) {
  return {
    request: async ({ method, params }) => {
      if (method === "eth_requestAccounts") return [account.address.toLowerCase()];
      if (method === "eth_getCode") return "0x";
      assert.equal(method, "eth_signTypedData_v4");
      const { types: { EIP712Domain: _, ...rest }, ...typed } = JSON.parse(params[1]);
      return sign({ ...typed, types: rest });
    },
  };
}

const declines = async () => Promise.reject(Object.assign(new Error("no"), { code: 4001 }));

/** A store that two tabs share, as a browser's. */
const shared = () => Object.assign(new MemoryStore(), { persistent: true });

/** Waits for the change that makes it true. */
function settled(client, done) {
  if (done()) return Promise.resolve();
  return new Promise((resolve) => {
    const look = () => {
      if (!done()) return;
      client.removeEventListener("change", look);
      resolve();
    };
    client.addEventListener("change", look);
  });
}

test("a vote is signed, sent once, and its receipt checked", async (t) => {
  const { client, transport } = await open(t);
  assert.equal(client.duel.phase, "asking");
  const committed = client.commitment();
  assert.equal(committed.text, null);
  await client.vote("left");
  assert.equal(client.delivery.kept, 1);
  const opened = client.commitment();
  assert.equal(createHash("sha256").update(opened.text).digest("hex"), committed.digest.slice(2));
  await client.next();
  await client.vote("skip");
  await client.flush();
  assert.equal(client.delivery.kept, 0);
  assert.equal(transport.ballots.size, 1);
  assert.equal(transport.votes.length, 2);
  await client.flush();
  assert.equal(transport.ballots.size, 1);
});

test("a lost answer: the very same ballot is sent again and counted once, also after a reload", async (t) => {
  const store = new MemoryStore();
  const { client, transport, view } = await open(t, { store });
  await client.vote("left");
  transport.fail = (path) => (path === "/v1/ballots" ? "lost" : undefined);
  await client.flush();
  assert.equal(client.delivery.kept, 1);
  assert.equal(client.delivery.trouble, "Client::Network");
  assert.ok(client.delivery.retryIn >= 1);
  client.close();
  transport.fail = () => undefined;
  const { client: again } = await open(t, { store, transport, view });
  await again.flush();
  assert.equal(again.delivery.kept, 0);
  assert.equal(transport.ballots.size, 1);
});

test("offline from the start: the kept copy of the round opens, votes wait", async (t) => {
  const store = new MemoryStore();
  const { client, transport, view } = await open(t, { store });
  client.close();
  transport.fail = () => new TasteError("Client::Network", "offline");
  const { client: offline } = await open(t, { store, transport, view });
  await offline.vote("tie");
  await offline.flush();
  assert.equal(offline.delivery.kept, 1);
  transport.fail = () => undefined;
  await offline.request({ request: "retry" });
  assert.equal(offline.delivery.kept, 0);
});

test("refusals: a sequence that is behind is signed again; a closed round is said, not hidden", async (t) => {
  const { client, transport } = await open(t);
  await client.vote("left");
  const behind = (hint) => new TasteError("ServerError::SequenceBehind", "behind", hint, { status: 409 });
  const last = Math.floor(Date.now() / 1000) + 1000;
  let times = 0;
  transport.fail = (path) => (path === "/v1/ballots" && times++ === 0 ? behind(`above the last accepted one, ${last}`) : undefined);
  await client.flush();
  assert.equal(client.delivery.kept, 0);
  assert.equal([...transport.ballots.values()][0].body.ballot.sequence, String(last + 1));

  await client.next();
  await client.vote("right");
  transport.fail = (path) => (path === "/v1/ballots" ? new TasteError("ServerError::RoundClosed", "closed", "", { status: 409 }) : undefined);
  const refused = new Promise((resolve) => client.addEventListener("taste-ballot-refused", (event) => resolve(event.detail)));
  await client.flush();
  assert.equal((await refused).remedy, "give-up");
  assert.deepEqual([client.delivery.kept, client.delivery.undeliverable, client.delivery.trouble], [0, 1, "ServerError::RoundClosed"]);
  assert.equal((await client.export()).length, 2);
});

test("two tabs over one store send each vote once and know each other's votes", async (t) => {
  const store = new MemoryStore();
  const { client: one, transport, view } = await open(t, { store });
  const { client: two } = await open(t, { store, transport, view });
  await Promise.all([one.vote("left"), two.vote("right")]);
  await Promise.all([one.flush(), two.flush()]);
  await Promise.all([one.flush(), two.flush()]);
  assert.equal(transport.votes.length, new Set(transport.votes.map((vote) => JSON.stringify(vote))).size);
  assert.deepEqual([one.delivery.kept, two.delivery.kept], [0, 0]);
  assert.equal((await one.export()).length, (await two.export()).length);
});

/** The same store, as a tab sees it whose transactions wait until `ready()`. */
const waiting = (store, ready) =>
  new Proxy(store, {
    get(target, name) {
      if (name === "update") return (...parameters) => ready().then(() => target.update(...parameters));
      return typeof target[name] === "function" ? target[name].bind(target) : target[name];
    },
  });

test("one tab exports while another sends: no vote is signed into two ballots", async (t) => {
  const store = new MemoryStore();
  let ready = Promise.resolve();
  const { client: one, transport, view } = await open(t, { store: waiting(store, () => ready) });
  await one.vote("left");
  const { client: two } = await open(t, { store, transport, view });
  // In the same second both would write the very same ballot.
  one.now = () => Date.now() / 1000 + 1;
  ready = two.flush();
  await one.export();
  await one.flush();
  await two.flush();
  assert.equal(transport.votes.length, 1);
  assert.deepEqual([(await one.export()).length, (await two.export()).length], [1, 1]);
});

test("what one tab signed the other does not sign again", async (t) => {
  const store = new MemoryStore();
  const { client: one, transport, view } = await open(t, { store });
  const { client: two } = await open(t, { store, transport, view });
  await one.vote("left");
  await two.vote("right");
  await one.next();
  await one.vote("tie");
  await one.flush();
  // The other knows of two of the votes, and not yet that they are in a ballot.
  await two.export();
  await two.flush();
  assert.equal(transport.votes.length, new Set(transport.votes.map((vote) => JSON.stringify(vote))).size);
});

test("a vote is shown once it is stored, and not before", async (t) => {
  const store = new MemoryStore();
  const { client } = await open(t, { store });
  const update = store.update.bind(store);
  let stored;
  store.update = async (...parameters) => {
    await new Promise((resolve) => (stored = resolve));
    return update(...parameters);
  };
  const told = [];
  client.addEventListener("change", () => told.push(client.duel.phase));
  const vote = client.vote("left").then(() => told.push("resolved"));
  await quiet();
  assert.deepEqual(told, []);
  stored();
  await vote;
  assert.deepEqual(told, ["answered", "resolved"]);
});

test("a device without room says so; votes are sent all the same", async (t) => {
  const store = new MemoryStore();
  const { client, transport } = await open(t, { store });
  assert.equal(client.delivery.storage, null);
  store.update = async () => Promise.reject(new DOMException("no room", "QuotaExceededError"));
  await client.vote("left");
  assert.deepEqual([client.delivery.kept, client.delivery.storage, client.delivery.trouble], [1, "Client::Storage", null]);
  await client.flush();
  assert.equal(transport.votes.length, 1);
  assert.equal(client.delivery.kept, 0);
});

test("texts that do not come are asked for after a pause, not in a circle", async (t) => {
  const view = await makeRound();
  const transport = new Operator(view);
  let asked = 0;
  transport.text = async () => {
    asked += 1;
    throw new TasteError("Client::Network", "gone");
  };
  const client = await TasteClient.open({ src: `${HOST}/v1/rounds/${view.id}`, transport, store: new MemoryStore() });
  t.after(() => client.close());
  await quiet();
  assert.ok(asked >= 2 && asked <= texts.length, `${asked} requests`);
});

test("a clock that cannot be compared now is compared later, by itself", async (t) => {
  const { client, transport } = await open(t);
  await client.vote("left");
  transport.fail = (path) => {
    if (path === "/v1/ballots") return new TasteError("ServerError::ClockSkew", "from the future", "", { status: 400 });
    if (path === "/healthz") return new TasteError("Client::Network", "gone");
    return undefined;
  };
  await client.flush();
  assert.equal(client.delivery.kept, 1);
  assert.ok(client.delivery.retryIn >= 1, "a later try is planned");
  transport.fail = () => undefined;
  await client.request({ request: "retry" });
  assert.equal(client.delivery.kept, 0);
});

test("a wallet grants the session key once; what was voted as a guest goes on for it", async (t) => {
  const { client, transport } = await open(t);
  const guest = client.voter;
  await client.vote("left");
  assert.deepEqual(await client.connect(walletOf(walletAccount)), { address: walletAccount.address, claimed: 2 });
  assert.deepEqual([client.wallet.state, client.voter], ["connected", walletAccount.address]);
  await client.flush();
  const [{ body }] = transport.ballots.values();
  assert.deepEqual([body.ballot.voter, body.grant.grant.session, body.grant.grant.voter], [walletAccount.address, guest, walletAccount.address]);
  await client.disconnect();
  assert.equal(client.wallet.state, "guest");
  assert.notEqual(client.voter, guest);
});

test("something on the way that refuses the grant does not undo it: the ballots bring it", async (t) => {
  const { client, transport } = await open(t);
  const { createWalletClient, custom } = await import("viem");
  const wallet = createWalletClient({ account: walletAccount, transport: custom({ request: async () => assert.fail("local") }) });
  transport.fail = (path) => (path === "/v1/grants" ? new TasteError("Client::Status", "the server answers 403", "", { status: 403 }) : undefined);
  await client.connect(wallet);
  await client.vote("left");
  await client.flush();
  assert.deepEqual([client.wallet.state, client.voter], ["connected", walletAccount.address]);
  const [{ body }] = transport.ballots.values();
  assert.equal(body.ballot.voter, walletAccount.address);
  // For a device whose clock is hours ahead of the operator's.
  assert.ok(Number(body.grant.grant.notBefore) < Date.now() / 1000 - 12 * 3600);
});

test("a viem WalletClient connects as it is", async (t) => {
  const { client } = await open(t);
  const { createWalletClient, custom } = await import("viem");
  const wallet = createWalletClient({ account: walletAccount, transport: custom({ request: async () => assert.fail("local") }) });
  assert.equal((await client.connect(wallet)).address, walletAccount.address);
});

test("a wallet that declines or signs with another account leaves the guest as they were", async (t) => {
  const { client } = await open(t);
  await assert.rejects(client.connect({ request: declines }), { code: "Client::WalletRejected" });
  assert.equal(client.wallet.state, "trouble");
  const other = {
    request: async ({ method }) => {
      if (method === "eth_getCode") return "0x";
      return method === "eth_requestAccounts" ? [walletAccount.address] : operator.signMessage({ message: "x" });
    },
  };
  await assert.rejects(client.connect(other), { code: "Client::WalletAccount" });
  await assert.rejects(client.connect(), { code: "Client::NoWallet" });
  await client.vote("left");
  assert.equal(client.delivery.kept, 1);
});

test("a question to a wallet that was put away changes nothing any more", async (t) => {
  const { client } = await open(t);
  let answer;
  const slow = walletOf(walletAccount, () => new Promise((resolve) => (answer = resolve)));
  const first = client.connect(slow);
  const failed = assert.rejects(first, { code: "Client::WalletDismissed" });
  await quiet();
  await client.dismissWallet();
  assert.equal(client.wallet.state, "guest");
  await client.connect(walletOf(operator));
  answer(`0x${"00".repeat(65)}`);
  await failed;
  assert.deepEqual([client.wallet.state, client.voter], ["connected", operator.address]);
});

test("a person who is connected and declines another wallet stays with the first", async (t) => {
  const { client, transport } = await open(t);
  await client.connect(walletOf(walletAccount));
  const key = client.signer.address;
  await assert.rejects(client.connect(walletOf(operator, declines)), { code: "Client::WalletRejected" });
  assert.deepEqual([client.voter, client.signer.address], [walletAccount.address, key]);
  await client.dismissWallet();
  assert.equal(client.wallet.state, "connected");
  await client.connect(walletOf(operator));
  assert.notEqual(client.signer.address, key, "a session key belongs to one wallet");
  await client.vote("left");
  await client.flush();
  assert.equal([...transport.ballots.values()].at(-1).body.ballot.voter, operator.address);
});

test("a grant that does not reach the operator is kept; one that it refuses keeps no vote from being sent", async (t) => {
  const { client, transport } = await open(t);
  const answers = (error) => (transport.fail = (path) => (path === "/v1/grants" ? error : undefined));
  answers(new TasteError("Client::Status", "the server answers 429", "", { status: 429 }));
  await client.connect(walletOf(walletAccount));
  assert.deepEqual([client.wallet.state, client.voter], ["connected", walletAccount.address]);
  answers(new TasteError("BallotError::GrantExpired", "over", "", { status: 401 }));
  await client.vote("left");
  await client.flush();
  assert.equal(client.delivery.kept, 0);
  assert.equal([...transport.ballots.values()][0].body.grant, null);
  assert.deepEqual([client.wallet.state, client.wallet.code], ["trouble", "BallotError::GrantExpired"]);
});

test("a ballot whose grant does not hold any more waits for another, and the panel asks for one", async (t) => {
  const { client, transport } = await open(t);
  await client.connect(walletOf(walletAccount));
  await client.vote("left");
  transport.fail = (path) => (path === "/v1/ballots" ? new TasteError("BallotError::GrantExpired", "over", "", { status: 401 }) : undefined);
  await client.flush();
  assert.deepEqual([client.delivery.kept, client.wallet.state, client.wallet.code], [1, "trouble", "BallotError::GrantExpired"]);
  transport.fail = () => undefined;
  await client.connect(walletOf(walletAccount));
  await client.flush();
  assert.deepEqual([client.delivery.kept, client.wallet.state], [0, "connected"]);
});

test("who votes is the same in every tab: a wallet connected in one is connected in all, and so is leaving it", async (t) => {
  const store = shared();
  const { client: one, transport, view } = await open(t, { store });
  const { client: two } = await open(t, { store, transport, view });
  await two.vote("left");
  await one.connect(walletOf(walletAccount));
  await settled(two, () => two.wallet.state === "connected");
  assert.equal(two.voter, walletAccount.address);
  await two.next();
  await two.vote("right");
  await one.disconnect();
  await settled(two, () => two.wallet.state === "guest");
  assert.deepEqual([two.voter, two.signer.address], [one.voter, one.voter]);
  await two.next();
  await two.vote("tie");
  await Promise.all([one.flush(), two.flush()]);
  await Promise.all([one.flush(), two.flush()]);
  const votes = [...transport.ballots.values()].flatMap(({ body }) => body.ballot.votes.map(({ outcome }) => [outcome, body.ballot.voter]));
  assert.deepEqual(new Map(votes), new Map([["left", walletAccount.address], ["right", walletAccount.address], ["tie", one.voter]]));
});

test("a contract wallet's signature is the operator's to judge, not this device's", async (t) => {
  const contract = (code, answer) => ({
    request: async ({ method }) => ({ eth_requestAccounts: [walletAccount.address], eth_getCode: code })[method] ?? answer(),
  });
  const owners = () => operator.signMessage({ message: "as the contract wants it" });
  for (const [code, answer, works] of [
    // Deployed: what its owner's key signs looks like another account's.
    ["0x6080", owners, true],
    // Not deployed yet, and says so (ERC-6492).
    ["0x", async () => `0x${"12".repeat(100)}${"6492".repeat(16)}`, true],
    // No contract: another account.
    ["0x", owners, false],
  ]) {
    const { client, transport } = await open(t);
    await client.vote("left");
    const connected = client.connect(contract(code, answer));
    if (!works) {
      await assert.rejects(connected, { code: "Client::WalletAccount" });
      continue;
    }
    assert.equal((await connected).address, walletAccount.address);
    await client.flush();
    assert.equal([...transport.ballots.values()][0].body.ballot.voter, walletAccount.address);
  }
});

test("a revocation that does not reach the operator is told again, before any ballot", async (t) => {
  const { client, transport } = await open(t);
  await client.connect(walletOf(walletAccount));
  const old = client.signer.address;
  transport.fail = (path) => (path === "/v1/revocations" ? new TasteError("Client::Network", "gone") : undefined);
  await client.rotate(walletOf(walletAccount));
  assert.notEqual(client.signer.address, old);
  assert.equal(client.wallet.state, "connected");
  transport.fail = () => undefined;
  transport.requests.length = 0;
  await client.vote("left");
  await client.flush();
  assert.deepEqual(transport.requests.filter((path) => /revocations|ballots/.test(path)), ["/v1/revocations", "/v1/ballots"]);
  await client.next();
  await client.vote("left");
  await client.flush();
  assert.equal(transport.requests.filter((path) => path === "/v1/revocations").length, 1);
});

test("only who granted can rotate or revoke, and only where there is a grant", async (t) => {
  const { client } = await open(t);
  await assert.rejects(client.rotate(walletOf(walletAccount)), { code: "Client::NoGrant" });
  await client.connect(walletOf(walletAccount));
  const key = client.signer.address;
  for (const act of ["rotate", "revoke"]) {
    await assert.rejects(client[act](walletOf(operator)), { code: "Client::WalletAccount" });
    await assert.rejects(client[act](walletOf(walletAccount, declines)), { code: "Client::WalletRejected" });
  }
  assert.deepEqual([client.signer.address, client.voter], [key, walletAccount.address]);
});

test("a wallet signs a ballot itself; a contract's is sent as it is, another account's is not", async (t) => {
  const { client, transport } = await open(t, { signing: "wallet" });
  await client.vote("left");
  await client.flush();
  assert.equal(transport.ballots.size, 0, "the session key leaves it to the wallet");
  await assert.rejects(client.signWithWallet(walletOf(walletAccount, (typed) => operator.signTypedData(typed))), { code: "Client::WalletAccount" });
  assert.equal(client.delivery.kept, 1);
  assert.equal((await client.signWithWallet(walletOf(walletAccount))).length, 1);
  await client.flush();
  const [{ body }] = transport.ballots.values();
  assert.deepEqual([body.ballot.voter, body.grant], [walletAccount.address, null]);

  await client.next();
  await client.vote("tie");
  const contract = { request: async ({ method }) => ({ eth_requestAccounts: [operator.address], eth_getCode: "0x60" })[method] ?? `0x${"ab".repeat(200)}` };
  await client.signWithWallet(contract);
  await client.flush();
  const last = [...transport.ballots.values()].at(-1).body;
  assert.deepEqual([last.ballot.voter, last.signature.length], [operator.address, 402]);
});

test("an undo while a wallet is looking at the ballot: what it signs then is dropped, and it is asked for what is left", async (t) => {
  const { client, transport } = await open(t, { signing: "wallet" });
  for (const outcome of ["left", "right"]) {
    await client.vote(outcome);
    await client.next();
  }
  let asked = 0;
  const wallet = walletOf(walletAccount, async (typed) => {
    asked += 1;
    if (asked === 1) await client.undo();
    return walletAccount.signTypedData(typed);
  });
  assert.equal((await client.signWithWallet(wallet)).length, 1);
  await client.flush();
  assert.deepEqual([asked, transport.votes.map(({ outcome }) => outcome)], [2, ["left"]]);
});

test("a grant may be narrow and short", async (t) => {
  const { client, view, transport } = await open(t);
  await client.connect(walletOf(walletAccount), { scope: view.id, days: 0.5 });
  await client.vote("left");
  await client.flush();
  const { grant } = [...transport.ballots.values()][0].body.grant;
  assert.equal(grant.scope, view.id);
  assert.ok(Number(grant.notAfter) - Date.now() / 1000 < 12 * 3600 + 5);
});

test("a static round needs no server: votes are signed into a file", async (t) => {
  const view = await makeRound();
  const content = Object.fromEntries(view.signed.round.candidates.map((candidate, index) => [candidate.id, texts[index]]));
  const transport = new Proxy({}, { get: (_, name) => (name === "then" ? undefined : () => assert.fail(`${String(name)} was called`)) });
  const client = await TasteClient.open({ round: { ...view, content }, store: new MemoryStore(), transport });
  t.after(() => client.close());
  assert.equal(client.duel.pair[0].text.startsWith("Story"), true);
  await client.vote("right");
  await assert.rejects(client.approve("for"), { code: "SdkError::NoQuestion" }, "nobody has seen one");
  assert.equal(client.approval.phase, "asking");
  await client.approve("for");
  const file = await (await client.exportBallots()).text();
  const ballots = file.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.equal(ballots.length, 1);
  assert.deepEqual(ballots[0].ballot.votes.map(({ kind }) => kind), ["duel", "approval"]);
  assert.equal(ballots[0].grant, null);
});

test("without consent nothing is stored or sent; with it, everything goes on", async (t) => {
  const store = new MemoryStore();
  const { client, transport } = await open(t, { consent: false });
  await client.vote("left");
  await client.flush();
  assert.equal(transport.ballots.size, 0);
  await client.giveConsent(store);
  await client.flush();
  assert.equal(transport.votes.length, 1);
});

test("a round without an id in its address is looked at: whose signature is not its operator's is refused", async (t) => {
  const view = await makeRound();
  const changed = structuredClone(view);
  changed.signed.round.title += "!";
  await assert.rejects(TasteClient.open({ round: changed, store: new MemoryStore() }), { code: "SdkError::RoundSignature" });
  const client = await TasteClient.open({ round: view, store: new MemoryStore() });
  t.after(() => client.close());
});

test("a receipt that somebody else signed does not count", async (t) => {
  const { client, transport } = await open(t);
  await client.vote("left");
  const answer = transport.answer.bind(transport);
  transport.answer = async (path, body) => {
    const said = await answer(path, body);
    return path === "/v1/ballots" ? { ...said, signature: await signed("Receipt", said.receipt, walletAccount) } : said;
  };
  await client.flush();
  assert.deepEqual([client.delivery.kept, client.delivery.trouble], [1, "BallotError::SignerMismatch"]);
  transport.answer = answer;
  await client.request({ request: "retry" });
  assert.deepEqual([client.delivery.kept, client.delivery.unchecked], [0, 0]);
});

test("the session key is one that no script can read, and signs as P-256 does", async (t) => {
  const store = new MemoryStore();
  const { client, transport } = await open(t, { store });
  await client.vote("left");
  await client.flush();
  const [[id, { body }]] = transport.ballots;
  assert.equal(body.signature.length, 2 + 256);
  const raw = bytes(body.signature);
  const key = await crypto.subtle.importKey("raw", Uint8Array.of(4, ...raw.slice(64)), { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
  assert.ok(await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, raw.slice(0, 64), bytes(id)));
  assert.equal(await recover(id, body.signature), body.ballot.voter);
  const { privateKey } = (await store.identity()).key;
  await assert.rejects(crypto.subtle.exportKey("pkcs8", privateKey));
  await assert.rejects(crypto.subtle.exportKey("jwk", privateKey));
});

test("stars, rankings and points: asked once somebody looks, answered with strength, and changed until it is enough", async (t) => {
  const { client, transport } = await open(t);
  assert.deepEqual([client.stars.stars, client.stars.halves], [5, false]);
  await settled(client, () => client.stars.phase === "asking" && client.ranking.phase === "asking" && client.points.phase === "asking");
  assert.deepEqual([client.stars.progress, client.ranking.candidates.length], [[1, 6], 4]);
  assert.deepEqual([client.points.candidates.length, client.points.points, client.points.cost], [6, 10, "linear"]);
  const { candidate } = client.stars;
  await client.request({ request: "stars", outcome: "4/5", strength: 80 });
  await client.request({ request: "ranking", outcome: "3>1>2>4" });
  await assert.rejects(client.request({ request: "points", outcome: "9,9,0,0,0,0" }), { code: "BallotError::PointsBudget" });
  await client.request({ request: "points", outcome: "5,0,3,0,0,2" });
  assert.equal(client.stars.outcome, "4/5");
  assert.deepEqual(client.votes().map(({ vote, standing }) => [vote.kind, vote.outcome, vote.strength, standing]), [
    ["stars", "4/5", 80, "kept"], ["ranking", "3>1>2>4", 0, "kept"], ["points", "5,0,3,0,0,2", 0, "kept"],
  ]);
  client.ask("stars", [candidate.id]);
  await client.request({ request: "stars", outcome: "2/5" });
  await client.flush();
  assert.deepEqual(transport.votes.map(({ outcome }) => outcome), ["3>1>2>4", "5,0,3,0,0,2", "2/5"]);
});

test("a board is hidden until this person has voted, where the round says so", async (t) => {
  const { client } = await open(t, { view: await makeRound(undefined, { board: "voted" }) });
  assert.deepEqual([client.board.phase, client.board.reason], ["hidden", "voted"]);
  await client.vote("left");
  assert.deepEqual([client.board.phase, client.board.reason], ["loading", null]);
});

test("a changed round is refused by name", async (t) => {
  const view = await makeRound();
  const other = await makeRound(Math.floor(Date.now() / 1000) - 5);
  const transport = new Operator(other);
  transport.answer = async () => other;
  await assert.rejects(open(t, { view, transport }), { code: "SdkError::RoundId" });
  await assert.rejects(TasteClient.open({}), { code: "Client::Address" });
});

test("text is embedded here, and predictions wait for a model", async (t) => {
  const { client } = await open(t);
  const embedding = await client.embed("A draft line.");
  let square = 0;
  for (const value of embedding) square += value * value;
  assert.ok(Math.abs(square - 1) < 1e-5);
  const pixels = { width: 8, height: 8, data: new Uint8ClampedArray(256).fill(200) };
  assert.ok((await embed(pixels)).length > 8);
  await assert.rejects(client.embed(pixels), { code: "Client::ForeignEncoder" }, "the round's encoder is text@1");
  await assert.rejects(client.predict("A draft line.", "Another one."), { code: "Client::NoModel" });
});

test("the vectors' messages are what the client's own JSON looks like", async () => {
  await init();
  const { message } = lines("ballots.jsonl")[0];
  assert.equal(JSON.stringify(JSON.parse(message)), message);
});
