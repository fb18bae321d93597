/** The wallet panel: who this browser votes for, and the way to change it. */
import { isolated, speak, type Locale, type WordKey } from "../../locales/locale.ts";
import { common } from "../../locales/en/common.ts";
import { wallet as words } from "../../locales/en/wallet.ts";
import type { WalletView as SessionWallet } from "../../types.ts";
import { Maker, asked, attribute, show, text } from "./dom.ts";
import type { Drawing, OnRequest } from "./drawing.ts";

speak(common);
speak(words);

/** How this device stands towards wallets, and the wallets that announced themselves; with more than one, each gets its key. */
export interface WalletView {
  wallet: SessionWallet;
  known: readonly { uuid: string; name: string }[];
}

/** What is said about a failure, by its code; others are told as they came. */
const TROUBLE: Record<string, readonly [title: WordKey, sentence: WordKey]> = {
  "Client::NoWallet": ["walletNoneTitle", "walletNoneSentence"],
  "Client::WalletRejected": ["walletRejectedTitle", "walletRejectedSentence"],
  "Client::WalletTimeout": ["walletTimeoutTitle", "walletTimeoutSentence"],
  "Client::WalletLocked": ["walletLockedTitle", "walletLockedSentence"],
  "Client::WalletBusy": ["walletBusyTitle", "walletBusySentence"],
  "Client::WalletGone": ["walletGoneTitle", "walletGoneSentence"],
  "Client::WalletChain": ["walletChainTitle", "walletChainSentence"],
  "Client::WalletAccount": ["walletAccountTitle", "walletAccountSentence"],
  "Client::WalletUnsupported": ["walletUnsupportedTitle", "walletUnsupportedSentence"],
  "Client::DeviceLocked": ["walletDeviceLockedTitle", "walletDeviceLockedSentence"],
  "Client::DeviceRejected": ["walletDeviceRejectedTitle", "walletDeviceRejectedSentence"],
  "Client::DeviceGone": ["walletDeviceGoneTitle", "walletDeviceGoneSentence"],
  "Client::DeviceBlindSigning": ["walletDeviceBlindTitle", "walletDeviceBlindSentence"],
  "BallotError::GrantRevoked": ["walletRevokedTitle", "walletRevokedSentence"],
  "BallotError::GrantExpired": ["walletExpiredTitle", "walletExpiredSentence"],
};

/**
 * `<taste-wallet>`'s inside. It asks for `("connect", uuid)` (empty: the only wallet) and `("disconnect", "")`. The element
 * with part `wallet` carries `data-state`: `guest`, `asking`, `connected`, `trouble`.
 */
export class WalletDrawing implements Drawing<WalletView> {
  readonly #make: Maker;
  readonly #wall: HTMLElement;
  readonly #section: HTMLElement;
  readonly #title: HTMLElement;
  readonly #message: HTMLElement;
  readonly #quote: HTMLElement;
  readonly #facts: HTMLElement;
  readonly #terms: HTMLElement[] = [];
  readonly #address: HTMLElement;
  readonly #until: HTMLElement;
  readonly #small: HTMLElement;
  readonly #actions: HTMLElement;
  /** What the keys that are up depend on. */
  #keyed = "";

  constructor(root: ShadowRoot, request: OnRequest) {
    const make = (this.#make = new Maker(root));
    const wall = (this.#wall = make.add(root, "div", "wall"));
    make.slot(wall, "header");
    const section = (this.#section = make.add(wall, "section", "wallet", "wallet"));
    attribute(section, "tabindex", "-1");
    seal(make, section);
    const status = make.add(section, "div", "words");
    attribute(status, "role", "status");
    this.#title = make.add(status, "p", "notice-title", "title");
    this.#message = make.add(status, "p", "notice-sentence", "message");
    this.#quote = make.add(section, "p", "quote");
    this.#facts = make.add(section, "dl", "facts", "facts");
    const fact = (tag: "bdi" | "span"): HTMLElement => {
      this.#terms.push(make.add(this.#facts, "dt"));
      return make.add(make.add(this.#facts, "dd"), tag);
    };
    this.#address = fact("bdi");
    this.#until = fact("span");
    this.#small = make.add(section, "p", "note");
    this.#actions = make.add(section, "div", "actions");
    section.addEventListener("click", (event) => {
      const found = asked(event);
      if (found) request(...found);
    });
  }

  rest(): void {}

  render(view: WalletView | undefined, locale: Locale): void {
    attribute(this.#wall, "lang", locale.language);
    attribute(this.#wall, "dir", locale.direction);
    const wallet: SessionWallet = view?.wallet ?? { state: "guest", votes: 0 };
    const { state } = wallet;
    attribute(this.#section, "data-state", state);
    text(this.#quote, locale.say("walletQuote"));
    text(this.#terms[0]!, locale.say("walletAddress"));
    text(this.#terms[1]!, locale.say("walletUntil"));
    const [title, message, small] = said(wallet, locale);
    text(this.#title, title);
    text(this.#message, message);
    text(this.#small, small);
    show(this.#small, small !== "");
    if (state === "connected") {
      text(this.#address, shortAddress(wallet.address));
      attribute(this.#address, "title", wallet.address);
      text(this.#until, locale.day(wallet.notAfter));
    }
    show(this.#quote, state === "asking");
    show(this.#facts, state === "connected");
    const known = view?.known ?? [];
    const keyed = JSON.stringify([state, known.map(({ uuid, name }) => [uuid, name]), locale.language, view === undefined]);
    if (keyed !== this.#keyed) {
      // A panel's few keys are remade at a change of state; focus then stays with the panel.
      const held = this.#actions.matches?.(":focus-within");
      if (this.#keyed) this.#actions.replaceChildren();
      this.#keyed = keyed;
      this.#keys(state, known, view === undefined, locale);
      if (held) this.#section.focus();
    }
    this.#make.complete();
  }

  #keys(state: SessionWallet["state"], known: WalletView["known"], waits: boolean, locale: Locale): void {
    const key = (className: string, part: string, words: string, kind: string, value = ""): void => {
      const made = this.#make.key(this.#actions, className, part, kind, value);
      text(made, words);
      // There is nobody to ask yet.
      attribute(made, "aria-disabled", waits ? "true" : undefined);
    };
    if (state === "asking" || state === "connected") {
      key("key", "key disconnect", locale.say(state === "asking" ? "walletCancel" : "walletDisconnect"), "disconnect");
      return;
    }
    if (known.length > 1) for (const { uuid, name } of known) key("key", "key connect", name, "connect", uuid);
    else if (state === "guest") key("key solid", "key connect", locale.say("walletConnect"), "connect");
    else key("key", "key connect", locale.say("tryAgain"), "connect");
    if (state === "trouble") key("key bare", "key disconnect", locale.say("walletStayGuest"), "disconnect");
  }
}

/** Title, sentence, and what is said small. */
function said(wallet: SessionWallet, locale: Locale): readonly [string, string, string] {
  switch (wallet.state) {
    case "guest": {
      const message = wallet.votes === 0 ? locale.say("walletGuestNone") : locale.say("walletGuest", { n: wallet.votes });
      return [locale.say("walletGuestTitle"), message, locale.say("walletFree")];
    }
    case "asking": {
      const asking = wallet.wallet ? locale.say("walletAsking", { wallet: isolated(wallet.wallet) }) : locale.say("walletAskingIt");
      return [locale.say("walletAskingTitle"), asking, ""];
    }
    case "connected":
      // What came along is counted in ballots by the operator, so no number of votes is claimed here.
      return [locale.say("walletConnectedTitle"), locale.say(wallet.claimed ? "walletClaimed" : "walletConnected"), ""];
    case "trouble": {
      const known = TROUBLE[wallet.code];
      return known ? [locale.say(known[0]), locale.say(known[1]), wallet.code] : [locale.say("walletTrouble"), wallet.message, wallet.code];
    }
  }
}

/**
 * The dot in its ring: dashed for a guest, an arc while the wallet is asked, whole once it agreed, struck through when it did
 * not. The style sheet shows the pieces by `data-state`.
 */
function seal(make: Maker, parent: Node): void {
  const svg = make.addSvg(parent, "svg", { class: "seal", part: "seal", viewBox: "0 0 56 56", fill: "none", "aria-hidden": "true" });
  const circle = (name: string, r: string) => make.addSvg(svg, "circle", { class: name, cx: "28", cy: "28", r });
  circle("ring", "24");
  make.addSvg(svg, "path", { class: "arc", d: "M28 4a24 24 0 0 1 20.8 36" });
  circle("dot", "9");
  make.addSvg(svg, "path", { class: "gap", d: "M10 46 46 10" });
  make.addSvg(svg, "path", { class: "stroke", d: "M10 46 46 10" });
}

/** "0x71C7…976F". */
export function shortAddress(address: string): string {
  return address.length > 12 ? `${address.slice(0, 6)}…${address.slice(-4)}` : address;
}
