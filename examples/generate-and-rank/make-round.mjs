// Made the folder round/, once: 40 drawings, and a taste model of the votes of 48 invented people, each of whom likes some settings
// and not others. It takes a server and the `taste` command for it; the page needs neither.
//
//   cargo xtask build && node make-round.mjs

import assert from "node:assert/strict";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { Server, command, temporary, until } from "../../tests/e2e/harness.mjs";
import { duel, guestBallot, newAccount, sha256 } from "../../tests/e2e/protocol.mjs";
import { SETTINGS, draw, markup, random } from "./art.js";

const WORKS = 40;
const PEOPLE = 48;
const VOTES = 40;
const out = fileURLToPath(new URL("round", import.meta.url));

/** Settings spread evenly: multiples of the roots of x⁷ = x + 1, the generalised golden ratio (Martin Roberts, 2018). */
const golden = 1.1127756842787055;
const settings = Array.from({ length: WORKS }, (_, work) =>
  Object.fromEntries(SETTINGS.map(({ name }, at) => [name, (0.5 + (work + 1) / golden ** (at + 1)) % 1])),
);
const folder = temporary("works");
const byId = new Map();
const lines = [];
for (const [at, each] of settings.entries()) {
  const svg = markup(draw(each, at));
  byId.set(sha256(svg), each);
  await writeFile(join(folder, `${at}.svg`), svg);
  lines.push(JSON.stringify({ file: `${at}.svg`, title: `No. ${at + 1}` }));
}
await writeFile(join(folder, "works.jsonl"), lines.join("\n"));

const dice = random(7);
const normal = () => Math.sqrt(-2 * Math.log(1 - dice())) * Math.cos(2 * Math.PI * dice());
const people = Array.from({ length: PEOPLE }, () => Object.fromEntries(SETTINGS.map(({ name }) => [name, 3 * normal()])));
const utility = (person, work) => SETTINGS.reduce((sum, { name }) => sum + person[name] * (work[name] - 0.5), 0);

const server = await Server.start({ trainEvery: PEOPLE * VOTES });
try {
  const { round } = await server.round(join(folder, "works.jsonl"), { title: "Currents", question: "Which would you hang?", kinds: "duel", closes: "27000d" });
  const ids = [...byId.keys()];
  for (const person of people) {
    const votes = Array.from({ length: VOTES }, () => {
      const left = Math.floor(dice() * WORKS);
      const right = (left + 1 + Math.floor(dice() * (WORKS - 1))) % WORKS;
      const better = utility(person, byId.get(ids[left])) - utility(person, byId.get(ids[right]));
      return duel(ids[left], ids[right], dice() < 1 / (1 + Math.exp(-better)) ? "left" : "right");
    });
    const ballot = await guestBallot(newAccount(), round, 1, votes);
    const answer = await fetch(`${server.url}/v1/ballots`, { method: "POST", headers: { "content-type": "application/json" }, body: ballot.body });
    assert.equal(answer.status, 201, await answer.text());
  }
  await until("the model", async () => Number((await server.json(`/v1/rounds/${round}`)).model?.logSize) >= PEOPLE, 300);
  await rm(out, { recursive: true, force: true });
  await command("export", "--server", server.url, "--round", round, "--out", out);
  // The page needs neither the votes of the invented people nor the manifest by itself.
  for (const file of ["round.json", "log.ndjson", "claims.ndjson"]) await rm(join(out, file));
} finally {
  await server.stop();
}
