/**
 * What every widget's class shares: finding its client, its shadow root, its style sheets, its errors. One widget's
 * own business is in its own file; all drawing is in the wasm.
 */
import type { TasteClient } from "../client.ts";
import base from "./base.css";
import { borrow, giveBack } from "./port.ts";

/** In Node there is no HTMLElement; importing the elements there must still work (server rendering). */
export const Base = (globalThis.HTMLElement ?? class {}) as typeof HTMLElement;

/**
 * A provider of a client for the elements inside it; `<taste-round>` is one. When the client that it gave is not its own
 * any more it fires `taste-close`, which does not bubble.
 */
export interface Provider extends HTMLElement {
  /** The client, as soon as the round has been opened. */
  readonly client: Promise<TasteClient>;
}

/** What a widget in the wasm offers its class. */
export interface Widget {
  /** Lets go of the memory and takes the drawing down. */
  free(): void;
}

/** The nearest `<taste-round>` around an element, also across shadow roots. */
function providerOf(element: Element): Provider | undefined {
  for (let at: Element | undefined = element; at; ) {
    const found = at.closest("taste-round");
    if (found) return found as Provider;
    const root: Node = at.getRootNode();
    at = root instanceof ShadowRoot ? root.host : undefined;
  }
  return undefined;
}

const sheets = new Map<string, CSSStyleSheet>();

/** One constructed sheet per source, shared by all elements. */
function sheet(css: string): CSSStyleSheet {
  let made = sheets.get(css);
  if (!made) {
    made = new CSSStyleSheet();
    made.replaceSync(css);
    sheets.set(css, made);
  }
  return made;
}

/**
 * A widget that shows what a client's session says.
 *
 * It takes the client of the `<taste-round>` around it; alone, with `src`, it opens its own (shared by every lone
 * widget of the same address). Being moved within a page keeps the client.
 */
export abstract class TasteElement<W extends Widget> extends Base {
  static observedAttributes = ["src"];

  /** The style sheets of the widget, after the common one. */
  protected abstract readonly styles: readonly string[];
  /** The widget, while it is connected and its client is open. */
  protected widget: W | undefined;
  #client: TasteClient | undefined;
  #borrowed: string | undefined;
  #provider: Provider | undefined;
  /** Counts connections, so that a client that arrives late does not draw into an element that has moved on. */
  #turn = 0;

  /** The client whose session is shown; none before the round is open. */
  get client(): TasteClient | undefined {
    return this.#client;
  }

  /** The round's address, where no `<taste-round>` is around. */
  get src(): string {
    return this.getAttribute("src") ?? "";
  }
  set src(src: string) {
    this.setAttribute("src", src);
  }

  connectedCallback(): void {
    void this.#connect();
  }

  disconnectedCallback(): void {
    this.#disconnect();
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (before === after || !this.isConnected) return;
    if (name === "src") void this.#connect();
    else if (this.widget && this.#client) this.changed(this.widget, name);
  }

  /** Builds the widget. */
  protected abstract build(root: ShadowRoot, client: TasteClient): W;
  /** Draws what the client's session says now. */
  protected abstract draw(widget: W, client: TasteClient): void;
  /** An attribute of the element changed. */
  protected changed(_widget: W, _name: string): void {
    this.redraw();
  }

  /** Draws again, where there is something to draw. */
  protected redraw = (): void => {
    if (this.widget && this.#client) this.draw(this.widget, this.#client);
  };

  /** Tells the page a fact: bubbles, crosses shadow roots, cannot be prevented. */
  protected tell(name: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, composed: true, detail }));
  }

  /** Tells the page of a failure that the widget cannot put right itself. */
  protected fail = (error: unknown): void => {
    this.tell("taste-error", { error });
  };

  async #connect(): Promise<void> {
    this.#disconnect();
    const turn = ++this.#turn;
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [base, ...this.styles].map(sheet);
    root.replaceChildren(placeholder());
    try {
      const client = await this.#find(turn);
      if (!client || turn !== this.#turn) return;
      root.replaceChildren();
      this.#client = client;
      this.widget = this.build(root, client);
      client.addEventListener("change", this.redraw);
      this.redraw();
    } catch (error) {
      if (turn !== this.#turn) return;
      root.replaceChildren(trouble(error, () => void this.#connect()));
      this.fail(error);
    }
  }

  async #find(turn: number): Promise<TasteClient | undefined> {
    const provider = providerOf(this);
    if (provider) {
      // The provider may be in the page before its class is.
      await customElements.whenDefined(provider.localName);
      if (turn !== this.#turn) return undefined;
      const { client } = provider;
      this.#provider = provider;
      provider.addEventListener("taste-close", this.#again);
      return client;
    }
    if (!this.src) return undefined;
    this.#borrowed = new URL(this.src, this.baseURI).href;
    return borrow(this.#borrowed);
  }

  /** The round around is to be another one, or the same once more: what was shown of it is over, a failure too. */
  #again = (): void => void this.#connect();

  #disconnect(): void {
    this.#turn += 1;
    this.#provider?.removeEventListener("taste-close", this.#again);
    this.#provider = undefined;
    this.#client?.removeEventListener("change", this.redraw);
    this.#client = undefined;
    this.widget?.free();
    this.widget = undefined;
    if (this.#borrowed) giveBack(this.#borrowed);
    this.#borrowed = undefined;
  }
}

/** Keeps the widget's place while it is on its way. */
function placeholder(): HTMLElement {
  const hold = document.createElement("div");
  hold.className = "hold";
  return hold;
}

/** A round that could not be opened: what happened, what to do, and a key to try again. */
function trouble(error: unknown, again: () => void): HTMLElement {
  const { message, hint, code } = (error ?? {}) as { message?: string; hint?: string; code?: string };
  const section = document.createElement("div");
  section.className = "trouble";
  section.setAttribute("part", "status");
  section.setAttribute("role", "status");
  const say = (className: string, words: string | undefined): void => {
    if (!words) return;
    const line = section.appendChild(document.createElement("p"));
    line.className = className;
    line.textContent = words;
  };
  say("notice-title", "This round didn’t open");
  say("notice-sentence", [message, hint].filter(Boolean).join(" "));
  say("note", code);
  const key = section.appendChild(document.createElement("button"));
  key.type = "button";
  key.className = "key";
  key.textContent = "Try again";
  key.addEventListener("click", again, { once: true });
  return section;
}
