// The test runner's functions with an end to every wait: what hangs fails, by its own name, and the file goes on. Node's own
// limits are those of a whole file.

import * as runner from "node:test";

/** Several times what the longest test needs on a slow machine; a test that needs more says so. */
const PATIENCE = 150_000;

const bounded = (define) => (name, ...rest) => {
  const run = rest.pop();
  return define(name, { timeout: PATIENCE, ...rest[0] }, run);
};

export const test = bounded(runner.test);
export const before = (run) => runner.before(run, { timeout: PATIENCE });
export const after = (run) => runner.after(run, { timeout: PATIENCE });
