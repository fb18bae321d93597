/** One at a time: what two tabs of one person must not do at once. */

const waiting = new Map<string, Promise<unknown>>();

/** Runs one task at a time over all tabs (Web Locks), or over this page where there are no locks. */
export async function exclusively<T>(name: string, task: () => Promise<T>): Promise<T> {
  if (globalThis.navigator?.locks !== undefined) {
    let started = false;
    try {
      return (await navigator.locks.request(`tastemaker:${name}`, () => {
        started = true;
        return task();
      })) as T;
    } catch (error) {
      // Sandboxed frames and blocked site data have locks that refuse; a vote is sent all the same.
      if (started) throw error;
    }
  }
  const before = waiting.get(name) ?? Promise.resolve();
  const mine = before.then(task, task);
  waiting.set(name, mine.catch(() => undefined));
  return mine;
}
