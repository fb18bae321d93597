// The people of the headless demonstration: a name, a sentence, and the taste that the sentence tells, as a utility over
// what the gallery says of its own works (family, palette, dark, facts). They judge with the noise of real people.

/** Palettes whose colours lie on the warm side. */
const WARM = new Set(["harbour", "nightbus", "riso", "plum", "sodium", "melon"]);
/** Words of the facts that say that a work is made of many small things, or of few large ones. */
const SMALL = new Set(["fine", "many"]);
const LARGE = new Set(["wide", "coarse", "few"]);

const warm = ({ palette }) => (WARM.has(palette) ? 1 : -1);
const dark = (work) => (work.dark ? 1 : -1);
const busy = ({ facts }) => {
  const words = Object.values(facts);
  return words.some((word) => SMALL.has(word)) ? 1 : words.some((word) => LARGE.has(word)) ? -1 : 0;
};

/** A taste: so much for each family, for warmth, darkness, detail; and for each form of text. */
const taste = ({ warmth = 0, night = 0, detail = 0, forms = {}, ...families }) => ({
  work: (work) => (families[work.family] ?? 0) + warmth * warm(work) + night * dark(work) + detail * busy(work),
  text: ({ form }) => forms[form] ?? 0,
});

/** They vote before there is a model; the model is made of their votes. */
export const learners = [
  { name: "Ada", says: "wide horizons, warm colours, no weaves", ...taste({ shore: 2.5, loom: -2.5, warmth: 1.2, forms: { story: 2, slogan: -2 } }) },
  { name: "Bruno", says: "the night: dark grounds, currents", ...taste({ night: 2, drift: 1.5, shore: -1 }) },
  { name: "Chen", says: "order: tiles and weaves, nothing loose", ...taste({ tessera: 2.5, loom: 2, drift: -1.5, pebble: -1 }) },
  { name: "Dora", says: "round and soft, in cool colours", ...taste({ pebble: 2.5, warmth: -1.2, contour: -1, forms: { joke: 2, story: -1 } }) },
  { name: "Emil", says: "mazes and maps, the finer the better", ...taste({ contour: 2.5, detail: 1, pebble: -1 }) },
  { name: "Farah", says: "calm: few things on light paper", ...taste({ detail: -1.5, night: -1.5, shore: 1 }) },
  { name: "Goran", says: "loud: warm, dense, tiled", ...taste({ warmth: 1.5, detail: 1, tessera: 1.5, shore: -1.5, forms: { slogan: 2, story: -1 } }) },
  { name: "Hana", says: "cold landscapes", ...taste({ shore: 2, warmth: -1.8 }) },
  { name: "Ilse", says: "cloth, and nothing that flows", ...taste({ loom: 2.8, drift: -1.5, contour: -1 }) },
  { name: "João", says: "currents and level lines, never tiles", ...taste({ drift: 2.2, contour: 1.5, tessera: -2 }) },
  { name: "Kemi", says: "warm stones by daylight", ...taste({ pebble: 2, warmth: 1.2, night: -1.2 }) },
  { name: "Lars", says: "dark and cool, whatever it is", ...taste({ night: 1.8, warmth: -1.5, forms: { joke: 1.5, slogan: -1.5 } }) },
];

/** They come afterwards; no model has seen a vote of theirs. */
export const newcomers = [
  { name: "Mina", says: "shores and stones, warm", ...taste({ shore: 2, pebble: 1.5, warmth: 1.2, tessera: -1 }) },
  { name: "Nico", says: "tiles at night", ...taste({ tessera: 2.2, night: 1.8 }) },
  { name: "Olga", says: "maps in cool colours", ...taste({ contour: 2.2, warmth: -1.5, loom: -1 }) },
  { name: "Pavel", says: "weaves on light paper", ...taste({ loom: 2.5, night: -1.5, shore: -1 }) },
  { name: "Quinn", says: "dark currents, nothing dense", ...taste({ drift: 2, night: 1.5, detail: -1 }) },
  { name: "Rosa", says: "landscapes, and the calmer the better", ...taste({ shore: 2.5, detail: -1.2, contour: -1.5 }) },
  { name: "Sami", says: "dense patterns in warm colours", ...taste({ detail: 1.5, warmth: 1.5, pebble: -1 }) },
  { name: "Tove", says: "stones and cloth, cool", ...taste({ pebble: 1.8, loom: 1.5, warmth: -1.2, drift: -1 }) },
];

/** Closer than this is called a tie; both below this are called neither. */
const TIE = 0.2;
const BAD = -3.5;

/** Uniform in (0, 1), seeded by a name (mulberry32 over FNV-1a). */
export function random(name) {
  let state = [...name].reduce((hash, letter) => Math.imul(hash ^ letter.codePointAt(0), 16777619), 2166136261);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (((t ^ (t >>> 14)) >>> 0) + 0.5) / 4294967296;
  };
}

const logistic = (draw) => {
  const u = draw();
  return Math.log(u / (1 - u));
};

/** What somebody answers to a pair, given what each is worth to them. */
export function judge(left, right, draw) {
  if (left < BAD && right < BAD) return "neither";
  const gap = left - right + logistic(draw);
  if (Math.abs(gap) < TIE) return "tie";
  return gap > 0 ? "left" : "right";
}

/** For or against one, given what it is worth. */
export const approve = (worth, draw) => (worth + logistic(draw) > 0 ? "for" : "against");

/** The best that anybody could guess of a left-or-right answer to this pair: people are noisy. */
export function ceiling(left, right) {
  const sigmoid = (x) => 1 / (1 + Math.exp(-x));
  const [first, second] = [sigmoid(left - right - TIE), sigmoid(right - left - TIE)];
  return Math.max(first, second) / (first + second);
}
