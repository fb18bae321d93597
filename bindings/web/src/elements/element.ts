/**
 * What every widget's class shares: its drawing, its language, finding its client, its errors. One widget's own business is
 * in its own file. Nothing here imports the client: a widget paints before there is one, and without a source there never is.
 */
import type { TasteClient } from "../client.ts";
import { languageOf, localeFor, onLanguage, speak, type Locale } from "../locales/locale.ts";
import base from "./base.css";
import { pause, rest } from "../pause.ts";
import type { Drawing, OnRequest } from "./draw/drawing.ts";
import { place, type Frame } from "./draw/frame.ts";
import { troubleNotice } from "./draw/trouble.ts";
import { addressOf, borrow, giveBack } from "./port.ts";

/** An element in no page, with no more to it than attributes: what a server draws one from. */
class Unplaced {
  readonly #attributes = new Map<string, string>();
  getAttribute(name: string): string | null {
    return this.#attributes.get(name) ?? null;
  }
  hasAttribute(name: string): boolean {
    return this.#attributes.has(name);
  }
  setAttribute(name: string, value: string): void {
    this.#attributes.set(name, value);
  }
  /** Nothing is around it, and no form has it. */
  closest(): null {
    return null;
  }
  getRootNode(): this {
    return this;
  }
  attachInternals(): object {
    return { form: null, labels: [], states: new Set(), setFormValue() {}, setValidity() {} };
  }
}

/** In Node there is no HTMLElement; importing the elements there must still work (server rendering). */
export const Base = (globalThis.HTMLElement ?? Unplaced) as typeof HTMLElement;

/** Defines an element, once, where there are elements. */
export function define(tag: string, element: CustomElementConstructor): void {
  const registry = globalThis.customElements;
  if (!registry || registry.get(tag)) return;
  upgrading = true;
  registry.define(tag, element);
  upgrading = false;
}

/** Elements that are in the page already are becoming ours at this moment. */
let upgrading = false;

/**
 * A provider of a client for the elements inside it; `<taste-round>` is one. When the client that it gave is not its own
 * any more it fires `taste-close`, which does not bubble.
 */
export interface Provider extends HTMLElement {
  /** The client, as soon as the round has been opened. */
  readonly client: Promise<TasteClient>;
}

/** What a client tells that the page may want to know: facts about the round, told by whoever opened it. */
const FACTS = ["taste-ballot-signed", "taste-ballot-accepted", "taste-ballot-refused"] as const;

/** Passes a client's facts on as events of an element; gives what ends that. */
export function passOn(client: TasteClient, element: HTMLElement): () => void {
  const tell = ({ type, detail }: Event & { detail?: unknown }): void =>
    void element.dispatchEvent(new CustomEvent(type, { bubbles: true, composed: true, detail }));
  for (const fact of FACTS) client.addEventListener(fact, tell as EventListener);
  return () => FACTS.forEach((fact) => client.removeEventListener(fact, tell as EventListener));
}

/** The nearest `<taste-round>` around an element, also across shadow roots. */
function providerOf(element: Element): Provider | undefined {
  for (let at: Element | undefined = element; at; ) {
    const found = at.closest("taste-round");
    if (found) return found as Provider;
    const root: Node = at.getRootNode();
    at = globalThis.ShadowRoot && root instanceof ShadowRoot ? root.host : undefined;
  }
  return undefined;
}

/** Whether a `<taste-round>` is around an element. */
export function hasProvider(element: Element): boolean {
  return providerOf(element) !== undefined;
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
export abstract class TasteElement<V, D extends Drawing<V>> extends Base {
  static observedAttributes = ["src", "consent", "lang"];

  /** The drawing, from the first time that the element is in a page. */
  protected drawing: D | undefined;
  #client: TasteClient | undefined;
  #locale: Locale | undefined;
  #borrowed: string | undefined;
  #provider: Provider | undefined;
  #trouble: Element | undefined;
  #building: Promise<void> | undefined;
  #stops: (() => void)[] = [];
  /** Counts connections, so that a client that arrives late does not draw into an element that has moved on. */
  #turn = 0;

  /** The style sheets of the widget, after the common one. */
  protected abstract readonly styles: readonly string[];
  /** What is painted before there is a source, and without one: the drawing's code then need not be there. */
  protected readonly frame: Frame | undefined = undefined;
  /** Builds the drawing into the shadow root, where the frame may be already. */
  protected abstract build(root: ShadowRoot, request: OnRequest): D | Promise<D>;
  /** The frame was painted; attributes may say more about the place. */
  protected framed(_root: ShadowRoot): void {}
  /** What is shown of a client. */
  protected abstract view(client: TasteClient): V;
  /** What the drawing asks for. */
  protected abstract request(client: TasteClient, ...asked: Parameters<OnRequest>): void;
  /** An attribute says how to draw: call the drawing's setters here. Called before the first drawing, too. */
  protected configure(_drawing: D): void {}
  /** The client has come. */
  protected opened(_client: TasteClient): void {}
  /** A view was drawn. */
  protected drawn(_view: V): void {}

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

  /** As in `<taste-round>`, where none is around. */
  get consent(): "granted" | "required" | "pending" {
    const consent = this.getAttribute("consent") ?? "granted";
    // What is no word of ours was meant to hold something back.
    return consent === "granted" || consent === "pending" ? consent : "required";
  }
  set consent(consent: "granted" | "required" | "pending") {
    this.setAttribute("consent", consent);
  }

  connectedCallback(): void {
    this.#stops.push(onLanguage(() => this.#speak()));
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    // What was in the page before its class was has shown nothing so far. It takes its place in turns, for a phone's sake.
    if (upgrading && !root.firstElementChild) return void (this.#arriving = this.#arrive(root));
    this.#arriving = undefined;
    this.#dress(root);
    this.#speak();
    this.#connect();
  }

  #dress(root: ShadowRoot): void {
    root.adoptedStyleSheets = [base, ...this.styles].map(sheet);
  }

  /** Until it has its style sheets nothing is drawn. */
  #arriving: Promise<void> | undefined;

  async #arrive(root: ShadowRoot): Promise<void> {
    const stops = this.#stops;
    const stays = async (): Promise<boolean> => {
      await rest();
      return stops === this.#stops;
    };
    if (!(await stays())) return;
    // What is on its way comes while the place for it is made.
    this.#connect();
    for (const css of [base, ...this.styles]) {
      if (!(await stays())) return;
      sheet(css);
    }
    this.#dress(root);
    if (!(await stays())) return;
    this.#arriving = undefined;
    this.#speak(true);
  }

  disconnectedCallback(): void {
    this.#disconnect();
    for (const stop of this.#stops) stop();
    this.#stops = [];
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    // An element that was in the page before its class hears of its attributes first and is connected after that.
    if (before === after || this.#stops.length === 0) return;
    if (name === "src") this.#connect();
    else if (name === "consent") this.#agree();
    else if (name === "lang") this.#speak();
    else if (this.drawing) {
      this.configure(this.drawing);
      this.redraw();
    }
  }

  /** Draws into a root that is in no page, for `server.ts`. @internal */
  async drawInto(root: ShadowRoot, view: V | undefined, locale: Locale): Promise<void> {
    const drawing = await this.build(root, () => {});
    this.configure(drawing);
    drawing.render(view, locale);
    drawing.rest();
  }

  /** Draws again, where there is something to draw. */
  protected redraw = (): void => {
    if (!this.drawing || !this.#locale) return;
    const client = this.#client;
    // Until there is a client, what a server drew stays.
    const view = client ? this.view(client) : this.#served;
    this.drawing.render(view, this.#locale);
    if (client && view) this.drawn(view);
  };

  /** Builds the drawing though there is no client: for what works without a round. */
  protected begin(): void {
    this.#build().catch(this.fail);
  }

  /** Tells the page a fact: bubbles, crosses shadow roots, cannot be prevented. */
  protected tell(name: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, composed: true, detail }));
  }

  /** Tells the page of a failure that the widget cannot put right itself. */
  protected fail = (error: unknown): void => {
    this.tell("taste-error", { error });
  };

  /** Takes the words of the language around; they may have to come first, and then what is there stays until they have. */
  #speak(paced = false): void {
    if (this.#arriving) return;
    const found = localeFor(languageOf(this));
    const turn = (this.#spoken += 1);
    if (!("then" in found)) return this.#say(found, paced);
    // The place is kept meanwhile; a server may have drawn into it already.
    if (!this.drawing && (this.#framed || !this.shadowRoot!.firstElementChild)) {
      toggleMute(this, true);
      this.#say(localeFor("en") as Locale, paced);
    }
    void found.then((locale) => {
      if (turn !== this.#spoken || !this.isConnected) return;
      toggleMute(this, false);
      this.#say(locale);
    });
  }
  #spoken = 0;
  /** What a server drew into this element. */
  #served: V | undefined;

  #say(locale: Locale, paced = false): void {
    this.#locale = locale;
    const root = this.shadowRoot!;
    if (this.drawing) return this.redraw();
    // A server has drawn already, in its words; the drawing brings the right ones.
    const served = root.querySelector("[data-view]");
    if (served) {
      this.#served = parsed<V>(served.getAttribute("data-view")!);
      served.removeAttribute("data-view");
      for (const kind of ["click", "keydown"]) root.addEventListener(kind, this.#press);
    }
    if (!this.frame) return void this.#build();
    if (root.firstElementChild && !this.#framed) return;
    this.#framed = true;
    speak(this.frame.words);
    const steps = place(root, this.frame, locale, () => this.framed(root));
    if (paced) void this.#fill(steps);
    else while (!steps.next().done);
  }

  /** Lets the frame grow in short tasks, and each step of it be laid out before the next. */
  async #fill(steps: Generator<void>): Promise<void> {
    while (!steps.next().done) {
      await rest();
      void this.offsetHeight;
      await rest();
    }
  }
  #framed = false;

  /** A press on what a server drew, before there is a drawing to hear it: it is shown, and made again when there is. */
  #press = (event: Event): void => {
    if (this.drawing) return;
    const [target] = event.composedPath() as Element[];
    this.#early.push(() => target!.dispatchEvent(new (event.constructor as typeof Event)(event.type, event)));
    const value = event.type === "click" && target!.closest("[data-ask]")?.getAttribute("data-value");
    if (value) this.shadowRoot!.querySelector(`.key[data-value="${CSS.escape(value)}"]`)?.setAttribute("aria-pressed", "true");
  };
  #early: (() => void)[] = [];

  /** What a server drew is this, or nothing any more: then what was pressed on it is nothing either, unless it was taken. */
  #serve(served: V | undefined, taken: unknown = served): void {
    this.#served = served;
    if (!taken) this.#early.length = 0;
  }

  /** Builds the drawing, once; its code may have to come first. */
  #build(): Promise<void> {
    return (this.#building ??= (async () => {
      if (this.#arriving) await this.#arriving;
      const built = this.build(this.shadowRoot!, (...asked) => {
        if (this.#client) return this.request(this.#client, ...asked);
        if (this.#served) this.#served = this.drawing!.hold?.(this.#served, asked);
        this.redraw();
      });
      const take = (drawing: D): void => {
        this.drawing = drawing;
        this.configure(drawing);
        this.redraw();
        // The drawing clears away what is none of it.
        if (this.#trouble) this.shadowRoot!.append(this.#trouble);
        drawing.replay?.(this.#early);
      };
      if (!(built instanceof Promise)) return take(built);
      try {
        take(await built);
      } catch (error) {
        this.#building = undefined;
        throw error;
      }
    })());
  }

  /** `served`: of what a server drew, what still holds. */
  #connect(served?: V): void {
    this.#disconnect();
    const turn = this.#turn;
    if (turn > 1) this.#serve(served);
    // What was shown of another round goes, unless this one is here in the same breath.
    const wait = setTimeout(this.redraw);
    this.#find(turn).then(
      (client) => {
        clearTimeout(wait);
        if (turn !== this.#turn) return;
        if (!client) return this.redraw();
        this.#client = client;
        client.addEventListener("change", this.redraw);
        client.addEventListener("taste-closed", this.#lost);
        this.opened(client);
        // A server has drawn a view: it is shown first, where the client can, and what was asked of it is done.
        const held = this.#served && this.drawing!.resume?.(this.#served, client);
        this.#serve(undefined, held);
        if (held?.length) this.request(client, ...held);
        else this.redraw();
        // The frame that shows it then has only to paint.
        void rest().then(() => void this.offsetHeight);
      },
      async (error: unknown) => {
        clearTimeout(wait);
        await this.#arriving;
        if (turn === this.#turn) this.#show(error);
      },
    );
  }

  /** The client closed itself. */
  #lost = ({ detail: { error } }: CustomEvent<{ error: unknown }>): void => {
    this.#disconnect();
    this.#show(error);
  };

  #show(error: unknown): void {
    this.redraw();
    this.#trouble = troubleNotice(this.shadowRoot!, error, this.#locale ?? (localeFor("en") as Locale), () => this.#connect(this.#served));
    this.fail(error);
  }

  async #find(turn: number): Promise<TasteClient | undefined> {
    const provider = providerOf(this);
    if (provider) {
      // The provider may be in the page before its class is.
      await customElements.whenDefined(provider.localName);
      if (turn !== this.#turn) return undefined;
      const client = this.#with(provider.client, turn);
      this.#provider = provider;
      provider.addEventListener("taste-close", this.#again);
      return client;
    }
    if (!this.src || this.consent === "pending") return undefined;
    this.#borrowed = addressOf(this);
    const client = await this.#with(borrow(this.#borrowed, this.consent === "granted"), turn);
    if (turn === this.#turn) this.#ends.push(passOn(client, this));
    return client;
  }
  #ends: (() => void)[] = [];

  /** A client, and the drawing for what it shows. The two come side by side. */
  async #with(client: Promise<TasteClient>, turn: number): Promise<TasteClient> {
    const [opened] = await Promise.all([client, rest().then(() => this.#build())]);
    await pause();
    // What is asked about hangs and is laid out first, the question is asked in a task of its own.
    if (turn === this.#turn && !this.#served && this.#locale && this.drawing?.prepare) {
      this.drawing.prepare(this.view(opened), this.#locale);
      await rest();
      void this.offsetHeight;
      await rest();
    }
    return opened;
  }

  /** The round around is to be another one, or the same once more: what was shown of it is over, a failure too. */
  #again = (): void => this.#connect();

  #agree(): void {
    if (!this.#borrowed || this.consent === "pending") return this.#connect();
    if (this.consent === "granted") this.#client?.giveConsent().catch(this.fail);
  }

  #disconnect(): void {
    this.#turn += 1;
    for (const end of this.#ends) end();
    this.#ends = [];
    this.#provider?.removeEventListener("taste-close", this.#again);
    this.#provider = undefined;
    this.#client?.removeEventListener("change", this.redraw);
    this.#client?.removeEventListener("taste-closed", this.#lost as EventListener);
    this.#client = undefined;
    this.drawing?.rest();
    this.#trouble?.remove();
    this.#trouble = undefined;
    if (this.#borrowed) giveBack(this.#borrowed);
    this.#borrowed = undefined;
  }
}

/** What a page's own HTML says is a view; one that is none is not shown. */
function parsed<V>(json: string): V | undefined {
  try {
    return JSON.parse(json) as V;
  } catch {
    return undefined;
  }
}

/** While the words of another language are on their way, English keeps their place and is not seen. */
function toggleMute(element: HTMLElement, mute: boolean): void {
  const root = element.shadowRoot;
  if (!root) return;
  root.adoptedStyleSheets = mute ? [...root.adoptedStyleSheets, sheet(MUTE)] : root.adoptedStyleSheets.filter((each) => each !== sheet(MUTE));
}
const MUTE = ".wall { visibility: hidden }";
