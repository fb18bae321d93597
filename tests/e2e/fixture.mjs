// Widgets on views made by hand, so that every state can be looked at without a server: see `site/fixture.js`.

import { readFileSync } from "node:fs";
import { join } from "node:path";

import { open } from "./browser.mjs";
import { require, site } from "./harness.mjs";
import { serveFolders } from "./http.mjs";

const id = (at) => `0x${String(at).padStart(64, "0")}`;
const picture = (hue) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8" width="800" height="800"><path fill="hsl(${hue} 40% 50%)" d="M0 0h8v8H0z"/><circle cx="4" cy="4" r="3"/></svg>`;

/** Serves the fixture page, with six pictures beside it and whatever a test adds. */
export const serveFixture = (files = {}, headers = {}) => {
  const pictures = Object.fromEntries([...Array(6).keys()].map((at) => [`${at}.svg`, picture(at * 60)]));
  const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
  return serveFolders(site({ ...pictures, "axe.js": axe, ...files }), headers);
};

export const image = (at, more = {}) => ({ id: id(at), kind: "image", title: `Work ${at}`, note: `Shore, no. ${at}`, src: `/${at}.svg`, text: null, ...more });
export const words = (at, text, more = {}) => ({ id: id(at + 100), kind: "text", title: `Text ${at}`, note: "", src: null, text, ...more });

export const delivery = { kept: 0, offline: false, trouble: null, storage: null, retryIn: null, undeliverable: 0 };
const tally = { hits: 19, guessed: 24, recent: [true, false, true, true, true, false, true, true, false, true, true, true] };
const asked = { question: "Which do you like more?", outcome: null, guess: null, tally, canUndo: true, delivery, reasons: [] };
const guess = { probability: 0.71, low: 0.6, high: 0.8, undecided: false, hit: true };
const row = (at) => ({ candidate: image(at), ranks: [at + 1, at + 3], share: 0.7 - at / 10, low: 0.6 - at / 10, high: 0.8 - at / 10, votes: at === 3 ? 3 : 90, fragile: at === 3, yours: at === 0 });

const duel = { ...asked, phase: "asking", pair: [image(0), image(1)], upcoming: [image(2), image(3)] };
const approval = { ...asked, phase: "asking", candidate: image(2), progress: [4, 12] };
const board = { phase: "asking", title: "Week 31", votes: 300, voters: 20, rows: [0, 1, 2, 3].map(row) };

/** What stands in for a question, and what may be said under it, in every widget that asks. */
const standing = {
  loading: { phase: "loading" },
  asking: {},
  done: { phase: "done", enough: true },
  spent: { phase: "done", enough: false },
  empty: { phase: "empty" },
  upcoming: { phase: "upcoming" },
  closed: { phase: "closed" },
  offline: { delivery: { ...delivery, offline: true, kept: 6 } },
  lost: { delivery: { ...delivery, kept: 1, trouble: "Client::Network", retryIn: 10 } },
  reasons: { reasons: ["colour", "composition"] },
};
const bare = (view) => (["loading", "done", "empty", "upcoming", "closed"].includes(view.phase) ? { ...view, pair: null, candidate: null, candidates: null } : view);
const answered = { phase: "answered", guess, outcome: "left" };

/** Every state of every widget: its tag, the client's views, the attributes. */
export const states = {
  ...Object.fromEntries(Object.entries(standing).map(([name, more]) => [`duel ${name}`, ["taste-duel", { duel: bare({ ...duel, ...more }) }, name === "reasons" ? { strength: "" } : {}]])),
  "duel answered": ["taste-duel", { duel: { ...duel, ...answered } }, { advance: "manual" }],
  "duel hanging": ["taste-duel", { duel: { ...duel, pair: [words(1, null), image(1)] } }],
  "duel away": ["taste-duel", { duel: { ...duel, pair: [image(0), image(1, { src: "/nowhere.svg" })] } }],
  "duel texts": ["taste-duel", { duel: { ...duel, pair: [words(1, "A lighthouse keeper teaches the fog to read."), words(2, "Two rivers argue.")] } }],
  "duel long texts": ["taste-duel", { duel: { ...duel, pair: [words(1, "word ".repeat(20_000)), words(2, "Short.")] } }],
  "duel palettes": ["taste-duel", { duel: { ...duel, pair: [words(1, '["#aa3300", "#0a7", "#224466"]', { kind: "palette" }), image(1, { kind: "card", src: null })] } }],
  "duel players": ["taste-duel", { duel: { ...duel, pair: [image(0, { kind: "audio", src: "/nowhere.wav" }), image(1, { kind: "video", src: "/nowhere.webm" })] } }],
  "duel without a source": ["taste-duel", undefined],
  ...Object.fromEntries(Object.entries(standing).map(([name, more]) => [`approve ${name}`, ["taste-approve", { approval: bare({ ...approval, ...more }) }, name === "reasons" ? { strength: "" } : {}]])),
  "approve answered": ["taste-approve", { approval: { ...approval, ...answered, outcome: "for" } }, { advance: "manual" }],
  "approve away": ["taste-approve", { approval: { ...approval, candidate: image(1, { src: "/nowhere.svg" }) } }],
  "approve without a source": ["taste-approve", undefined],
  "stars asking": ["taste-stars", { stars: { ...approval, stars: 5, halves: true, upcoming: null } }],
  "stars answered": ["taste-stars", { stars: { ...approval, ...answered, stars: 5, halves: true, upcoming: null, outcome: "3.5/5", guess: { value: 4.1, low: 3.2, high: 4.7 } } }, { advance: "manual" }],
  "rank asking": ["taste-rank", { ranking: { ...asked, phase: "asking", candidates: [0, 1, 2].map((at) => image(at)), progress: [4, 0], upcoming: null } }],
  "points asking": ["taste-points", { points: { ...asked, phase: "asking", candidates: [0, 1, 2].map((at) => image(at)), points: 10, cost: "linear", progress: [4, 0], upcoming: null } }],
  "me known": ["taste-me", { me: { phase: "asking", title: "Week 31", votes: 24, tally, model: true, rows: [0, 1, 2, 3].map((at) => ({ candidate: image(at), mine: 0.8 - at / 5, low: 0.7 - at / 5, high: 0.9 - at / 5, crowd: 0.5 })), nearest: [{ candidate: image(4), near: image(0) }], delivery } }],
  "board ready": ["taste-board", { board }],
  "board moved": ["taste-board", { board: { ...board, since: "1795219200", rows: board.rows.map((row, at) => ({ ...row, rank: at + 1, drift: [{ rating: 0.6, low: 0.2, high: 1, rankThen: 3 }, { rating: 0.3, low: 0.1, high: 0.5, rankThen: 1 }, { rating: -0.6, low: -1, high: -0.2, rankThen: 2 }, { rating: 0.6, low: -0.2, high: 1.4, rankThen: 4 }][at] })) } }],
  "board loading": ["taste-board", { board: { ...board, phase: "loading", rows: [] } }],
  "board empty": ["taste-board", { board: { ...board, phase: "empty", rows: [] } }],
  "board trouble": ["taste-board", { board: { ...board, phase: "loading", rows: [] }, boardTrouble: "Client::Network" }],
  "board hidden": ["taste-board", { board: { ...board, phase: "loading", rows: [] }, boardTrouble: "ServerError::BoardHidden" }],
  "wallet guest": ["taste-wallet", { wallet: { state: "guest", votes: 24 } }],
  "wallet asking": ["taste-wallet", { wallet: { state: "asking", wallet: "Some Wallet" } }],
  "wallet connected": ["taste-wallet", { wallet: { state: "connected", address: "0x71C7656EC7ab88b098defB751B7401B5f6d8976F", claimed: 2, notAfter: 1_900_000_000 } }],
  "wallet trouble": ["taste-wallet", { wallet: { state: "trouble", code: "Client::WalletRejected", message: "declined" } }],
  "wallet several": ["taste-wallet", { wallet: { state: "guest", votes: 0 }, wallets: [{ uuid: "a", name: "One" }, { uuid: "b", name: "Two" }] }],
};

/** Opens the fixture page; `lang` with its direction. */
export async function openFixture(browser, pages, { lang, ...options } = {}) {
  const page = await open(browser, `${pages.url}/fixture.html`, options);
  await page.waitForFunction(() => globalThis.ready);
  if (lang) await page.evaluate((lang) => Object.assign(document.documentElement, { lang, dir: lang === "ar" ? "rtl" : "ltr" }), lang);
  return page;
}

/** Hangs one state, and waits until its fades are over. */
export async function hang(page, [tag, views, attributes = {}]) {
  await page.evaluate(([tag, views, attributes]) => globalThis.show(tag, views, attributes), [tag, views, attributes]);
  await page.evaluate((drawn) => globalThis.settled(drawn), views !== undefined);
}
