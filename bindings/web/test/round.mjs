// A round of texts with its operator, made with viem: what a server would hand out.
import { createHash } from "node:crypto";
import { privateKeyToAccount } from "viem/accounts";
import { tastemaker } from "./package.mjs";

const { domain, types } = tastemaker;
export const operator = privateKeyToAccount(`0x${"11".repeat(32)}`);
export const walletAccount = privateKeyToAccount(`0x${"33".repeat(32)}`);
export const sha256 = (content) => `0x${createHash("sha256").update(content).digest("hex")}`;
/** A round with the rules that Rust has by default. */
export const rules = { kinds: [], stars: 5, halves: false, points: 10, cost: "linear", ranking: 4, reasons: [], board: "open" };
export const texts = Array.from({ length: 6 }, (_, index) => `Story number ${index}: é🎨`);

const closure = (name) => Object.fromEntries((name === "Round" ? ["Round", "Rules", "Candidate"] : [name]).map((each) => [each, types[each]]));
const wide = (primaryType, message) =>
  Object.fromEntries(types[primaryType].map(({ name, type }) => [name, type === "uint64" ? BigInt(message[name]) : message[name]]));

export async function signed(primaryType, message, account = operator) {
  return account.signTypedData({ domain, types: closure(primaryType), primaryType, message: wide(primaryType, message) });
}

export async function makeRound(now = Math.floor(Date.now() / 1000), more = {}) {
  const candidates = texts.map((text, index) => ({ id: sha256(text), kind: "text", mediaType: "text/plain", title: `${index}`, note: "" }));
  const round = {
    operator: operator.address, title: "Stories", question: "Which would you read on?", encoder: "text@1",
    opensAt: String(now - 60), closesAt: String(now + 86400), budget: 0, importers: [], rules: { ...rules, ...more }, salt: sha256("salt"), candidates,
  };
  const { hashTypedData } = await import("viem");
  const id = hashTypedData({ domain, types: closure("Round"), primaryType: "Round", message: wide("Round", round) });
  return { id, signed: { round, signature: await signed("Round", round) } };
}
