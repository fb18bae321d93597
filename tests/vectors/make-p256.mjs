// Makes p256.jsonl: signatures by keys of `crypto.subtle`, as a browser's session key makes them. WebCrypto draws its own
// nonces, so a second run writes other signatures, as good as these; run it only where the format changes.

import { createECDH, createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { path, viem } from "./oracle.mjs";

const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const seeded = (what, index) => createHash("sha256").update(`tastemaker ${what} ${index}`).digest();
const base64 = (bytes) => Buffer.from(bytes).toString("base64url");
const hex = (bytes) => `0x${Buffer.from(bytes).toString("hex")}`;

const vectors = [];
for (let index = 0; index < 40; index += 1) {
  const secret = seeded("P-256 key", index);
  const curve = createECDH("prime256v1");
  curve.setPrivateKey(secret);
  const point = curve.getPublicKey().subarray(1);
  const jwk = { kty: "EC", crv: "P-256", d: base64(secret), x: base64(point.subarray(0, 32)), y: base64(point.subarray(32)) };
  const key = await crypto.subtle.importKey("jwk", jwk, { name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]);
  const digest = seeded("digest", index);
  const made = Buffer.from(await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key, digest));
  const s = BigInt(hex(made.subarray(32)));
  const low = s > ORDER / 2n ? ORDER - s : s;
  const signature = `${hex(made.subarray(0, 32))}${low.toString(16).padStart(64, "0")}${point.toString("hex")}`;
  const signer = viem.getAddress(`0x${viem.keccak256(point).slice(-40)}`);
  vectors.push({ privateKey: hex(secret), digest: hex(digest), signature, signer });
}
writeFileSync(path("p256.jsonl"), vectors.map((one) => `${JSON.stringify(one)}\n`).join(""));
console.log(`p256.jsonl: ${vectors.length} vectors`);
