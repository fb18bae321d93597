/**
 * What stays on the device: files by their digests in the Cache API, which all pages of the site share, and embeddings by
 * content and encoder in IndexedDB. Neither is needed: where the browser refuses (private windows, no space), the work is done again.
 */

const CACHE = "tastemaker-encoders";
const DATABASE = "tastemaker-embeddings";
const TABLE = "embeddings";
/** About 60 MB of MiniLM's. */
const MOST_EMBEDDINGS = 40_000;

const address = (name: string): string => new URL(`/.tastemaker/${encodeURIComponent(name)}`, globalThis.location.origin).href;

/** The file of this name, where it is kept. */
export async function keptFile(name: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    const answer = await (await caches.open(CACHE)).match(address(name));
    return answer && new Uint8Array(await answer.arrayBuffer());
  } catch {
    return undefined;
  }
}

/** Keeps a file. Where there is no space, the files of other encoders make room, the oldest first. */
export async function keepFile(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  try {
    const cache = await caches.open(CACHE);
    const others = (await cache.keys()).filter((request) => request.url !== address(name));
    for (;;) {
      try {
        return await cache.put(address(name), new Response(bytes, { headers: { "content-type": "application/octet-stream" } }));
      } catch (error) {
        const oldest = others.shift();
        if ((error as Error).name !== "QuotaExceededError" || oldest === undefined) return;
        await cache.delete(oldest);
      }
    }
  } catch {
    // Not a secure context, or storage is switched off.
  }
}

/** A file that turned out not to be what its name says. */
export async function dropFile(name: string): Promise<void> {
  await caches.open(CACHE).then((cache) => cache.delete(address(name)), () => false);
}

let opening: Promise<IDBDatabase | undefined> | undefined;

function database(): Promise<IDBDatabase | undefined> {
  opening ??= new Promise((done) => {
    if (typeof indexedDB === "undefined") return done(undefined);
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(TABLE);
    request.onsuccess = () => done(request.result);
    request.onerror = request.onblocked = () => done(undefined);
  });
  return opening.catch(() => undefined);
}

function asked<T>(request: IDBRequest<T>): Promise<T | undefined> {
  return new Promise((done) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => done(undefined);
  });
}

/** The embedding of this content by this encoder, where it is kept. */
export async function keptEmbedding(encoder: string, content: string): Promise<Float32Array | undefined> {
  try {
    const store = (await database())?.transaction(TABLE, "readonly").objectStore(TABLE);
    const found: unknown = store && (await asked(store.get([encoder, content])));
    return found instanceof Float32Array ? found : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps an embedding. */
export async function keepEmbedding(encoder: string, content: string, embedding: Float32Array): Promise<void> {
  try {
    const store = (await database())?.transaction(TABLE, "readwrite").objectStore(TABLE);
    if (store === undefined) return;
    if (((await asked(store.count())) ?? 0) >= MOST_EMBEDDINGS) store.clear();
    store.put(embedding, [encoder, content]);
  } catch {
    // No space, or storage is switched off: it is embedded again the next time.
  }
}
