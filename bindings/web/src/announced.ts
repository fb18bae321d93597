/** The wallets of the page, as they announce themselves (EIP-6963). Speaking to one is in `wallet.ts`, which is loaded for that. */
import type { Provider } from "./wallet.ts";

/** A wallet that announced itself. */
export interface AnnouncedWallet {
  uuid: string;
  name: string;
  icon: string;
  rdns: string;
  provider: Provider;
}

/**
 * Listens for wallets (EIP-6963) and asks them to announce themselves.
 * @returns stops listening
 */
export function watchWallets(found: (wallets: readonly AnnouncedWallet[]) => void): () => void {
  const wallets = new Map<string, AnnouncedWallet>();
  const announced = (event: Event) => {
    const { info, provider } = (event as CustomEvent<{ info: Omit<AnnouncedWallet, "provider">; provider: Provider }>).detail ?? {};
    if (info?.uuid === undefined || typeof provider?.request !== "function" || wallets.has(info.uuid)) return;
    wallets.set(info.uuid, { uuid: info.uuid, name: info.name, icon: info.icon, rdns: info.rdns, provider });
    found([...wallets.values()]);
  };
  addEventListener("eip6963:announceProvider", announced);
  dispatchEvent(new Event("eip6963:requestProvider"));
  return () => removeEventListener("eip6963:announceProvider", announced);
}
