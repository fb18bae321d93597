// Operations per second, turn by turn.

/** How long one side runs before the other has its turn. Browsers' clocks are coarse. */
const TURN_MS = 80;
export const TURNS = 9;

export const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

/** Operations per second over about TURN_MS. */
export async function turn(run) {
  const start = performance.now();
  let count = 0;
  let now = start;
  while (now - start < TURN_MS) {
    for (let i = 0; i < 16; i += 1) await run();
    count += 16;
    now = performance.now();
  }
  return (count * 1000) / (now - start);
}
