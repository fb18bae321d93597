/**
 * Tastemaker for the page: open a round, vote, predict, send. Importing it loads next to nothing; the client comes with
 * the first `TasteClient.open()`. The widgets are in `tastemaker/elements`, the client's own parts in `tastemaker/client`.
 */
export { TasteClient } from "./lazy.ts";
export type { ClientEvents, OpenOptions, Questions, Subject } from "./options.ts";
export { hashMessage, hashTypedData, randomSecret, sessionAccount } from "./account.ts";
export type { LocalAccount, PrimaryType, SessionSigner, TypedData } from "./account.ts";
export type { Content } from "./content.ts";
export { checksumAddress, keccak256, recover } from "./crypto.ts";
export { embed, initContent } from "./embed.ts";
export { TasteError } from "./errors.ts";
export { init } from "./loader.ts";
export type { InitOptions, WasmSource } from "./loader.ts";
export type { Store, StoredIdentity, StoredRound } from "./store.ts";
export type { Transport } from "./transport.ts";
export { initTaste } from "./tasting.ts";
export { domain, types } from "./typed-data.ts";
export type { AnnouncedWallet } from "./announced.ts";
export type { Provider, WalletClientLike } from "./wallet.ts";
export type * from "./types.ts";
