// Every widget in every state, as views that a session would give. `text` round, `hostile` round, broken media, no model,
// offline, … A state that can be reached and is not here is a state that nobody has looked at.

import { FixtureClient, asking, trouble } from "./fixture.js";
import { card, film, line, lost, missing, palette, picture, sound } from "./works.js";

const guess = (probability, hit = true) => ({ probability, low: probability - 0.12, high: Math.min(0.97, probability + 0.12), undecided: Math.abs(probability - 0.5) < 0.02, hit });
const none = { hits: 0, guessed: 0, recent: [] };
const offline = trouble({ kept: 6, offline: true, trouble: "Client::Network" });
const failing = trouble({ kept: 1, trouble: "ServerError::Busy", retryIn: 10 });

/** Words that try to get out of where they stand. */
const HOSTILE = {
  ...picture(3),
  id: `0x${"f".repeat(64)}`,
  title: "<img src=x onerror=alert(1)>\u202Etxet desrever\u202C and a very-long-word-without-any-break-in-it-that-goes-on-and-on-and-on",
  note: "\u202E<script>document.title='taken'</script> \u2066isolate never closed ".repeat(4),
};
const ENDLESS = { ...line(0), id: `0x${"e".repeat(64)}`, text: "A word and another word. ".repeat(4000) };

const duel = (fields) => ({ duel: asking({ pair: [picture(0), picture(1)], upcoming: [picture(2), picture(3)], ...fields }) });
const approve = (fields) => ({ approval: asking({ question: "Should it stay on the wall next week?", candidate: picture(4), progress: [4, 12], ...fields }) });
const stars = (fields) => ({ stars: asking({ question: "How much do you like it?", candidate: picture(6), stars: 5, halves: true, progress: [4, 12], hidden: { value: 4.1, low: 3.2, high: 4.7 }, ...fields }) });
const rank = (fields) => ({ ranking: asking({ question: "Put them in order", candidates: [0, 1, 2, 3].map(picture), ...fields }) });
const points = (fields) => ({ points: asking({ question: "Which should be printed large?", candidates: [4, 5, 6].map(picture), points: 10, cost: "linear", ...fields }) });

const rows = (count, { width = 0.24, sure = true } = {}) =>
  Array.from({ length: count }, (_, n) => {
    const mine = 0.86 - (0.72 * n) / Math.max(1, count - 1);
    const spread = sure ? width / 2 : 0.4;
    return { candidate: picture(n), mine, low: Math.max(0.01, mine - spread), high: Math.min(0.99, mine + spread), crowd: 0.3 + ((n * 37) % 40) / 100 };
  });
const me = (fields) => ({
  me: { phase: "asking", title: "Week 31", votes: 24, tally: asking().tally, model: true, rows: rows(12), nearest: [], delivery: asking().delivery, ...fields },
});
const board = (fields) => ({
  board: {
    phase: "asking", title: "Week 31", votes: 3120, voters: 214,
    rows: [0, 1, 2, 3, 4].map((n) => ({ candidate: picture(n), ranks: n === 0 ? [1, 1] : [2, 4], share: 0.66 - 0.06 * n, low: 0.6 - 0.07 * n, high: 0.72 - 0.05 * n, votes: n === 4 ? 3 : 212 - 20 * n, fragile: n === 4, yours: n === 0 || n === 2 })),
    ...fields,
  },
});
/** Two rows gained and two lost since some day; the last may have done either. */
const moved = ({ board }) => {
  const drift = [[0.6, 0.2, 1, 3], [-0.7, -1.1, -0.3, 1], [0.5, 0.1, 0.9, 3], [-0.4, -0.7, -0.1, 2], [0.2, -0.9, 1.3, 5]];
  const rows = board.rows.map((row, n) => ({ ...row, rank: n + 1, drift: { rating: drift[n][0], low: drift[n][1], high: drift[n][2], rankThen: drift[n][3] } }));
  return { board: { ...board, since: "1795219200", rows } };
};

/** `[widget, state, views, options]`; the options' `attributes` go on the widget, `slots` are hung in it. */
export const exhibits = [
  ["taste-duel", "asking", duel()],
  ["taste-duel", "answered", duel({ phase: "answered", outcome: "left", guess: guess(0.71), canUndo: true })],
  ["taste-duel", "texts", duel({ pair: [line(0), line(2)], upcoming: null })],
  ["taste-duel", "palettes", duel({ pair: [palette(0), palette(1)], upcoming: null })],
  ["taste-duel", "sounds", duel({ pair: [sound(0), sound(1)], upcoming: null })],
  ["taste-duel", "films", duel({ pair: [film(0), film(1)], upcoming: null })],
  ["taste-duel", "a film that is none", duel({ pair: [film(0), lost(1)], upcoming: null })],
  ["taste-duel", "cards", duel({ pair: [card(0), card(1)], upcoming: null }), { slots: [card(0), card(1)] }],
  ["taste-duel", "away", duel({ pair: [picture(0), missing(1)], upcoming: null })],
  ["taste-duel", "hostile", duel({ pair: [HOSTILE, ENDLESS], upcoming: null })],
  ["taste-duel", "done", duel({ phase: "done", pair: null, enough: true })],

  ["taste-approve", "asking", approve()],
  ["taste-approve", "answered", approve({ phase: "answered", outcome: "for", guess: guess(0.58), canUndo: true })],

  ["taste-stars", "asking", stars()],
  ["taste-stars", "answered", stars({ phase: "answered", outcome: "3.5/5", guess: { value: 4.1, low: 3.2, high: 4.7 }, canUndo: true })],
  ["taste-stars", "ten, whole", stars({ stars: 10, halves: false, candidate: line(1) })],
  ["taste-stars", "sound", stars({ candidate: sound(0) })],
  ["taste-stars", "palette", stars({ candidate: palette(2) })],
  ["taste-stars", "away", stars({ candidate: missing(2) })],
  ["taste-stars", "offline", stars({ delivery: offline })],
  ["taste-stars", "done", stars({ phase: "done", candidate: null, enough: true })],
  ["taste-stars", "closed", stars({ phase: "closed", candidate: null })],
  ["taste-stars", "plain form field", undefined, { attributes: { value: "3.5", halves: "", name: "rating" } }],
  ["taste-stars", "required, nothing given", undefined, { attributes: { required: "", name: "rating" } }],
  ["taste-stars", "disabled", undefined, { attributes: { value: "2", disabled: "" } }],

  ["taste-rank", "asking", rank()],
  ["taste-rank", "answered", rank({ phase: "answered", outcome: "3>1>4>2", canUndo: true })],
  ["taste-rank", "texts and others", rank({ candidates: [line(0), line(1), palette(0), sound(0)] })],
  ["taste-rank", "twelve", rank({ candidates: Array.from({ length: 12 }, (_, n) => picture(n)) })],
  ["taste-rank", "away", rank({ candidates: [picture(0), missing(1), picture(2), picture(3)] })],
  ["taste-rank", "failing", rank({ delivery: failing, canUndo: true })],
  ["taste-rank", "upcoming", rank({ phase: "upcoming", candidates: null })],
  ["taste-rank", "hostile", rank({ candidates: [HOSTILE, ENDLESS, picture(1)] })],

  ["taste-points", "asking", points()],
  ["taste-points", "quadratic", points({ points: 36, cost: "quadratic" })],
  ["taste-points", "answered", points({ phase: "answered", outcome: "5,0,3", canUndo: true })],
  ["taste-points", "answered, quadratic", points({ points: 36, cost: "quadratic", phase: "answered", outcome: "4,3,1", canUndo: true })],
  ["taste-points", "texts", points({ candidates: [line(0), line(1), line(2), line(3)] })],
  ["taste-points", "empty", points({ phase: "empty", candidates: null })],

  ["taste-me", "known", me({ nearest: [{ candidate: picture(9), near: picture(0) }, { candidate: picture(10), near: picture(1) }, { candidate: picture(11), near: picture(3) }] })],
  ["taste-me", "little known", me({ votes: 3, tally: { hits: 1, guessed: 2, recent: [true, false] }, rows: rows(12, { sure: false }) })],
  ["taste-me", "no model", me({ model: false, votes: 4, tally: none, rows: [] })],
  ["taste-me", "no votes", me({ votes: 0, tally: none, rows: [] })],

  ["taste-board", "open", board()],
  ["taste-board", "moved", moved(board())],
  ["taste-board", "empty", board({ votes: 0, voters: 0, rows: [] })],
  ["taste-wallet", "guest", { wallet: { state: "guest", votes: 6 } }],
  ["taste-wallet", "connected", { wallet: { state: "connected", address: "0x71C7656EC7ab88b098defB751B7401B5f6d8976F", claimed: 6, notAfter: 1_800_600_000 } }],
];

export const clientFor = (views) => views && new FixtureClient(views);
