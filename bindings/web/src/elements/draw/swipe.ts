/** A finger that pushes a work to one side. The work follows it; let go far enough out, that is an answer. */
import { property, toggle } from "./dom.ts";

/** So far the finger has to go, in pixels, or in a fifth of the work's width where that is less. */
const FAR = 96;
/** Before the direction is clear the page may be meant to scroll. */
const CLEAR = 10;

/** Watches `element`; `done(true)` is to the right. Left is left in every writing direction. */
export function swipe(element: HTMLElement, done: (right: boolean) => void): void {
  let start: { id: number; x: number; y: number } | undefined;
  let way = 0;
  const far = (to: number): boolean => Math.abs(to) >= Math.min(FAR, element.clientWidth / 5);
  const move = (to: number): void => {
    way = to;
    property(element, "--swipe", `${to.toFixed(0)}px`);
    toggle(element, "swiping", to !== 0);
    toggle(element, "to-left", far(to) && to < 0);
    toggle(element, "to-right", far(to) && to > 0);
  };
  element.addEventListener("pointerdown", ({ pointerId: id, pointerType, isPrimary, clientX: x, clientY: y }) => {
    if (isPrimary && pointerType !== "mouse") start = { id, x, y };
  });
  element.addEventListener("pointermove", ({ pointerId, clientX, clientY }) => {
    if (pointerId !== start?.id) return;
    const [dx, dy] = [clientX - start.x, clientY - start.y];
    if (way === 0 && (Math.abs(dx) < CLEAR || Math.abs(dx) < Math.abs(dy))) return;
    element.setPointerCapture(pointerId);
    move(dx);
  });
  element.addEventListener("pointerup", ({ pointerId }) => {
    if (pointerId !== start?.id) return;
    const to = way;
    start = undefined;
    move(0);
    if (far(to)) done(to > 0);
  });
  // The browser took the finger for scrolling.
  element.addEventListener("pointercancel", () => {
    start = undefined;
    move(0);
  });
}
