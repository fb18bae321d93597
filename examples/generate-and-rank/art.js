// Drawings of currents: six settings between 0 and 1 and a seed give a list of shapes, which becomes pixels (`paint`) or SVG (`markup`).
// Nothing here knows about votes. The same settings and seed give the same drawing.

/** What a visitor can set, and what its ends are called. */
export const SETTINGS = [
  { name: "warmth", ends: ["cool", "warm"] },
  { name: "light", ends: ["night", "day"] },
  { name: "colour", ends: ["grey", "vivid"] },
  { name: "density", ends: ["few", "many"] },
  { name: "turbulence", ends: ["calm", "wild"] },
  { name: "symmetry", ends: ["free", "mirrored"] },
];

/** Side of a drawing in its own units. */
const SIDE = 1000;
const STEPS = 30;

/** Uniform in [0, 1), from a whole number (mulberry32). */
export function random(seed) {
  let state = Math.imul(seed + 1, 0x9e3779b1);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** OKLCH to `#rrggbb`; what a screen cannot show is cut off. (Björn Ottosson, A perceptual color space for image processing, 2020.) */
function colour(lightness, chroma, hue) {
  const angle = (hue * Math.PI) / 180;
  const [a, b] = [chroma * Math.cos(angle), chroma * Math.sin(angle)];
  const [l, m, s] = [
    (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3,
    (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3,
    (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3,
  ];
  const linear = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
  const channel = (value) => {
    const shown = value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055;
    return Math.round(255 * Math.min(1, Math.max(0, shown))).toString(16).padStart(2, "0");
  };
  return `#${linear.map(channel).join("")}`;
}

/** The drawing: a paper colour, and shapes from back to front. */
export function draw({ warmth, light, colour: vivid, density, turbulence, symmetry }, seed) {
  const dice = random(seed);
  const between = (low, high) => low + (high - low) * dice();
  // From blue over violet and rose to ochre: never through green, which is neither.
  const hue = 238 + 188 * warmth;
  const chroma = 0.008 + 0.17 * vivid;
  const day = light > 0.5;
  // Little time is spent at dusk, where everything is mud.
  const level = light * light * (3 - 2 * light);
  const paper = colour(0.17 + 0.79 * level, Math.min(chroma, 0.035) * (day ? 0.6 : 1), hue + 20);
  // Away from the paper, in five steps.
  const shades = Array.from({ length: 5 }, (_, at) => {
    const step = at / 4;
    const lightness = day ? 0.3 + 0.5 * step * (0.4 + light * 0.6) : 0.9 - 0.5 * step * (1 - light * 0.5);
    return colour(lightness, chroma * (0.75 + 0.5 * dice()), hue + (step - 0.5) * 64);
  });
  const accent = colour(day ? 0.62 : 0.78, 0.02 + 0.2 * vivid, hue + (warmth > 0.5 ? -48 : 52));

  const waves = Array.from({ length: 4 }, () => ({ x: between(-1, 1), y: between(-1, 1), phase: between(0, 2 * Math.PI) }));
  const drift = between(-0.25, 0.25);
  const wildness = 0.12 + 1.5 * turbulence;
  const scale = ((1 + 2.4 * turbulence) * 2 * Math.PI) / SIDE;
  const angleAt = (x, y) => drift + wildness * waves.reduce((sum, wave) => sum + Math.sin((wave.x * x + wave.y * y) * scale + wave.phase), 0) * 0.5;

  const count = Math.round(9 * 11 ** density);
  const strokes = Array.from({ length: count }, (_, at) => {
    let [x, y] = [between(-200, 900), SIDE * ((at + between(-0.4, 1.4)) / count)];
    const length = between(14, 36);
    const points = [[x, y]];
    for (let step = 1; step < STEPS; step += 1) {
      const angle = angleAt(x, y);
      points.push([(x += length * Math.cos(angle)), (y += length * Math.sin(angle))]);
    }
    const width = (3 + 70 * dice() ** 2.6) * (1.5 - density);
    return { points, width, colour: dice() < 0.06 ? accent : shades[Math.floor(5 * dice() ** 1.2)] };
  }).sort((a, b) => b.width - a.width);

  const shapes = [];
  const radius = between(70, 190);
  const beside = between(180, 820);
  shapes.push({ disc: [symmetry > 0.66 ? SIDE / 2 : beside, between(200, 560)], radius, colour: accent });
  for (const stroke of strokes) {
    shapes.push(stroke);
    // A share of the strokes has its mirror image; at the end all of them, and the drawing with them.
    if (dice() < symmetry) shapes.push({ ...stroke, points: stroke.points.map(([x, y]) => [SIDE - x, y]) });
  }
  return { paper, shapes };
}

/** Paints a drawing into a square of a canvas. */
export function paint({ paper, shapes }, context, side) {
  context.save();
  context.setTransform(side / SIDE, 0, 0, side / SIDE, 0, 0);
  context.fillStyle = paper;
  context.fillRect(0, 0, SIDE, SIDE);
  context.lineCap = context.lineJoin = "round";
  for (const { disc, radius, points, width, colour } of shapes) {
    context.beginPath();
    if (disc) {
      context.arc(...disc, radius, 0, 2 * Math.PI);
      context.fillStyle = colour;
      context.fill();
      continue;
    }
    points.forEach(([x, y], at) => (at === 0 ? context.moveTo(x, y) : context.lineTo(x, y)));
    context.lineWidth = width;
    context.strokeStyle = colour;
    context.stroke();
  }
  context.restore();
}

/** The same as SVG. */
export function markup({ paper, shapes }) {
  const lines = shapes.map(({ disc, radius, points, width, colour }) => {
    if (disc) return `<circle cx="${Math.round(disc[0])}" cy="${Math.round(disc[1])}" r="${Math.round(radius)}" fill="${colour}"/>`;
    const whole = points.map((point) => point.map(Math.round));
    const steps = whole.slice(1).map(([x, y], at) => `${x - whole[at][0]} ${y - whole[at][1]}`);
    return `<path d="M${whole[0].join(" ")}l${steps.join(" ").replaceAll(" -", "-")}" stroke="${colour}" stroke-width="${width.toFixed(1)}"/>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIDE} ${SIDE}" fill="none" stroke-linecap="round" stroke-linejoin="round"><rect width="${SIDE}" height="${SIDE}" fill="${paper}"/>${lines.join("")}</svg>\n`;
}
