// The committed vectors, read by JavaScript: viem and ethers agree with every digest, signature and signer in them.
// Run: node --test tests/vectors/vectors.test.mjs (see README.md for where viem and ethers are looked for).

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { accounts, closure, digest, domain, ethers, fromJson, lines, path, signer, toJson, types, viem } from "./oracle.mjs";

const FILES = [
  ["Ballot", "ballots.jsonl", 200],
  ["SessionGrant", "grants.jsonl", 200],
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

test("types.json is the table of bindings/web/src/typed-data.ts", () => {
  const table = JSON.parse(readFileSync(path("types.json"), "utf8"));
  assert.deepEqual(table.domain, domain);
  assert.equal(table.domainSeparator, viem.domainSeparator({ domain }));
  assert.deepEqual(Object.keys(table.encodeType), Object.keys(types));
  for (const [name, encoded] of Object.entries(table.encodeType)) {
    assert.equal(ethers.TypedDataEncoder.from(closure(name)).encodeType(name), encoded);
  }
});
