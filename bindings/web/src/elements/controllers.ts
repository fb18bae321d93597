/**
 * Widgets that a game controller may work. The module that does it is loaded when a controller first says that it is there
 * (browsers tell a page so when one of its buttons is pressed), so that nobody without one pays for it.
 */
const hosts = new Map<HTMLElement, (() => void) | undefined>();
let working: typeof import("./gamepad.ts") | undefined;

/** Lets a controller work this widget. Gives what ends that. */
export function controllable(host: HTMLElement): () => void {
  if (hosts.size === 0 && !working) addEventListener("gamepadconnected", load);
  hosts.set(host, working?.withGamepad(host));
  return () => {
    hosts.get(host)?.();
    hosts.delete(host);
    if (hosts.size === 0) removeEventListener("gamepadconnected", load);
  };
}

function load(): void {
  void import("./gamepad.ts").then((module) => {
    if (working) return;
    working = module;
    removeEventListener("gamepadconnected", load);
    for (const host of hosts.keys()) hosts.set(host, module.withGamepad(host));
  }, () => {});
}
