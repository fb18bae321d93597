// usage: node bench-signers.mjs MEASURED  → rows of the bench as JSON on stdout. MEASURED is the line that taste-ballot's example
// bench_signers wrote: what a server does with a ballot's signature, beside what Node.js has for it, on the same input.

import { createPublicKey, verify } from "node:crypto";
import { join } from "node:path";
import { mkdir, writeFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { bundle, root, version } from "./tools.mjs";

const { digest, p256, secp256k1 } = JSON.parse(process.argv[2]);

const folder = join(root, "target/bench");
await mkdir(folder, { recursive: true });
const file = join(folder, "signers.bundle.mjs");
await writeFile(file, await bundle(`export { getAddress, keccak256, recoverAddress } from "viem"; export { median, turn, TURNS } from ${JSON.stringify(join(root, "crates/xtask/js/turns.mjs"))};`));
const { getAddress, keccak256, recoverAddress, median, turn, TURNS } = await import(pathToFileURL(file).href);

const bytes = (hex) => Buffer.from(hex.slice(2), "hex");
const signature = bytes(p256.signature);
const [x, y] = [signature.subarray(64, 96), signature.subarray(96)].map((part) => part.toString("base64url"));
const key = createPublicKey({ key: { kty: "EC", crv: "P-256", x, y }, format: "jwk" });
const message = bytes(digest);
const signer = () => {
  const good = verify("sha256", message, { key, dsaEncoding: "ieee-p1363" }, signature.subarray(0, 64));
  return good && getAddress(`0x${keccak256(signature.subarray(64)).slice(-40)}`);
};

const pairs = [
  ["P-256 signature verified, natively", p256, signer, `Node.js ${process.versions.node}, OpenSSL ${process.versions.openssl}`],
  ["secp256k1 signer recovered, natively", secp256k1, () => recoverAddress({ hash: digest, signature: secp256k1.signature }), `viem ${version("viem")} (Node.js)`],
];
const rows = [];
for (const [name, ours, theirs, peer_name] of pairs) {
  const found = await theirs();
  if (found !== ours.signer) throw new Error(`${name}: ours ${ours.signer}, theirs ${found}: a fast wrong answer is not measured`);
  await turn(theirs);
  const rates = [];
  for (let at = 0; at < TURNS; at += 1) rates.push(await turn(theirs));
  const peer = median(rates);
  rows.push({ name, unit: "operations/s", ours: ours.rate, peer, peer_name, ratio: ours.rate / peer });
}
console.log(JSON.stringify(rows));
