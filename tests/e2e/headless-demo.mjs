// The demonstration without a person (`cargo xtask demo --headless`): people with stated tastes vote on the demo's real
// pages, the server trains, and newcomers whose votes no model has seen are guessed. Everything that is printed was
// read from the pages or from the server.
//
//   node headless-demo.mjs --server http://127.0.0.1:8787 --gallery FOLDER [--json FILE]
//
// The guess of every question is committed before the answer; its opened text names the model that made it. Accuracy is
// over answers that took a side, per person, then averaged over persons; a guess that took none counts one half.
//
// The JSON: `{ballots, votes, voters, floor, floor_coin, floor_side, ceiling, accuracy_before, accuracy_after,
// accuracy_after_low, accuracy_after_high, guesses, accuracy_on_chosen_questions, growth: [{own_votes_from, own_votes_to,
// accuracy, low, high, n, persons}], model_digest, model_log_size, models_used, held_out_strictly, text_votes, text_readers,
// claim: {guest, wallet, attributed}, board: [{candidate, title, note, rank_low, rank_high, share, share_low, share_high, votes,
// fragile}], people: [{name, says, role, votes}], seconds}`. Accuracies and shares are in [0, 1]; `floor` is the better of a coin and
// of always guessing the side that learners pressed more often; `ceiling` is what their own noise leaves to guess.

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { launch, open, quiet } from "./browser.mjs";
import { until } from "./harness.mjs";
import { Wallet, sha256 } from "./protocol.mjs";
import { approve, ceiling, judge, learners, newcomers, random } from "./voters.mjs";

/** Of each learner. The task that starts the server lets it train after as many votes as all learners cast together. */
const LEARNED_VOTES = 30;
const NEWCOMER_VOTES = 40;
const TEXT_DUELS = 8;
const TEXT_APPROVALS = 6;
/** Pages at a time. */
const AT_ONCE = 4;
const RESAMPLES = 2000;
const KEYS = { left: "ArrowLeft", right: "ArrowRight", tie: "ArrowUp", neither: "ArrowDown", for: "ArrowRight", against: "ArrowLeft" };
const NO_MODEL = `0x${"0".repeat(64)}`;

const { values: options } = parseArgs({
  options: { server: { type: "string" }, url: { type: "string" }, gallery: { type: "string" }, json: { type: "string" } },
});
const server = options.server ?? options.url;
if (!server || !options.gallery) {
  process.stderr.write("usage: node headless-demo.mjs --server URL --gallery FOLDER [--json FILE]\n");
  process.exit(2);
}
const started = Date.now();
const tell = (words) => process.stderr.write(`${((Date.now() - started) / 1000).toFixed(0).padStart(4)} s  ${words}\n`);

async function get(path) {
  const answer = await fetch(server + path);
  if (!answer.ok) throw new Error(`${path} answers ${answer.status}: ${await answer.text()}`);
  return answer;
}
const json = async (path) => (await get(path)).json();
const ndjson = async (path) => (await (await get(path)).text()).split("\n").filter(Boolean).map((line) => JSON.parse(line));

/** What the gallery says of each candidate, by the candidate's id: the SHA-256 of its content. */
async function catalogue(name) {
  const lines = (await readFile(join(options.gallery, name), "utf8")).trimEnd().split("\n");
  const entries = lines.map(async (line) => {
    const entry = JSON.parse(line);
    return [sha256(entry.file ? await readFile(join(options.gallery, entry.file)) : entry.text), entry];
  });
  return new Map(await Promise.all(entries));
}

// ---- one person at one widget ------------------------------------------------------------------------------------

/** Waits inside the page until the widget stands in one of these phases, and tells what is up and what was guessed. */
const stand = (page, tag, phases) =>
  page.evaluate(
    async ([tag, phases]) => {
      const element = document.querySelector(tag);
      const end = Date.now() + 30_000;
      for (;;) {
        const inside = element.shadowRoot?.querySelector("[data-phase]");
        const phase = inside?.dataset.phase;
        if (phases.includes(phase)) {
          const desk = tag === "taste-approve" ? "approval" : "duel";
          const view = element.client[desk];
          const shown = view.candidate ? [view.candidate.id] : (view.pair ?? []).map(({ id }) => id);
          return { phase, shown, guess: view.guess, commitment: element.client.commitment(desk) };
        }
        if (Date.now() > end) throw new Error(`${tag} stays ${phase}`);
        await new Promise((done) => setTimeout(done, 5));
      }
    },
    [tag, phases],
  );

/** Asks, lets the person answer by key, and checks that the guess shown is the one that was fixed before. */
async function turn(page, tag, answer) {
  let up = await stand(page, tag, ["asking", "done"]);
  if (up.phase === "done") {
    await page.locator(tag).getByRole("button", { name: "Keep going" }).click();
    up = await stand(page, tag, ["asking"]);
  }
  const outcome = answer(up.shown);
  await page.locator(`${tag} [data-phase]`).evaluate((inside) => inside.focus());
  await page.keyboard.press(KEYS[outcome]);
  const { guess, commitment } = await stand(page, tag, ["answered"]);
  assert.equal(up.commitment.text, null);
  assert.equal(sha256(commitment.text), up.commitment.digest, "the guess was fixed before the answer");
  const [, model] = /\nmodel (0x[0-9a-f]{64})\n/.exec(commitment.text);
  // On at once, unless the widget went on by itself meanwhile.
  await page.locator(`${tag} [data-phase]`).evaluate((inside) => {
    if (inside.dataset.phase === "answered") inside.querySelector("[part~=key-skip]").click();
  });
  return { shown: up.shown, outcome, guess, model };
}

/** Opens one of the demo's pages for a person of their own profile, the round being open in it. */
async function enter(browser, path, prepare) {
  const page = await open(browser, server + path, { prepare });
  await page.waitForFunction(() => document.querySelector("taste-duel")?.client);
  return page;
}

/** Sends what is kept; resolves once the operator acknowledged all of it. */
async function deliver(page) {
  await until("all votes to be acknowledged", () =>
    page.evaluate(async () => {
      const { client } = document.querySelector("taste-duel");
      await client.flush();
      return client.delivery.kept === 0;
    }),
  );
}

/** Runs `task` for everybody, a few at a time. */
async function crowd(people, task) {
  const waiting = [...people];
  const results = [];
  const worker = async () => {
    for (let person = waiting.shift(); person; person = waiting.shift()) results.push(await task(person));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}

// ---- figures -----------------------------------------------------------------------------------------------------

const mean = (numbers) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
const decisive = ({ outcome }) => outcome === "left" || outcome === "right";
/** 1 for a guess that was right, 0 for a wrong one, one half for "we could not tell". */
const score = ({ guess, outcome }) => (guess.undecided ? 0.5 : Number(guess.probability > 0.5 === (outcome === "left")));

/** The mean over persons of the mean over each person's turns, with its 95 % interval (bootstrap over persons). */
function macro(people, pick, measure = score) {
  const each = people.map(({ turns }) => turns.filter(decisive).filter(pick).map(measure)).filter((scores) => scores.length > 0);
  if (each.length === 0) return null;
  const means = each.map(mean);
  const draw = random("bootstrap");
  const resampled = Array.from({ length: RESAMPLES }, () => mean(means.map(() => means[Math.floor(draw() * means.length)])));
  resampled.sort((a, b) => a - b);
  const at = (share) => resampled[Math.floor(share * (RESAMPLES - 1))];
  return { accuracy: mean(means), low: at(0.025), high: at(0.975), n: each.flat().length, persons: means.length };
}

// ---- the play ----------------------------------------------------------------------------------------------------

const { rounds } = await json("/v1/rounds");
const [art, texts] = ["image", "text"].map((kind) => rounds.find((round) => round.kind === kind && round.state === "open"));
assert.ok(art && texts, "the demo has an open round of pictures and one of texts");
const [works, lines] = await Promise.all([catalogue("art.jsonl"), catalogue("texts.jsonl")]);
const candidates = (await json(`/v1/rounds/${art.id}`)).signed.round.candidates.map(({ id }) => id);
assert.ok(candidates.every((id) => works.has(id)), "the gallery knows every work of the round");
const before = { art: await json(`/v1/rounds/${art.id}`), texts: await json(`/v1/rounds/${texts.id}`) };
const browser = await launch();
try {
  tell(`${learners.length} people vote on ${art.candidates} works, nobody knows anything of their tastes`);
  const wallet = new Wallet(undefined, { name: "Ada's wallet" });
  const learned = await crowd(learners, async (person) => {
    const draw = random(person.name);
    const worth = (id) => person.work(works.get(id));
    const page = await enter(browser, "/", person.name === "Ada" ? (page) => wallet.announce(page) : undefined);
    const turns = [];
    for (let at = 0; at < LEARNED_VOTES; at += 1) {
      turns.push(await turn(page, "taste-duel", ([left, right]) => judge(worth(left), worth(right), draw)));
    }
    await deliver(page);
    let claim;
    if (person.name === "Ada") {
      const guest = await page.evaluate(() => document.querySelector("taste-duel").client.voter);
      await page.locator("#wallet-key").click();
      await page.locator("taste-wallet [part~=connect]").first().click();
      await page.locator("taste-wallet [data-state=connected]").waitFor();
      claim = { guest, wallet: wallet.account.address };
    }
    quiet(page);
    await page.context().close();
    tell(`${person.name} (${person.says}) has voted`);
    return { ...person, turns, claim };
  });

  tell("some of them read the texts, too");
  const readers = learners.filter(({ text }) => ["story", "joke", "slogan"].some((form) => text({ form }) !== 0));
  const read = await crowd(readers, async (person) => {
    const draw = random(`${person.name}, texts`);
    const worth = (id) => person.text(lines.get(id));
    const page = await enter(browser, "/texts.html");
    for (let at = 0; at < TEXT_DUELS; at += 1) {
      await turn(page, "taste-duel", ([left, right]) => judge(worth(left), worth(right), draw));
    }
    for (let at = 0; at < TEXT_APPROVALS; at += 1) {
      await turn(page, "taste-approve", ([one]) => approve(worth(one), draw));
    }
    await deliver(page);
    quiet(page);
    await page.context().close();
    return person;
  });

  tell("the server trains");
  const trained = await until(
    "a model of these votes",
    async () => {
      const view = await json(`/v1/rounds/${art.id}`);
      // A server that trains more often may still be busy with the last of these votes.
      return view.model && Number(view.model.logSize) >= 0.8 * Number(view.status.ballots) && view;
    },
    120,
  );

  tell(`${newcomers.length} others come; no model has seen a vote of theirs`);
  const guessed = await crowd(newcomers, async (person) => {
    const draw = random(person.name);
    const worth = (id) => person.work(works.get(id));
    const page = await enter(browser, "/");
    await until("the model in the page", () =>
      page.evaluate(() => document.querySelector("taste-duel").client.model !== undefined),
    );
    const turns = [];
    for (let at = 0; at < NEWCOMER_VOTES; at += 1) {
      // Two pairs of three are drawn by lot: the widget's own questions are chosen to be hard to guess.
      const lot = at % 3 !== 2;
      if (lot) {
        const left = candidates[Math.floor(draw() * candidates.length)];
        const others = candidates.filter((id) => id !== left);
        const right = others[Math.floor(draw() * others.length)];
        await stand(page, "taste-duel", ["asking", "done"]);
        await page.evaluate((pair) => document.querySelector("taste-duel").client.ask(...pair), [left, right]);
      }
      const answered = await turn(page, "taste-duel", ([left, right]) => judge(worth(left), worth(right), draw));
      const [left, right] = answered.shown.map(worth);
      turns.push({ ...answered, lot, own: at, best: ceiling(left, right) });
    }
    await deliver(page);
    quiet(page);
    await page.context().close();
    tell(`${person.name} (${person.says}) has voted`);
    return { ...person, turns };
  });

  // ---- what happened ---------------------------------------------------------------------------------------------

  const [view, textView, board] = await Promise.all([art, texts].map(({ id }) => json(`/v1/rounds/${id}`)).concat(json(`/v1/rounds/${art.id}/board`)));
  const ada = learned.find(({ claim }) => claim).claim;
  const claims = await ndjson(`/v1/rounds/${art.id}/claims`);
  const claimed = claims.some(({ grant }) => grant.session === ada.guest && grant.voter === ada.wallet);
  assert.ok(claimed, "Ada's guest votes belong to her wallet");

  const sides = learned.flatMap(({ turns }) => turns).filter(decisive).map(({ outcome }) => outcome);
  const side = sides.filter((outcome) => outcome === "left").length * 2 >= sides.length ? "left" : "right";
  const blind = macro(learned, ({ model }) => model === NO_MODEL);
  const lots = ({ lot }) => lot;
  const after = macro(guessed, lots);
  const floorSide = macro(guessed, lots, ({ outcome }) => Number(outcome === side));
  const best = macro(guessed, lots, ({ best }) => best);
  const growth = [[0, 5], [5, 10], [10, 20], [20, 30], [30, NEWCOMER_VOTES]].map(([from, to]) => ({
    own_votes_from: from,
    own_votes_to: to - 1,
    ...macro(guessed, ({ lot, own }) => lot && own >= from && own < to),
  }));
  const models = [...new Set(guessed.flatMap(({ turns }) => turns.map(({ model }) => model)))];
  const titles = new Map(view.signed.round.candidates.map(({ id, title, note }) => [id, { title, note }]));
  const grown = (after, before) => Number(after.status.ballots) - Number(before.status.ballots);
  const grownVotes = (after, before) => Number(after.status.votes) - Number(before.status.votes);

  const report = {
    ballots: grown(view, before.art) + grown(textView, before.texts),
    votes: grownVotes(view, before.art) + grownVotes(textView, before.texts),
    voters: learned.length + guessed.length,
    floor: Math.max(0.5, floorSide.accuracy),
    floor_coin: 0.5,
    floor_side: floorSide.accuracy,
    ceiling: best.accuracy,
    accuracy_before: blind?.accuracy ?? null,
    accuracy_after: after.accuracy,
    accuracy_after_low: after.low,
    accuracy_after_high: after.high,
    guesses: after.n,
    accuracy_on_chosen_questions: macro(guessed, ({ lot }) => !lot)?.accuracy ?? null,
    growth,
    model_digest: trained.model.digest,
    model_log_size: Number(trained.model.logSize),
    /** Models that made the newcomers' guesses; exactly the one above where nothing was trained meanwhile. */
    models_used: models,
    held_out_strictly: models.length === 1 && models[0] === trained.model.digest,
    text_votes: grownVotes(textView, before.texts),
    text_readers: read.length,
    claim: { ...ada, attributed: claimed },
    board: board.rows.slice(0, 5).map(({ candidate, rankLow, rankHigh, share, shareLow, shareHigh, votes, fragile }) => ({
      candidate,
      ...titles.get(candidate),
      rank_low: rankLow,
      rank_high: rankHigh,
      share,
      share_low: shareLow,
      share_high: shareHigh,
      votes,
      fragile,
    })),
    people: [...learned.map((person) => [person, "learner"]), ...guessed.map((person) => [person, "newcomer"])].map(
      ([{ name, says, turns }, role]) => ({ name, says, role, votes: turns.length }),
    ),
    seconds: Math.round((Date.now() - started) / 1000),
  };
  if (options.json) await writeFile(options.json, `${JSON.stringify(report, null, 2)}\n`);

  const percent = (share) => (share === null ? "–" : `${(100 * share).toFixed(1)} %`);
  const rows = [
    `ballots accepted    ${report.ballots}, with ${report.votes} votes by ${report.voters} people (${report.text_votes} votes on texts)`,
    `before training     ${percent(report.accuracy_before)} guessed right`,
    `floor               ${percent(report.floor)} (a coin ${percent(0.5)}, always “${side}” ${percent(report.floor_side)})`,
    `after training      ${percent(after.accuracy)} (95 %: ${percent(after.low)} to ${percent(after.high)}), ${after.n} guesses about ${after.persons} people never seen`,
    `ceiling             ${percent(report.ceiling)} (these people's own noise)`,
    `model               ${report.model_digest} of ${report.model_log_size} ballots${report.held_out_strictly ? "" : `, and ${models.length - 1} more while newcomers voted`}`,
    `guest to wallet     ${ada.guest} now votes for ${ada.wallet}`,
    "",
    "own votes known   guessed right",
    ...growth
      .filter(({ accuracy }) => accuracy !== undefined)
      .map(({ own_votes_from: from, own_votes_to: to, accuracy, n }) => `${`${from}–${to}`.padStart(15)}   ${percent(accuracy)} of ${n}`),
    "",
    "the board         wins of its duels",
    ...report.board.map(
      ({ rank_low: low, rank_high: high, title, note, share, share_low: from, share_high: to, votes, fragile }) =>
        `${(low === high ? `${low}` : `${low}–${high}`).padStart(7)}   ${percent(share)} (${percent(from)} to ${percent(to)})  ${title}, ${note}, ${votes} votes${fragile ? ", fragile" : ""}`,
    ),
  ];
  process.stdout.write(`${rows.join("\n")}\n`);
} finally {
  await browser.close();
}
