// A page of widgets on views made by hand: `show(tag, views, attributes)` hangs one on a client that has no session behind
// it. What the widget asks for is in `requests`. The provider is defined before the package's own.

globalThis.requests = [];

class Client extends EventTarget {
  constructor(views) {
    super();
    Object.assign(this, { wallets: [], boardTrouble: undefined, round: {} }, views);
  }
  async request(request) {
    globalThis.requests.push(request);
    this.answer?.(request);
  }
  ask(...candidates) {
    globalThis.posed = candidates;
  }
  async watchBoard() {}
  async connect() {
    return { address: this.wallet.address, claimed: 0 };
  }
  async disconnect() {}
  async dismissWallet() {}
  set(views) {
    Object.assign(this, views);
    this.dispatchEvent(new Event("change"));
  }
}

customElements.define("taste-round", class extends HTMLElement {
  #client;
  constructor() {
    super();
    this.client = new Promise((resolve) => (this.open = (views) => resolve((globalThis.client = new Client(views)))));
  }
});

/** Hangs one widget; without views its client never comes. */
globalThis.show = async (tag, views, attributes = {}, inside = "") => {
  const round = document.createElement("taste-round");
  const element = round.appendChild(document.createElement(tag));
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (inside) element.append(inside);
  document.querySelector("main").replaceChildren(round);
  if (views) round.open(views);
  await new Promise((done) => setTimeout(done));
  return element;
};

/** Waits until the widget shows what it was given (`drawn`) and nothing moves in it any more. */
globalThis.settled = async (drawn) => {
  const element = document.querySelector("main > taste-round > *");
  const root = element.shadowRoot;
  while (drawn && !element.client) await new Promise((done) => setTimeout(done, 5));
  const pictures = [...root.querySelectorAll("img")];
  await Promise.all(pictures.map((image) => image.complete || new Promise((done) => ["load", "error"].forEach((kind) => image.addEventListener(kind, done)))));
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const finite = root.getAnimations().filter((animation) => animation.effect.getComputedTiming().iterations !== Infinity);
  await Promise.all(finite.map((animation) => animation.finished.catch(() => {})));
};

await import("/pkg/elements.js");
globalThis.ready = true;
