/**
 * <taste-stars>: how many stars? In a round it asks about one work after another; alone it is a field of a form. Importing this
 * defines it, and <taste-round>.
 */
import type { TasteClient } from "../client.ts";
import type { StarsView } from "../types.ts";
import { media, question } from "./sheets.ts";
import stars from "./stars.css";
import type { OnRequest } from "./draw/drawing.ts";
import type { StarsDrawing } from "./draw/stars.ts";
import frame from "./stars.frame";
import { define, hasProvider } from "./element.ts";
import "./round.ts";
import { VotingElement } from "./voting.ts";

/**
 * One to so many stars, in half steps where they are allowed.
 *
 * In a round (`src`, or inside a `<taste-round>`) it asks about works: letting go of a star gives it; with the keyboard arrows
 * choose and Enter gives. How many stars there are the round's rules say. Without a round it is a form field like an input: it
 * has a name and a value, can be required, disabled and reset, and asks the network for nothing.
 *
 * Keys: arrows and Page Up/Down change, Home and End go to the ends, digits set, 0, Backspace and Delete clear, Enter and space
 * give (in a form, Enter submits); S skip, Z undo.
 *
 * @tagname taste-stars
 * @attr {string} src - The round's address, where no `<taste-round>` is around.
 * @attr {"granted"|"required"|"pending"} consent - As in `<taste-round>`.
 * @attr {string} lang - The language of the words, where it is not the page's: en, zh, es, ar, or one that was registered.
 * @attr {boolean} strength - The person may say how clearly.
 * @attr {string} content - What is known of the works beforehand, so that the right place is kept: `text`, `untitled`, or both.
 * @attr {"auto"|"manual"} advance - `manual`: the next work waits for the person.
 * @attr {string} value - Without a round: what is given at first, and after the form is reset.
 * @attr {number} max - Without a round: how many stars, 2 to 10 (5).
 * @attr {boolean} halves - Without a round: half steps.
 * @attr {string} name - The field's name in its form.
 * @attr {boolean} required - Something must be given before the form is sent.
 * @attr {boolean} disabled - Nobody can give anything, and nothing is sent.
 * @attr {boolean} readonly - What is given stays; it is sent.
 * @attr {string} aria-label - What is rated, where the field has no label of its own in the page.
 * @slot header - Above the question.
 * @slot work - The work, for kinds that only the page can draw; a slot named by the work's id does as well.
 * @slot done - Where to go when enough is known.
 * @slot empty - Where the round has no works.
 * @slot error - What is said where the round did not open.
 * @fires input - Without a round: the value changes.
 * @fires change - Without a round: the value was given.
 * @fires taste-vote-request - Before a vote; cancellable. Detail: VoteRequest.
 * @fires taste-voted - The vote is kept on this device. Detail: VoteRequest.
 * @fires taste-revealed - The guess is shown. Detail: Revealed.
 * @fires taste-undone - The last vote was taken back. Detail: `{tally}`.
 * @fires taste-done - Little more can be learned. Detail: `{tally}`.
 * @fires taste-error - Something failed that the widget cannot put right. Detail: `{error}`.
 * @csspart stars - The whole; its `data-phase` says where it stands.
 * @csspart rating - The row; each `star`, those that are given also `given`.
 * @csspart work - The work itself; `text` its words, `player` its controls, `palette` and `swatch` its colours.
 * @csspart label - The label; in it `title`, `note`.
 * @csspart question - What is asked.
 * @csspart scale - Where the guess was; in it `interval` and `us` (ring).
 * @csspart keys - The keys; each `key` and `key-confirm`, `key-skip`, `key-undo`.
 * @csspart strength - How clearly; each `key` and `key-strength`.
 * @csspart reasons - Why; each `key` and `key-reason`.
 * @csspart reveal - The sentence.
 * @csspart status - What is said about votes that have not arrived.
 * @cssprop --tm-star - Size of a star's field (48px).
 * @cssprop --tm-you - Colour of what is given. Tokens as for taste-duel.
 * @cssprop --tm-reserve - Height of everything but the work (420px).
 */
export class TasteStars extends VotingElement<StarsView, StarsDrawing> {
  /** It takes part in forms. */
  static readonly formAssociated = true;
  static override observedAttributes = [...VotingElement.observedAttributes, "value", "max", "halves", "required", "disabled", "readonly", "aria-label"];
  static readonly styles = [question, media, stars];
  protected override readonly styles = TasteStars.styles;
  protected override readonly kind = "stars";
  /** None on a server. */
  readonly #internals = this.attachInternals?.() as ElementInternals;
  #value = "";
  /** Somebody changed the value: the attribute says only what it was at first. */
  #dirty = false;
  #formDisabled = false;

  /** What is given: `3.5`, or an empty string. */
  get value(): string {
    return this.#value;
  }
  set value(value: string) {
    this.#dirty = true;
    this.#take(value);
    this.#show();
  }

  /** The same as a number; none given is 0. */
  get valueAsNumber(): number {
    return Number(this.#value);
  }
  set valueAsNumber(value: number) {
    this.value = value > 0 ? String(value) : "";
  }

  get defaultValue(): string {
    return this.getAttribute("value") ?? "";
  }
  set defaultValue(value: string) {
    this.setAttribute("value", value);
  }

  get name(): string {
    return this.getAttribute("name") ?? "";
  }
  set name(name: string) {
    this.setAttribute("name", name);
  }

  /** How many stars. */
  get max(): number {
    const max = Math.trunc(Number(this.getAttribute("max") ?? 5));
    return max >= 2 && max <= 10 ? max : 5;
  }
  set max(max: number) {
    this.setAttribute("max", String(max));
  }

  get halves(): boolean {
    return this.hasAttribute("halves");
  }
  set halves(halves: boolean) {
    this.toggleAttribute("halves", halves);
  }

  get required(): boolean {
    return this.hasAttribute("required");
  }
  set required(required: boolean) {
    this.toggleAttribute("required", required);
  }

  get disabled(): boolean {
    return this.hasAttribute("disabled");
  }
  set disabled(disabled: boolean) {
    this.toggleAttribute("disabled", disabled);
  }

  get readOnly(): boolean {
    return this.hasAttribute("readonly");
  }
  set readOnly(readOnly: boolean) {
    this.toggleAttribute("readonly", readOnly);
  }

  get form(): HTMLFormElement | null {
    return this.#internals.form;
  }
  get labels(): NodeList {
    return this.#internals.labels;
  }
  get validity(): ValidityState {
    return this.#internals.validity;
  }
  get validationMessage(): string {
    return this.#internals.validationMessage;
  }
  get willValidate(): boolean {
    return this.#internals.willValidate;
  }
  checkValidity(): boolean {
    return this.#internals.checkValidity();
  }
  reportValidity(): boolean {
    return this.#internals.reportValidity();
  }

  override connectedCallback(): void {
    // A press on the field's label goes on to the row.
    if (!this.shadowRoot) this.attachShadow({ mode: "open", delegatesFocus: true });
    if (!this.#dirty) this.#take(this.defaultValue);
    super.connectedCallback();
    if (this.#plain) this.begin();
    this.#show();
  }

  override attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (name === "value" && !this.#dirty) this.#take(after ?? "");
    if (name === "max" || name === "halves") this.#take(this.#value);
    super.attributeChangedCallback(name, before, after);
    if (this.isConnected) this.#show();
  }

  formResetCallback(): void {
    this.#dirty = false;
    this.#take(this.defaultValue);
    this.#show();
  }

  formDisabledCallback(disabled: boolean): void {
    this.#formDisabled = disabled;
    this.#show();
  }

  formStateRestoreCallback(state: string): void {
    this.value = state;
  }

  formAssociatedCallback(): void {
    this.#show();
  }

  /** Whether it is a field, not a question of a round. */
  get #plain(): boolean {
    return !this.src && !hasProvider(this);
  }

  /** Takes a value, or nothing where it makes no sense here. */
  #take(value: string): void {
    const number = Number(value);
    const step = this.halves || !this.#plain ? 0.5 : 1;
    const most = this.#plain ? this.max : 10;
    this.#value = value !== "" && number >= step && number <= most && Number.isInteger(number / step) ? String(number) : "";
  }

  #show(): void {
    if (!this.isConnected) return;
    const plain = this.#plain;
    try {
      // A state is no attribute: the page's markup stays as it was written.
      this.#internals.states[plain ? "add" : "delete"]("plain");
    } catch {
      // An older browser has no states; the field is then a block.
    }
    const drawing = this.drawing;
    if (plain && drawing) {
      const labels = [...this.#internals.labels].map((label) => this.#words(label)).join(" ");
      drawing.field({
        of: this.max,
        halves: this.halves,
        value: this.valueAsNumber,
        disabled: this.disabled || this.#formDisabled,
        still: this.readOnly,
        label: this.getAttribute("aria-label") || labels,
        invalid: false,
        required: this.required,
      });
    }
    this.#internals.setFormValue(this.#value || null, this.#value);
    const missing = this.required && this.#value === "";
    // Before it is drawn there is nothing to point at, and English to say it in.
    if (missing) this.#internals.setValidity({ valueMissing: true }, drawing?.missing || "Choose a rating.", drawing?.slider);
    else this.#internals.setValidity({});
  }

  /** A label's words without what stands in it as a field. */
  #words(label: Node): string {
    return [...label.childNodes].filter((node) => node !== this).map((node) => (node as HTMLElement).textContent ?? "").join(" ").trim();
  }

  protected override readonly frame = frame;

  protected override async build(root: ShadowRoot, request: OnRequest): Promise<StarsDrawing> {
    const { StarsDrawing } = await import("./draw/stars.ts");
    return new StarsDrawing(root, request, {
      moved: (value) => {
        this.#value = value > 0 ? String(value) : "";
        this.#dirty ||= this.#plain;
        this.#show();
        // A server that draws a question has nobody to tell.
        if (this.#plain && this.isConnected) this.dispatchEvent(new Event("input", { bubbles: true, composed: true }));
      },
      given: (how) => {
        if (!this.#plain) return;
        this.dispatchEvent(new Event("change", { bubbles: true }));
        if (how === "enter") this.#internals.form?.requestSubmit();
      },
    });
  }

  protected override configure(drawing: StarsDrawing): void {
    super.configure(drawing);
    // Once it has been drawn: before that it has no language.
    queueMicrotask(() => this.#show());
  }

  protected override framed(root: ShadowRoot): void {
    super.framed(root);
    if (this.isConnected && this.#plain) root.querySelector(".wall")?.classList.add("plain");
  }

  protected override view(client: TasteClient): StarsView {
    return client.stars;
  }

  protected override drawn(view: StarsView): void {
    super.drawn(view);
    this.#show();
  }
}

define("taste-stars", TasteStars);
