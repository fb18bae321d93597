/**
 * HTTP towards one operator: requests with timeouts, errors with the server's own codes, and the round's events. What a
 * refusal means for the votes is decided in Rust (`crates/taste-sdk/src/refusal.rs`).
 */
import { taken } from "./ahead.ts";
import { TasteError, asTasteError } from "./errors.ts";

const PATIENCE = 15_000;
/** Models and features may be megabytes, and a line slow. */
const PATIENCE_FOR_FILES = 120_000;

/** The way to the operator; replace it to route requests through something of your own. */
export interface Transport {
  /** JSON in, JSON out. Throws TasteError: a server's code with `status`, `Client::Network`, or `Client::Timeout`. */
  json<T>(url: string, body?: unknown): Promise<T>;
  text(url: string): Promise<string>;
  bytes(url: string): Promise<Uint8Array>;
  /** Listens to a round's events until the returned function is called. */
  events(url: string, heard: (kind: "status" | "model" | "board", data: unknown) => void): () => void;
}

export class HttpTransport implements Transport {
  readonly #fetch: typeof fetch;

  constructor(fetcher?: typeof fetch) {
    this.#fetch = fetcher ?? ((address, init) => (init?.body ? undefined : taken(String(address), init!.signal!)) ?? globalThis.fetch(address, init));
  }

  async json<T>(url: string, body?: unknown): Promise<T> {
    const init: RequestInit =
      body === undefined
        ? { headers: { accept: "application/json" } }
        : { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
    const response = await this.#send(url, init);
    return (await this.#read(() => response.json(), url)) as T;
  }

  async text(url: string): Promise<string> {
    const response = await this.#send(url, {});
    // Not response.text(): it would drop a byte order mark, and the digest counts it.
    const bytes = await this.#read(() => response.arrayBuffer(), url);
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  }

  async bytes(url: string): Promise<Uint8Array> {
    const response = await this.#send(url, {}, PATIENCE_FOR_FILES);
    return new Uint8Array(await this.#read(() => response.arrayBuffer(), url));
  }

  events(url: string, heard: (kind: "status" | "model" | "board", data: unknown) => void): () => void {
    // Node 20 has none; a client there asks when it wants to know.
    if (typeof EventSource === "undefined") return () => undefined;
    let source: EventSource | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let pause = 1000;
    const open = () => {
      source = new EventSource(url);
      source.onopen = () => (pause = 1000);
      source.onerror = () => {
        // A dropped connection comes back by itself; a refused one stays closed.
        if (source?.readyState !== EventSource.CLOSED) return;
        timer = setTimeout(open, pause * (0.5 + Math.random() / 2));
        pause = Math.min(pause * 2, 60_000);
      };
      for (const kind of ["status", "model", "board"] as const) {
        source.addEventListener(kind, (event) => {
          try {
            heard(kind, JSON.parse((event as MessageEvent<string>).data));
          } catch {
            // An event that is no JSON says nothing; the next one will.
          }
        });
      }
    };
    open();
    return () => {
      clearTimeout(timer);
      source?.close();
    };
  }

  async #send(url: string, init: RequestInit, patience = PATIENCE): Promise<Response> {
    let response: Response;
    try {
      response = await this.#fetch(url, { ...init, signal: AbortSignal.timeout(patience), credentials: "omit" });
    } catch (error) {
      throw unreachable(error, url);
    }
    if (!response.ok) throw await refused(response);
    return response;
  }

  async #read<T>(body: () => Promise<T>, url: string): Promise<T> {
    try {
      return await body();
    } catch (error) {
      throw unreachable(error, url);
    }
  }
}

function unreachable(error: unknown, url: string): TasteError {
  const name = error instanceof Error ? error.name : "";
  if (name === "TimeoutError" || name === "AbortError") {
    return new TasteError("Client::Timeout", `no answer from ${new URL(url).host} in time`, "It is tried again by itself.", { cause: error });
  }
  return asTasteError(error, "Client::Network", "Check the connection, the server's address and its CORS allow-list; it is tried again by itself.");
}

async function refused(response: Response): Promise<TasteError> {
  const after = Number(response.headers.get("retry-after"));
  const more = { status: response.status, retryAfter: after > 0 ? Math.ceil(after) : undefined };
  try {
    const { error } = (await response.json()) as { error: { code: string; message: string; hint: string } };
    return new TasteError(String(error.code), String(error.message), String(error.hint ?? ""), more);
  } catch {
    return new TasteError("Client::Status", `the server answers ${response.status}`, "Check the address, or try again later.", more);
  }
}
