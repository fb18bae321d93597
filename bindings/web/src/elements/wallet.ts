/**
 * <taste-wallet>: who this browser votes for. Importing this defines it, and <taste-round>.
 */
import type { TasteClient } from "../client.ts";
import type { WalletDrawing, WalletView } from "./draw/wallet.ts";
import type { OnRequest } from "./draw/drawing.ts";
import frame from "./wallet.frame";
import { TasteElement, define } from "./element.ts";
import "./round.ts";
import wallet from "./wallet.css";

/**
 * The way from a guest to a wallet and back. The wallet signs once; everything voted as a guest comes along.
 *
 * @tagname taste-wallet
 * @attr {string} src - The round's address, where no `<taste-round>` is around.
 * @attr {"granted"|"required"|"pending"} consent - As for taste-round, where none is around.
 * @attr {string} lang - The language of the words, where it is not the page's: en, zh, es, ar, or one that was registered.
 * @slot header - Above the rest.
 * @slot error - Instead of what is said where the round does not open.
 * @fires taste-wallet-connected - The wallet granted the session key. Detail: `{address, claimed}`.
 * @fires taste-wallet-disconnected - Votes go on as a guest.
 * @fires taste-error - It did not work; the panel says so too. Detail: `{error}`.
 * @csspart wallet - The panel; its `data-state` is `guest`, `asking`, `connected` or `trouble`.
 * @csspart seal - The dot in its ring.
 * @csspart title - Where you stand.
 * @csspart message - What that means.
 * @csspart facts - Address and end of the grant.
 * @csspart key - Each key; also `connect` or `disconnect`.
 * @cssprop --tm-label - The panel's ground. Tokens as for taste-duel.
 */
export class TasteWallet extends TasteElement<WalletView, WalletDrawing> {
  static readonly styles = [wallet];
  protected override readonly styles = TasteWallet.styles;

  #state = "";
  #connecting = false;

  protected override readonly frame = frame;

  protected override async build(root: ShadowRoot, request: OnRequest): Promise<WalletDrawing> {
    const { WalletDrawing } = await import("./draw/wallet.ts");
    return new WalletDrawing(root, request);
  }

  protected override view(client: TasteClient): WalletView {
    return { wallet: client.wallet, known: client.wallets };
  }

  protected override request(client: TasteClient, kind: string, value: string): void {
    // The panel shows what went wrong; the page may want to know as well.
    if (kind === "connect") void this.#connect(client, value || undefined);
    else if (client.wallet.state === "connected") client.disconnect().catch(this.fail);
    else client.dismissWallet().catch(this.fail);
  }

  async #connect(client: TasteClient, wallet: string | undefined): Promise<void> {
    this.#connecting = true;
    try {
      // How many votes came along is known only once the operator has answered, a little after the panel says yes.
      this.tell("taste-wallet-connected", await client.connect(wallet));
    } catch (error) {
      this.fail(error);
    } finally {
      this.#connecting = false;
    }
  }

  protected override drawn({ wallet }: WalletView): void {
    if (wallet.state === this.#state) return;
    const was = this.#state;
    this.#state = wallet.state;
    if (wallet.state === "connected" && !this.#connecting) {
      this.tell("taste-wallet-connected", { address: wallet.address, claimed: wallet.claimed });
    }
    if (was === "connected" && wallet.state === "guest") this.tell("taste-wallet-disconnected", {});
  }
}

define("taste-wallet", TasteWallet);
