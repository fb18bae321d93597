/**
 * <taste-wallet>: who this browser votes for.
 */
import type { TasteClient } from "../client.ts";
import { handles, type WebWallet } from "./port.ts";
import { TasteElement } from "./element.ts";
import wallet from "./wallet.css";

/**
 * The way from a guest to a wallet and back. The wallet signs once; everything voted as a guest comes along.
 *
 * @tagname taste-wallet
 * @attr {string} src - The round's address, where no `<taste-round>` is around.
 * @fires taste-connected - The wallet granted the session key. Detail: `{address, claimed}`.
 * @fires taste-disconnected - Votes go on as a guest.
 * @fires taste-error - It did not work; the panel says so too. Detail: `{error}`.
 * @csspart wallet - The panel; its `data-state` is `guest`, `asking`, `connected` or `trouble`.
 * @csspart seal - The dot in its ring.
 * @csspart title - Where you stand.
 * @csspart message - What that means.
 * @csspart facts - Address and end of the grant.
 * @csspart key - Each key; also `connect` or `disconnect`.
 * @cssprop --tm-label - The panel's ground. Tokens as for taste-duel.
 */
export class TasteWallet extends TasteElement<WebWallet> {
  protected override readonly styles = [wallet];

  #state = "";
  #connecting = false;

  protected override build(root: ShadowRoot, client: TasteClient): WebWallet {
    return new (handles().WebWallet)(root, (kind: string, value: string) => {
      // The panel shows what went wrong; the page may want to know as well.
      if (kind === "connect") void this.#connect(client, value || undefined);
      else if (client.wallet.state === "connected") client.disconnect().catch(this.fail);
      else client.dismissWallet().catch(this.fail);
    });
  }

  async #connect(client: TasteClient, wallet: string | undefined): Promise<void> {
    this.#connecting = true;
    try {
      // How many votes came along is known only once the operator has answered, a little after the panel says yes.
      this.tell("taste-connected", await client.connect(wallet));
    } catch (error) {
      this.fail(error);
    } finally {
      this.#connecting = false;
    }
  }

  protected override draw(widget: WebWallet, client: TasteClient): void {
    const known = client.wallets;
    widget.setWallets(
      known.map(({ uuid }) => uuid),
      known.map(({ name }) => name),
    );
    widget.render(client.session);
    const view = client.wallet;
    if (view.state === this.#state) return;
    const was = this.#state;
    this.#state = view.state;
    if (view.state === "connected" && !this.#connecting) this.tell("taste-connected", { address: view.address, claimed: view.claimed });
    if (was === "connected" && view.state === "guest") this.tell("taste-disconnected", {});
  }
}
