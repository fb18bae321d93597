/** Lets the browser draw and hear in between: no task of ours is to hold it for longer than a blink. */
export const pause = (): Promise<void> => (globalThis.scheduler as Partial<Scheduler> | undefined)?.yield?.() ?? new Promise((done) => void setTimeout(done));
