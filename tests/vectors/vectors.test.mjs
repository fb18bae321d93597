// The committed vectors, read by JavaScript: viem and ethers agree with every digest, signature and signer in them.
// Run: node --test tests/vectors/vectors.test.mjs (see README.md for where viem and ethers are looked for).

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { accounts, closure, digest, domain, ethers, fromJson, lines, path, signer, toJson, types, viem } from "./oracle.mjs";

const FILES = [
  ["Ballot", "ballots.jsonl", 200],
  ["SessionGrant", "grants.jsonl", 200],
  ["Revocation", "revocations.jsonl", 100],
  ["Receipt", "receipts.jsonl", 200],
  ["Round", "rounds.jsonl", 40],
];

for (const [primaryType, name, least] of FILES) {
  test(`${name}: digest, signature and signer are those of viem and ethers`, async () => {
    const vectors = lines(name);
    assert.ok(vectors.length >= least, `${vectors.length} vectors`);
    for (const vector of vectors) {
      const message = fromJson(primaryType, JSON.parse(vector.message));
      assert.equal(toJson(primaryType, message), vector.message);
      const hash = digest(primaryType, message);
      assert.equal(hash, vector.digest);
      const account = accounts.privateKeyToAccount(vector.privateKey);
      assert.equal(account.address, vector.signer);
      assert.equal(await account.signTypedData({ domain, types, primaryType, message }), vector.signature);
      assert.equal(await signer(hash, vector.signature), vector.signer);
      assert.equal(ethers.verifyTypedData(domain, closure(primaryType), message, vector.signature), vector.signer);
      if (vector.acceptance) {
        assert.equal(accounts.privateKeyToAddress(vector.sessionPrivateKey), vector.session);
        assert.equal(await signer(hash, vector.acceptance), vector.session);
      }
    }
  });
}

test("p256.jsonl: WebCrypto verifies every signature, s is low, and the signer is the key's address as ethers has it", async () => {
  const vectors = lines("p256.jsonl");
  assert.ok(vectors.length >= 40);
  for (const { digest, signature, signer } of vectors) {
    const bytes = ethers.getBytes(signature);
    assert.equal(bytes.length, 128);
    const key = bytes.slice(64);
    const imported = await crypto.subtle.importKey("raw", new Uint8Array([4, ...key]), { name: "ECDSA", namedCurve: "P-256" }, true, ["verify"]);
    assert.ok(await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, imported, bytes.slice(0, 64), ethers.getBytes(digest)));
    assert.ok(BigInt(ethers.hexlify(bytes.slice(32, 64))) <= 0x7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8n);
    assert.equal(ethers.getAddress(ethers.dataSlice(ethers.keccak256(key), 12)), signer);
  }
});

test("types.json is the table of bindings/web/src/typed-data.ts", () => {
  const table = JSON.parse(readFileSync(path("types.json"), "utf8"));
  assert.deepEqual(table.domain, domain);
  assert.equal(table.domainSeparator, viem.domainSeparator({ domain }));
  assert.deepEqual(Object.keys(table.encodeType), Object.keys(types));
  for (const [name, encoded] of Object.entries(table.encodeType)) {
    assert.equal(ethers.TypedDataEncoder.from(closure(name)).encodeType(name), encoded);
  }
});
