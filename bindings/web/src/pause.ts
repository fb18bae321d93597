/** Lets the browser draw and hear in between: no task of ours is to hold it for longer than a blink. */
export const pause = (): Promise<void> => (globalThis.scheduler as Partial<Scheduler> | undefined)?.yield?.() ?? new Promise((done) => void setTimeout(done));

/** How long work goes on without a pause, in milliseconds: less than a frame has. */
const STRETCH = 14;
let since = -STRETCH;

/** As `pause`, where it is time for one. */
export async function rest(): Promise<void> {
  if (performance.now() - since < STRETCH) return;
  await pause();
  since = performance.now();
}
