/**
 * `tastemaker/client`: the client loaded at once, and the parts it is made of, for whoever brings a store or a transport of
 * their own, or shows the wallets of the page in a list of their own.
 */
export { TasteClient } from "./client.ts";
export type { ClientEvents, OpenOptions, Questions, Subject } from "./options.ts";
export { TasteError } from "./errors.ts";
export { init } from "./loader.ts";
export { initTaste } from "./tasting.ts";
export { MemoryStore, openStore } from "./store.ts";
export type { Store, StoredIdentity, StoredRound } from "./store.ts";
export { HttpTransport } from "./transport.ts";
export type { Transport } from "./transport.ts";
export { watchWallets } from "./announced.ts";
export type { AnnouncedWallet } from "./announced.ts";
export type { Provider, WalletClientLike } from "./wallet.ts";
export type * from "./types.ts";
