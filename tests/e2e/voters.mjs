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

/** Grown or built: shores and currents on one end, tiles and weaves on the other. */
const GROWN = { shore: 1, drift: 1, pebble: 0.5, contour: 0, tessera: -1, loom: -1 };
/** What nearly everybody likes a little more or less, whatever else they like. */
const COMMON = { shore: 0.8, contour: 0.4, loom: -0.8 };

/**
 * A taste: so much for what is grown (or, below zero, built), for the night, for warm colours, for many small things;
 * for single families; and for each form of text.
 */
const taste = ({ grown = 0, night = 0, warmth = 0, detail = 0, forms = {}, ...families }) => ({
  work: (work) =>
    (COMMON[work.family] ?? 0) + (families[work.family] ?? 0) +
    grown * GROWN[work.family] + night * dark(work) + warmth * warm(work) + detail * busy(work),
  text: ({ form }) => forms[form] ?? 0,
});

/** They vote before there is a model; the model is made of their votes. */
export const learners = [
  { name: "Ada", says: "wide horizons, warm colours, no weaves", ...taste({ grown: 1.5, warmth: 1.5, shore: 1, loom: -1, forms: { story: 2, slogan: -2 } }) },
  { name: "Bruno", says: "the night, and what moves in it", ...taste({ night: 2.2, grown: 1 }) },
  { name: "Chen", says: "order: tiles and weaves by daylight", ...taste({ grown: -2.2, night: -1 }) },
  { name: "Dora", says: "round and soft, in cool colours", ...taste({ grown: 1, warmth: -1.6, pebble: 1, forms: { joke: 2, story: -1 } }) },
  { name: "Emil", says: "mazes and maps in the dark", ...taste({ night: 1.8, contour: 1.5 }) },
  { name: "Farah", says: "calm: few things on light paper", ...taste({ night: -2, detail: -1, grown: 0.6 }) },
  { name: "Goran", says: "warm, built and dense", ...taste({ grown: -1.6, warmth: 1.8, detail: 0.6, forms: { slogan: 2, story: -1 } }) },
  { name: "Hana", says: "cold landscapes by daylight", ...taste({ grown: 1.6, warmth: -1.6, night: -1 }) },
  { name: "Ilse", says: "cloth, and cool colours", ...taste({ grown: -1.8, warmth: -1.4, loom: 1 }) },
  { name: "João", says: "currents at night, never tiles", ...taste({ grown: 2, night: 1.4, drift: 0.6 }) },
  { name: "Kemi", says: "warm stones by daylight", ...taste({ night: -1.6, warmth: 1.6, pebble: 1 }) },
  { name: "Lars", says: "dark and cool, whatever it is", ...taste({ night: 2, warmth: -1.8, forms: { joke: 1.5, slogan: -1.5 } }) },
  { name: "Maud", says: "nature, in whatever light", ...taste({ grown: 2.4 }) },
  { name: "Noor", says: "tiles at night", ...taste({ grown: -1.6, night: 2, tessera: 0.6 }) },
  { name: "Otto", says: "patterns on light paper", ...taste({ grown: -1.6, night: -2 }) },
  { name: "Pia", says: "warm maps", ...taste({ warmth: 2.2, contour: 1 }) },
  { name: "Raj", says: "dark, warm, flowing", ...taste({ night: 1.6, warmth: 1.4, grown: 1.4 }) },
  { name: "Sven", says: "cool and light, like morning", ...taste({ warmth: -1.8, night: -1.8 }) },
  { name: "Tara", says: "warm patterns at night", ...taste({ warmth: 1.6, night: 1.4, grown: -1.4 }) },
  { name: "Ugo", says: "cool patterns by daylight", ...taste({ warmth: -1.6, night: -1.2, grown: -1.6 }) },
  { name: "Vera", says: "sunlit shores", ...taste({ grown: 1.8, night: -1.6, warmth: 0.8 }) },
  { name: "Wim", says: "cold water at night", ...taste({ grown: 1.6, night: 1.6, warmth: -1.2 }) },
  { name: "Yara", says: "anything warm", ...taste({ warmth: 2.4 }) },
  { name: "Zeno", says: "anything light", ...taste({ night: -2.4 }) },
];

/** They come afterwards; no model has seen a vote of theirs. */
export const newcomers = [
  { name: "Mina", says: "shores and stones, warm", ...taste({ grown: 1.8, warmth: 1.6 }) },
  { name: "Nico", says: "built things at night", ...taste({ grown: -1.8, night: 1.8 }) },
  { name: "Olga", says: "cool colours on light paper", ...taste({ warmth: -2, night: -1.4 }) },
  { name: "Pavel", says: "weaves and tiles by daylight", ...taste({ grown: -2, night: -1.2, loom: 0.6 }) },
  { name: "Quinn", says: "dark currents", ...taste({ grown: 1.6, night: 2 }) },
  { name: "Rosa", says: "landscapes, the calmer the better", ...taste({ grown: 2, detail: -0.8, night: -0.8 }) },
  { name: "Sami", says: "warm and dense", ...taste({ warmth: 2, detail: 0.8, grown: -0.6 }) },
  { name: "Tove", says: "cold and dark", ...taste({ warmth: -1.8, night: 1.6, pebble: 0.6 }) },
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
