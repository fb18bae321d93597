/** The client as `tastemaker` exports it: the name and the type at once, the code when a round is opened. */
import { askAhead, wasmIsPlaced } from "./ahead.ts";
import type { TasteClient as Client } from "./client.ts";
import { asTasteError } from "./errors.ts";
import type { OpenOptions } from "./options.ts";

/** One round, one person, this device. */
export type TasteClient = Client;

export const TasteClient = {
  /**
   * Loads the client and opens a round.
   * @throws TasteError `Client::Load`, and all that the client's own `open` throws
   */
  async open(options: OpenOptions): Promise<TasteClient> {
    const { src, transport, wasm } = options;
    if (wasm !== undefined) wasmIsPlaced();
    if (src !== undefined && transport === undefined && typeof document !== "undefined") await askAhead(src, document.baseURI);
    const { TasteClient } = await import("./parts.ts").catch((error: unknown) => {
      throw asTasteError(error, "Client::Load", "Serve all files of the package's dist folder together; try again when there is a network.");
    });
    return TasteClient.open(options);
  },
};
