/**
 * A game controller works the widget that has the keyboard, by the keys that the widget already knows: the cross is the
 * arrow keys, and so is the left stick; A presses, B takes back, Y skips, the shoulders go from control to control and on to
 * the next widget. Nothing is polled unless a controller is connected and focus is inside a widget.
 */

/** Standard mapping (W3C Gamepad): button → what it does. */
const BUTTONS: readonly (readonly [number, string])[] = [
  [12, "ArrowUp"], [13, "ArrowDown"], [14, "ArrowLeft"], [15, "ArrowRight"],
  [0, "press"], [1, "back"], [3, "s"], [4, "before"], [5, "after"],
];
/** Beyond this a stick counts as pushed; worn sticks rest at up to a fifth. */
const PUSHED = 0.6;
/** A held direction repeats after this long, then this often (milliseconds), as a held key does. */
const FIRST_REPEAT = 420;
const NEXT_REPEAT = 140;

/** What can be worked in a widget, in the order of the page. */
const CONTROLS = "button, input, audio, video, a[href], [tabindex='0']";

const hosts = new Set<HTMLElement>();
let active: HTMLElement | undefined;
let frame = 0;
/** When what is held acts next, by what it does. */
const held = new Map<string, number>();

/** Lets a controller work this widget while focus is inside it. Gives back the way out. */
export function withGamepad(host: HTMLElement): () => void {
  const enter = (): void => {
    active = host;
    start();
  };
  const leave = (): void => {
    if (active === host) stop();
  };
  if (hosts.size === 0) addEventListener("gamepadconnected", start);
  hosts.add(host);
  host.addEventListener("focusin", enter);
  host.addEventListener("focusout", leave);
  // The keyboard may be inside already: elements are defined late, or moved.
  if (host.matches(":focus-within")) enter();
  return () => {
    leave();
    hosts.delete(host);
    host.removeEventListener("focusin", enter);
    host.removeEventListener("focusout", leave);
    if (hosts.size === 0) removeEventListener("gamepadconnected", start);
  };
}

function start(): void {
  if (active === undefined || frame !== 0 || pads().length === 0) return;
  // What is held down as focus arrives was meant for where it came from.
  for (const what of pressed()) held.set(what, Infinity);
  frame = requestAnimationFrame(poll);
}

function stop(): void {
  cancelAnimationFrame(frame);
  frame = 0;
  active = undefined;
  held.clear();
}

function pads(): Gamepad[] {
  // A page may forbid controllers by its permissions policy; then there are none.
  try {
    return (navigator.getGamepads?.() ?? []).filter((pad): pad is Gamepad => pad !== null && pad.connected);
  } catch {
    return [];
  }
}

function pressed(): Set<string> {
  const now = new Set<string>();
  for (const { buttons, axes } of pads()) {
    for (const [at, what] of BUTTONS) if (buttons[at]?.pressed) now.add(what);
    const [x = 0, y = 0] = axes;
    if (Math.abs(x) > PUSHED || Math.abs(y) > PUSHED) {
      if (Math.abs(x) > Math.abs(y)) now.add(x > 0 ? "ArrowRight" : "ArrowLeft");
      else now.add(y > 0 ? "ArrowDown" : "ArrowUp");
    }
  }
  return now;
}

function poll(time: number): void {
  if (active === undefined || pads().length === 0) {
    frame = 0;
    return;
  }
  frame = requestAnimationFrame(poll);
  const now = pressed();
  for (const what of held.keys()) if (!now.has(what)) held.delete(what);
  for (const what of now) {
    const due = held.get(what);
    if (due !== undefined && (time < due || !what.startsWith("Arrow"))) continue;
    held.set(what, time + (due === undefined ? FIRST_REPEAT : NEXT_REPEAT));
    act(active, what, due !== undefined);
    // A press may move focus to another widget, which starts anew.
    if (active === undefined) return;
  }
}

function act(host: HTMLElement, what: string, repeat: boolean): void {
  const at = focused();
  if (what === "before" || what === "after") return step(host, at, what === "after" ? 1 : -1);
  if (at === undefined) return;
  if (what === "press") return press(at);
  if (what.startsWith("Arrow") && at instanceof HTMLInputElement) return adjust(at, what);
  // Escape puts back what is lifted and closes what is asked; where it meant nothing, the last vote is taken back.
  if (what === "back") return void (type(at, "Escape", repeat) && type(at, "z", repeat));
  type(at, what, repeat);
}

/** As a key of the keyboard. Gives whether nobody made use of it. */
function type(at: Element, key: string, repeat: boolean): boolean {
  return at.dispatchEvent(new KeyboardEvent("keydown", { key, repeat, bubbles: true, composed: true, cancelable: true }));
}

function press(at: Element): void {
  if (at instanceof HTMLMediaElement) return void (at.paused ? at.play().catch(() => {}) : at.pause());
  if (at.matches("button, a, input[type=checkbox], input[type=radio]")) (at as HTMLElement).click();
  else type(at, "Enter", false);
}

/** A field of the browser's own hears no made-up keys. */
function adjust(field: HTMLInputElement, key: string): void {
  const more = key === "ArrowUp" || key === (getComputedStyle(field).direction === "rtl" ? "ArrowLeft" : "ArrowRight");
  if (field.type !== "range" && field.type !== "number") return;
  if (more) field.stepUp(field.type === "range" ? 5 : 1);
  else field.stepDown(field.type === "range" ? 5 : 1);
  field.dispatchEvent(new Event("input", { bubbles: true, composed: true }));
}

/** What has focus, through shadow roots. */
function focused(): Element | undefined {
  let at = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  return at ?? undefined;
}

/** The next control of the widget; after the last one, the next widget of the page. */
function step(host: HTMLElement, at: Element | undefined, way: 1 | -1): void {
  const controls = controlsOf(host);
  const next = controls[at === undefined || !controls.includes(at as HTMLElement) ? (way > 0 ? 0 : controls.length - 1) : controls.indexOf(at as HTMLElement) + way];
  if (next !== undefined) return next.focus();
  const order = [...hosts].sort((a, b) => (a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1));
  for (let index = order.indexOf(host) + way; index >= 0 && index < order.length; index += way) {
    const others = controlsOf(order[index]!);
    const first = others.at(way > 0 ? 0 : -1);
    if (first !== undefined) return first.focus();
  }
}

function controlsOf(host: HTMLElement): HTMLElement[] {
  const root: ParentNode = host.shadowRoot ?? host;
  return [...root.querySelectorAll<HTMLElement>(CONTROLS)].filter((control) => control.tabIndex >= 0 && !control.matches(":disabled") && control.checkVisibility());
}
