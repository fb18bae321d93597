/**
 * <taste-me>: my taste. Importing this defines it, and <taste-round>.
 */
import type { TasteClient } from "../client.ts";
import type { MeView } from "../types.ts";
import me from "./me.css";
import { media } from "./sheets.ts";
import thing from "./thing.css";
import { controllable } from "./controllers.ts";
import type { OnRequest } from "./draw/drawing.ts";
import type { MeDrawing } from "./draw/me.ts";
import frame from "./me.frame";
import { TasteElement, define } from "./element.ts";
import "./round.ts";

/**
 * What is thought of this person's taste, and how sure that is: how many choices were guessed, with the interval that so many
 * tries allow; what is surely liked and passed over; the wall that this taste, the crowd's, or any mixture of the two would
 * hang. And the ways out: take it all along, start anew, be forgotten. Works without a taste model, and says what is missing.
 *
 * @tagname taste-me
 * @attr {string} src - The round's address, where no `<taste-round>` is around.
 * @attr {"granted"|"required"|"pending"} consent - As in `<taste-round>`.
 * @attr {string} lang - The language of the words, where it is not the page's: en, zh, es, ar, or one that was registered.
 * @attr {number} limit - How many works hang on the wall (6).
 * @slot header - Above it all.
 * @slot empty - Where this person has not voted yet.
 * @slot error - What is said where the round did not open.
 * @fires taste-exported - A file was handed to the browser. Detail: `{name}`.
 * @fires taste-reset - What was learned is dropped.
 * @fires taste-forgotten - Nothing of this person is on the device any more.
 * @fires taste-error - Something failed that the widget cannot put right. Detail: `{error}`.
 * @csspart me - The whole; its `data-phase` says where it stands.
 * @csspart hit-rate - The large figure; `interval` and `estimate` show it against a coin, `record` says it, `tally` the last guesses.
 * @csspart summary - What is liked, passed over, and not known yet, in words.
 * @csspart blend - The wall with its slider; in it `slider`, `wall`, each work `hung` with `thumb`, `title`, `sure`, `you`, `crowd`.
 * @csspart legend - What the marks mean.
 * @csspart nearest - Works near the ones that were liked.
 * @csspart keys - The keys; each `key` and `download`, `download-taste`, `reset`, `forget`.
 * @csspart ask - What is asked before something that cannot be taken back.
 * @cssprop --tm-you - The dot. Tokens as for taste-duel.
 */
export class TasteMe extends TasteElement<MeView, MeDrawing> {
  static override observedAttributes = [...TasteElement.observedAttributes, "limit"];
  static readonly styles = [media, thing, me];
  protected override readonly styles = TasteMe.styles;
  #uncontrolled: (() => void) | undefined;

  /** How many works hang on the wall. */
  get limit(): number {
    const limit = Number.parseInt(this.getAttribute("limit") ?? "", 10);
    return limit > 0 ? limit : 6;
  }
  set limit(limit: number) {
    this.setAttribute("limit", String(limit));
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#uncontrolled = controllable(this);
  }

  override disconnectedCallback(): void {
    this.#uncontrolled?.();
    super.disconnectedCallback();
  }

  protected override readonly frame = frame;

  protected override async build(root: ShadowRoot, request: OnRequest): Promise<MeDrawing> {
    const { MeDrawing } = await import("./draw/me.ts");
    return new MeDrawing(root, request);
  }

  protected override configure(drawing: MeDrawing): void {
    drawing.limit = this.limit;
  }

  protected override view(client: TasteClient): MeView {
    return client.me;
  }

  protected override request(client: TasteClient, kind: string): void {
    const done = ((): Promise<void> | undefined => {
      switch (kind) {
        case "download": return this.#download(client);
        case "download-taste": return this.#downloadTaste(client);
        case "reset": return this.#reset(client);
        case "forget": return this.#forget(client);
        default: return undefined;
      }
    })();
    done?.catch((error: unknown) => {
      this.drawing?.say("meFailed");
      this.fail(error);
    });
  }

  async #download(client: TasteClient): Promise<void> {
    this.#save(await client.exportBallots(), `votes-${client.id.slice(0, 10)}.ndjson`);
  }

  /** One's own numbers, as the wall shows them. */
  async #downloadTaste(client: TasteClient): Promise<void> {
    const { title, votes, tally, rows } = this.view(client);
    const works = rows.map(({ candidate: { id, title: name }, mine, low, high, crowd }) => ({ candidate: id, title: name, mine, low, high, crowd }));
    const content = { round: client.id, title, voter: client.voter, model: client.model ?? null, votes, guesses: { right: tally.hits, of: tally.guessed }, works };
    this.#save(new Blob([`${JSON.stringify(content, null, 2)}\n`], { type: "application/json" }), `taste-${client.id.slice(0, 10)}.json`);
  }

  #save(blob: Blob, name: string): void {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    // The browser has taken it by the next task; Safari asks a moment later.
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    this.tell("taste-exported", { name });
  }

  async #reset(client: TasteClient): Promise<void> {
    await client.resetTaste();
    this.drawing?.say("meResetDone");
    this.tell("taste-reset", {});
  }

  async #forget(client: TasteClient): Promise<void> {
    await client.forget();
    this.drawing?.forgotten();
    this.tell("taste-forgotten", {});
  }
}

define("taste-me", TasteMe);
