/**
 * Things that change places move there instead of jumping. First, last, invert, play: where they were is measured before the
 * change, where they are after it, and the browser animates the difference away. Nobody who asked for less motion sees any.
 */

/** Makes a change and lets these elements glide from where they were to where it puts them. */
export function glide(elements: Iterable<Element>, change: () => void, except?: Element): void {
  const moving = [...elements].filter((element) => element !== except);
  // On a server nothing moves.
  const still = globalThis.matchMedia?.("(prefers-reduced-motion: reduce)").matches ?? true;
  const before = still ? [] : moving.map((element) => element.getBoundingClientRect());
  change();
  if (still) return;
  moving.forEach((element, at) => {
    const from = before[at]!;
    const to = element.getBoundingClientRect();
    const [x, y] = [from.left - to.left, from.top - to.top];
    if ((x === 0 && y === 0) || from.width === 0 || to.width === 0) return;
    element.animate([{ transform: `translate(${x}px, ${y}px)` }, { transform: "none" }], { duration: 220, easing: "cubic-bezier(.2, 0, 0, 1)" });
  });
}
