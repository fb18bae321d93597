// Works for the gallery, drawn here so that the page needs no other file: pictures as small SVGs, a sound, palettes,
// texts. The same everywhere, always: numbers come from a seed.

/** Numbers in [0, 1) from a seed (mulberry32). */
function numbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const PALETTES = [
  ["#f2ede1", "#22313a", "#2f6f73", "#e8a33d", "#d9583b", "#8fb6a6"],
  ["#f4e9e4", "#2a1f33", "#5d3a6e", "#c2577a", "#f0a08f", "#3f4c8c"],
  ["#eef0ea", "#1f2a26", "#3d6b57", "#a9c28f", "#d8b04c", "#7c4a2d"],
  ["#f6efe0", "#16324a", "#2c6a9b", "#8cc0d6", "#e9c46a", "#d1495b"],
];

const svg = (paper, body) =>
  `data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400" width="400" height="400"><rect width="400" height="400" fill="${paper}"/>${body}</svg>`)}`;

/** Ridges under a sun. */
function shore(seed) {
  const next = numbers(seed);
  const [paper, ...inks] = PALETTES[seed % PALETTES.length];
  let body = `<circle cx="${(90 + 220 * next()).toFixed(1)}" cy="${(80 + 60 * next()).toFixed(1)}" r="${(26 + 22 * next()).toFixed(1)}" fill="${inks[2 + (seed % 3)]}"/>`;
  for (let ridge = 0; ridge < 5; ridge += 1) {
    const base = 170 + ridge * 48;
    let path = "M0 400";
    for (let x = 0; x <= 400; x += 25) path += `L${x} ${(base + 26 * Math.sin(x / (34 + 22 * ridge) + seed) + 14 * next()).toFixed(1)}`;
    body += `<path d="${path}L400 400Z" fill="${inks[(ridge + seed) % inks.length]}"/>`;
  }
  return svg(paper, body);
}

/** Quarter discs in a grid. */
function tessera(seed) {
  const next = numbers(seed);
  const [paper, ...inks] = PALETTES[seed % PALETTES.length];
  const grid = 3 + (seed % 3);
  const side = 400 / grid;
  let body = "";
  for (let row = 0; row < grid; row += 1) {
    for (let column = 0; column < grid; column += 1) {
      const [x, y] = [column * side, row * side];
      const corner = Math.floor(4 * next());
      const [cx, cy] = [x + (corner & 1 ? side : 0), y + (corner & 2 ? side : 0)];
      const ink = inks[Math.floor(inks.length * next())];
      const under = inks[Math.floor(inks.length * next())];
      body += `<svg x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${side.toFixed(1)}" height="${side.toFixed(1)}" viewBox="${x.toFixed(1)} ${y.toFixed(1)} ${side.toFixed(1)} ${side.toFixed(1)}">` +
        `<rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${side.toFixed(1)}" height="${side.toFixed(1)}" fill="${next() < 0.4 ? paper : under}"/><circle cx="${cx.toFixed(1)}" cy="${cy.toFixed(1)}" r="${side.toFixed(1)}" fill="${ink}"/></svg>`;
    }
  }
  return svg(paper, body);
}

/** Discs, some with moons. */
function pebble(seed) {
  const next = numbers(seed);
  const [paper, ...inks] = PALETTES[seed % PALETTES.length];
  const placed = [];
  let body = "";
  for (let tries = 0; tries < 700; tries += 1) {
    const disc = { x: 40 + 320 * next(), y: 40 + 320 * next(), r: 4 + 46 * next() ** 3 };
    if (Math.hypot(disc.x - 200, disc.y - 200) + disc.r > 165) continue;
    if (placed.some(({ x, y, r }) => Math.hypot(x - disc.x, y - disc.y) < r + disc.r + 3)) continue;
    placed.push(disc);
    const ink = inks[placed.length % inks.length];
    body += `<circle cx="${disc.x.toFixed(1)}" cy="${disc.y.toFixed(1)}" r="${disc.r.toFixed(1)}" fill="${ink}"/>`;
    if (placed.length % 3 === 0) body += `<circle cx="${disc.x.toFixed(1)}" cy="${disc.y.toFixed(1)}" r="${(disc.r / 2).toFixed(1)}" fill="${paper}"/>`;
  }
  return svg(paper, body);
}

/** A name of 32 bytes for the n-th work. */
export const id = (n) => `0x${n.toString(16).padStart(64, "0")}`;

const TITLES = [
  ["Salt morning", "Shore, no. 7"], ["Kitchen floor", "Tessera, no. 9"], ["Small crowd", "Pebble, no. 3"],
  ["Far light", "Shore, no. 12"], ["Market cloth", "Tessera, no. 6"], ["Quiet company", "Pebble, no. 11"],
  ["Before crossing", "Shore, no. 2"], ["Late weather", "Shore, no. 4"], ["Sleeper coat", "Tessera, no. 3"],
  ["Old fathoms", "Pebble, no. 8"], ["North letter", "Shore, no. 9"], ["Soft survey", "Tessera, no. 1"],
];

/** The n-th picture, from 0. */
export function picture(n) {
  const draw = [shore, tessera, pebble][n % 3];
  const [title, note] = TITLES[n % TITLES.length];
  return { id: id(n + 1), kind: "image", title, note, src: draw(n * 7 + 3), text: null };
}

const LINES = [
  "The lighthouse keeper wrote one line a day. On the last page it said: the light is fine.",
  "She kept every train ticket, and none of the journeys.",
  "From next week, the wall label says which program drew the picture, but not which seed.",
  "He asked the river for directions, and the river, being polite, went first.",
];

/** The n-th text. */
export function line(n) {
  return { id: id(n + 101), kind: "text", title: "", note: `No. ${n + 1}`, src: null, text: LINES[n % LINES.length] };
}

/** The n-th palette. */
export function palette(n) {
  const colours = PALETTES[n % PALETTES.length];
  return { id: id(n + 201), kind: "palette", title: ["Harbour", "Plum", "Orchard", "Regatta"][n % 4], note: `${colours.length} colours`, src: null, text: JSON.stringify(colours) };
}

/** A quarter of a second of a tone, as a WAV file. */
export function sound(n) {
  const rate = 8000;
  const length = rate / 4;
  const bytes = new Uint8Array(44 + length);
  const view = new DataView(bytes.buffer);
  const word = (at, letters) => [...letters].forEach((letter, index) => view.setUint8(at + index, letter.charCodeAt(0)));
  word(0, "RIFF");
  view.setUint32(4, 36 + length, true);
  word(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, rate, true);
  view.setUint16(32, 1, true);
  view.setUint16(34, 8, true);
  word(36, "data");
  view.setUint32(40, length, true);
  for (let at = 0; at < length; at += 1) bytes[44 + at] = 128 + 90 * Math.sin((2 * Math.PI * (330 + 110 * n) * at) / rate) * (1 - at / length);
  const src = `data:audio/wav;base64,${btoa(String.fromCharCode(...bytes))}`;
  return { id: id(n + 301), kind: "audio", title: ["Low bell", "High bell"][n % 2], note: "A quarter of a second", src, text: null };
}

/** Two seconds of a sun going up. */
export function film(n) {
  return { id: id(n + 601), kind: "video", title: ["Sunrise", "Sunrise again"][n % 2], note: "Two seconds", src: "sunrise.webm", text: null };
}

/** A film that is none. */
export function lost(n) {
  return { ...film(n), id: id(n + 701), title: "A lost film", src: "data:video/webm;base64,AAAA" };
}

/** A work that only the page can draw; the page hangs it in the slot of its id. */
export function card(n) {
  return { id: id(n + 401), kind: "card", title: ["The left hand", "The right hand"][n % 2], note: "Drawn by the page", src: null, text: null };
}

/** A picture that never comes. */
export function missing(n) {
  return { ...picture(n), id: id(n + 501), src: "data:image/png;base64,AAAA" };
}
