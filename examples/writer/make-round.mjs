// Made the file round/static.json, once: the gallery's 110 lines, and a taste model of the votes of 60 invented people, each of whom
// likes stories, jokes or slogans, and long lines or short ones, more or less than others do. It takes a server for it; the page does not.
//
//   cargo xtask build && node make-round.mjs

import assert from "node:assert/strict";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { Server, command, gallery, until } from "../../tests/e2e/harness.mjs";
import { duel, guestBallot, newAccount, sha256 } from "../../tests/e2e/protocol.mjs";
import { random } from "../generate-and-rank/art.js";

const PEOPLE = 60;
const VOTES = 40;
const out = fileURLToPath(new URL("round", import.meta.url));
const file = join(await gallery(2), "texts.jsonl");
const lines = (await readFile(file, "utf8")).trimEnd().split("\n").map((line) => JSON.parse(line));

const dice = random(11);
const normal = () => Math.sqrt(-2 * Math.log(1 - dice())) * Math.cos(2 * Math.PI * dice());
const people = Array.from({ length: PEOPLE }, () => ({ story: 1.5 * normal(), joke: 1.5 * normal(), slogan: 1.5 * normal(), length: 1.5 * normal() }));
const utility = (person, { form, text }) => person[form] + person.length * Math.log(text.length / 60);

const server = await Server.start({ trainEvery: PEOPLE * VOTES });
try {
  const { round } = await server.round(file, { title: "One line each", question: "Which line would you rather have written?", kinds: "duel", closes: "27000d" });
  for (const person of people) {
    const votes = Array.from({ length: VOTES }, () => {
      const left = Math.floor(dice() * lines.length);
      const right = (left + 1 + Math.floor(dice() * (lines.length - 1))) % lines.length;
      const better = utility(person, lines[left]) - utility(person, lines[right]);
      return duel(sha256(lines[left].text), sha256(lines[right].text), dice() < 1 / (1 + Math.exp(-better)) ? "left" : "right");
    });
    const ballot = await guestBallot(newAccount(), round, 1, votes);
    const answer = await fetch(`${server.url}/v1/ballots`, { method: "POST", headers: { "content-type": "application/json" }, body: ballot.body });
    assert.equal(answer.status, 201, await answer.text());
  }
  await until("the model", async () => Number((await server.json(`/v1/rounds/${round}`)).model?.logSize) >= PEOPLE, 300);
  await rm(out, { recursive: true, force: true });
  await command("export", "--server", server.url, "--round", round, "--out", out);
  // The page needs neither the votes of the invented people nor the manifest by itself; the texts are in static.json.
  for (const name of ["round.json", "log.ndjson", "claims.ndjson", "content"]) await rm(join(out, name), { recursive: true });
} finally {
  await server.stop();
}
