// The session key in a browser: no script can read it, tabs share it, and what was forgotten stays forgotten.

import assert from "node:assert/strict";

import { after, before, test } from "./bounded.mjs";
import { Widget, delivered, launch, quiet, visit } from "./browser.mjs";
import { Server, until, works } from "./harness.mjs";
import { verifyLog } from "./protocol.mjs";

let browser, server, candidates;
before(async () => {
  [browser, server, candidates] = await Promise.all([launch(), Server.start(), works(12)]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const profile = () => browser.newContext({ viewport: { width: 1200, height: 900 }, reducedMotion: "reduce" });

/** Everything that is stored under this site's name, with a word for what each value is. */
const stored = (page) =>
  page.evaluate(async () => {
    const database = await new Promise((resolve, reject) => {
      const request = indexedDB.open("tastemaker");
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    const entry = (table, key) =>
      new Promise((resolve, reject) => {
        const request = database.transaction(table).objectStore(table).get(key);
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const { key } = await entry("identity", "session");
    const { privateKey } = key;
    const tried = {};
    for (const format of ["jwk", "pkcs8", "raw"]) {
      tried[format] = await crypto.subtle.exportKey(format, privateKey).then(() => "read", (error) => error.name);
    }
    tried.wrap = await crypto.subtle
      .generateKey({ name: "AES-GCM", length: 256 }, true, ["wrapKey"])
      .then((wrapping) => crypto.subtle.wrapKey("pkcs8", privateKey, wrapping, { name: "AES-GCM", iv: new Uint8Array(12) }))
      .then(() => "read", (error) => error.name);
    const tables = [...database.objectStoreNames];
    database.close();
    return {
      fields: Object.keys(key).toSorted(),
      key: { kind: Object.prototype.toString.call(privateKey), type: privateKey.type, extractable: privateKey.extractable, usages: privateKey.usages },
      publicBytes: key.publicKey.length,
      json: JSON.stringify(key),
      tables,
      tried,
      local: Object.keys(localStorage).length + Object.keys(sessionStorage).length,
    };
  });

test("what is stored of the session key cannot be read by a script on the page", async () => {
  const { round } = await server.round(candidates);
  const page = await visit(browser, server, round, { context: await profile() });
  const found = await stored(page);
  assert.deepEqual(found.fields, ["curve", "privateKey", "publicKey"]);
  assert.deepEqual(found.key, { kind: "[object CryptoKey]", type: "private", extractable: false, usages: ["sign"] });
  assert.equal(found.publicBytes, 64);
  assert.deepEqual(found.tried, { jwk: "InvalidAccessError", pkcs8: "InvalidAccessError", raw: "InvalidAccessError", wrap: "InvalidAccessError" });
  assert.match(found.json, /"privateKey":\{\}/, "what a script can copy of it is nothing");
  assert.equal(found.local, 0);
  quiet(page);
});

test("votes are signed by that key, before and after a reload, and anybody can verify them without our code", async () => {
  const { round } = await server.round(candidates);
  const page = await visit(browser, server, round, { context: await profile() });
  const duel = new Widget(page, "taste-duel");
  const address = await page.evaluate(() => globalThis.client.signer.address);
  for (let visits = 0; visits < 2; visits += 1) {
    await duel.answer(() => duel.key("key-left").click());
    await duel.next();
    await delivered(page);
    await page.reload();
    await page.waitForFunction(() => globalThis.client);
  }
  const entries = await verifyLog(server, round);
  assert.equal(entries.length, 2);
  for (const { signed } of entries) {
    assert.equal(signed.ballot.voter, address);
    assert.equal(signed.signature.length, 2 + 2 * 128);
  }
  quiet(page);
});

test("signing takes a moment: tabs that sign the same kept votes at once sign none twice and lose none", async () => {
  const { round } = await server.round(candidates);
  const context = await profile();
  const pages = await Promise.all([1, 2, 3].map(() => visit(browser, server, round, { context })));
  // Slow keys, so that each tab has drafted before the first has sealed.
  for (const page of pages) {
    await page.evaluate(() => {
      const sign = crypto.subtle.sign.bind(crypto.subtle);
      crypto.subtle.sign = async (...all) => {
        await new Promise((done) => setTimeout(done, 150));
        return sign(...all);
      };
    });
  }
  await pages[0].evaluate(async () => {
    for (const outcome of ["left", "right", "tie", "left"]) {
      await globalThis.client.vote(outcome);
      await globalThis.client.next();
    }
  });
  await until("all tabs to know all votes", async () => {
    const kept = await Promise.all(pages.map((page) => page.evaluate(() => globalThis.client.delivery.kept)));
    return kept.every((each) => each === 4);
  }, 5).catch(() => undefined);
  const exported = await Promise.all(pages.map((page) => page.evaluate(() => globalThis.client.export())));
  await Promise.all(pages.map((page) => delivered(page)));
  const entries = await verifyLog(server, round);
  const votes = entries.flatMap(({ signed }) => signed.ballot.votes);
  assert.equal(votes.length, 4, JSON.stringify(votes));
  const questions = new Set(votes.map(({ candidates }) => candidates.toSorted().join()));
  assert.equal(questions.size, 4);
  const signatures = new Set(exported.flat().map(({ signature }) => signature));
  assert.deepEqual(signatures, new Set(entries.map(({ signed }) => signed.signature)), "nothing else was ever signed and kept");
  for (const page of pages) quiet(page);
});

test("a crash between the signature and the sealing loses no vote", async () => {
  const { round } = await server.round(candidates);
  const context = await profile();
  const page = await visit(browser, server, round, { context });
  await page.evaluate(async () => {
    await globalThis.client.vote("left");
    // The signature never comes: as if the tab died in it.
    crypto.subtle.sign = () => new Promise(() => undefined);
    void globalThis.client.flush();
  });
  await page.close({ runBeforeUnload: false });
  const again = await visit(browser, server, round, { context });
  await delivered(again);
  assert.equal((await verifyLog(server, round)).flatMap(({ signed }) => signed.ballot.votes).length, 1);
  quiet(again);
});

test("where there is no crypto.subtle a readable key signs, and its votes are as good", async () => {
  const { round } = await server.round(candidates);
  const prepare = (page) =>
    page.addInitScript(() => Object.defineProperty(crypto, "subtle", { value: undefined, configurable: true }));
  const page = await visit(browser, server, round, { context: await profile(), prepare });
  const duel = new Widget(page, "taste-duel");
  await duel.answer(() => duel.key("key-left").click());
  await delivered(page);
  const [{ signed }] = await verifyLog(server, round);
  assert.equal(signed.signature.length, 2 + 2 * 65);
  quiet(page);
});

test("what one tab forgets no other tab brings back", async () => {
  const { round } = await server.round(candidates);
  const context = await profile();
  const [one, other] = await Promise.all([1, 2].map(() => visit(browser, server, round, { context })));
  await other.evaluate(() => {
    globalThis.told = new Promise((heard) => globalThis.client.addEventListener("taste-trouble", ({ detail }) => heard(detail.error.code), { once: true }));
    return globalThis.client.vote("left");
  });
  const key = await one.evaluate(() => globalThis.client.signer.address);
  await one.evaluate(() => globalThis.client.forget());
  assert.equal(await other.evaluate(() => globalThis.told), "Client::Forgotten");
  // A vote in a tab that has not been reloaded yet is nobody's any more, and is not written.
  await other.evaluate(() => globalThis.client.vote("right").catch(() => undefined));
  const left = await other.evaluate(async () => {
    const database = await new Promise((resolve) => (indexedDB.open("tastemaker").onsuccess = ({ target }) => resolve(target.result)));
    const count = (table) => new Promise((resolve) => (database.transaction(table).objectStore(table).count().onsuccess = ({ target }) => resolve(target.result)));
    const counts = { memory: await count("memory"), rounds: await count("rounds") };
    database.close();
    return counts;
  });
  assert.deepEqual(left, { memory: 0, rounds: 0 });
  await other.reload();
  await other.waitForFunction(() => globalThis.client);
  assert.notEqual(await other.evaluate(() => globalThis.client.signer.address), key);
  quiet(other);
});
