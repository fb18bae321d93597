/**
 * What stays on this device: the session key, every round's memory, and the files of models. First-party IndexedDB,
 * one transaction per change, written before anything is called done.
 *
 * A round's memory can be joined with itself (see `crates/taste-sdk/src/records.rs`), so several tabs may write: each
 * reads what the others wrote and adds its own, inside one transaction.
 */
import { TasteError, asTasteError } from "./errors.ts";
import type { StoredKey } from "./session-key.ts";
import type { Digest, RoundView, SignedGrant, SignedRevocation } from "./types.ts";

/** The key that signs here, and in whose name. */
export interface StoredIdentity {
  key: StoredKey;
  /** The wallet's grant, where one is connected. */
  grant?: SignedGrant;
  /** Whether the operator has the grant. */
  posted?: boolean;
  /** Guest votes that the grant claimed. */
  claimed?: number;
  /** What the wallet took back and the operator has not heard of. */
  revocations?: SignedRevocation[];
}

/** A round's memory and how often it was written. */
export interface StoredRound {
  revision: number;
  /** What the session wrote (`crates/taste-sdk/src/saved.rs`); it has a version of its own. */
  state: string;
}

/**
 * Where a client keeps things. An identity may hold a CryptoKey, which only a structured clone can store (IndexedDB, the
 * Cache API's neighbours, `postMessage`): a store of texts calls `create` anew each time, or wraps `MemoryStore`.
 */
export interface Store {
  /** Whether it survives a reload. */
  readonly persistent: boolean;
  /** The stored identity, or the one that `create` makes, stored. Two tabs get the same. */
  identity(create: () => Promise<StoredIdentity>): Promise<StoredIdentity>;
  setIdentity(identity: StoredIdentity): Promise<void>;
  /** Reads a round's memory and writes what `join` makes of it, in one transaction. Returns the new revision. */
  update(round: Digest, join: (stored: StoredRound | undefined) => string): Promise<number>;
  /** The round itself, for opening it offline. */
  round(src: string): Promise<RoundView | undefined>;
  keepRound(src: string, view: RoundView): Promise<void>;
  /** An immutable file by its digest. */
  file(digest: Digest): Promise<Uint8Array | undefined>;
  keepFile(digest: Digest, bytes: Uint8Array): Promise<void>;
  /** Removes everything. What another tab still has in hand is not written any more: `Client::Forgotten`. */
  forget(): Promise<void>;
}

const DATABASE = "tastemaker";
/** 2: the session writes its memory itself. What version 1 kept was of a protocol that no server takes any more. */
const VERSION = 2;
/** In the table of identities: when everything was forgotten last. */
const EPOCH = "forgotten";
const TABLES = ["identity", "memory", "rounds", "files"] as const;
/** Model and feature files kept; older ones go first. */
const FILES = 8;
/** Some private windows neither open a database nor refuse to. */
const PATIENCE_TO_OPEN = 3000;
/** A transaction waits for those of other tabs, and for the disk. */
const PATIENCE = 10_000;

/** Where the browser keeps nothing: one memory for the page, so that what it forgets it forgets when the page goes. */
let memory: MemoryStore | undefined;

/** Opens the browser's store; in memory where IndexedDB is missing or refused. */
export async function openStore(): Promise<Store> {
  try {
    return new IndexedDbStore(await openDatabase());
  } catch {
    return (memory ??= new MemoryStore());
  }
}

/**
 * The store that was chosen, or the browser's, and who votes there. A browser may open its store and then have no room
 * left in it: memory does, and the person is told.
 */
export async function openIdentity(
  chosen: Store | undefined, create: (readable?: boolean) => Promise<StoredIdentity>,
): Promise<{ store: Store; identity: StoredIdentity }> {
  const store = chosen ?? (await openStore());
  try {
    return { store, identity: await store.identity(() => create()) };
  } catch (error) {
    if (chosen !== undefined) throw error;
    if (isCloneError(error)) {
      // Some private windows store bytes, but no keys: better a key that survives a reload than one that is gone.
      const identity = await store.identity(() => create(true)).catch(() => undefined);
      if (identity !== undefined) return { store, identity };
    }
    memory ??= new MemoryStore();
    return { store: memory, identity: await memory.identity(() => create()) };
  }
}

function isCloneError(error: unknown): boolean {
  const cause = (error as { cause?: { name?: string } } | undefined)?.cause;
  return cause?.name === "DataCloneError";
}

/** Keeps everything until the page goes: private windows, Node, tests, and pages without consent. */
export class MemoryStore implements Store {
  readonly persistent: boolean = false;
  #identity: Promise<StoredIdentity> | undefined;
  #memory = new Map<Digest, StoredRound>();
  #rounds = new Map<string, RoundView>();
  #files = new Map<Digest, Uint8Array>();

  identity(create: () => Promise<StoredIdentity>): Promise<StoredIdentity> {
    return (this.#identity ??= create());
  }
  async setIdentity(identity: StoredIdentity): Promise<void> {
    this.#identity = Promise.resolve(identity);
  }
  async update(round: Digest, join: (stored: StoredRound | undefined) => string): Promise<number> {
    const stored = this.#memory.get(round);
    const revision = (stored?.revision ?? 0) + 1;
    this.#memory.set(round, { revision, state: join(stored) });
    return revision;
  }
  async round(src: string): Promise<RoundView | undefined> {
    return this.#rounds.get(src);
  }
  async keepRound(src: string, view: RoundView): Promise<void> {
    this.#rounds.set(src, view);
  }
  async file(digest: Digest): Promise<Uint8Array | undefined> {
    return this.#files.get(digest);
  }
  async keepFile(digest: Digest, bytes: Uint8Array): Promise<void> {
    this.#files.set(digest, bytes);
  }
  async forget(): Promise<void> {
    this.#identity = undefined;
    for (const table of [this.#memory, this.#rounds, this.#files]) table.clear();
  }
}

class IndexedDbStore implements Store {
  readonly persistent = true;
  #database: Promise<IDBDatabase> | undefined;
  /** What was forgotten before this store was opened; another value means that this tab's memory was forgotten, too. */
  #epoch: { value: unknown } | undefined;

  constructor(database: IDBDatabase) {
    this.#use(database);
  }

  #use(database: IDBDatabase): IDBDatabase {
    const gone = () => (this.#database = undefined);
    database.onclose = gone;
    database.onversionchange = () => {
      // Another tab with a newer version of this package must not wait for this one.
      database.close();
      gone();
    };
    this.#database = Promise.resolve(database);
    return database;
  }

  /**
   * Runs `body` within a transaction and waits until it calls back, or until it has taken too long. A connection that
   * the browser dropped (Safari does so in the background, and may tell only the next transaction) is opened again.
   */
  async #within<T>(
    tables: string | readonly string[], mode: IDBTransactionMode,
    body: (transaction: IDBTransaction, resolve: (result: T) => void, reject: (error: unknown) => void) => void,
  ): Promise<T> {
    for (let again = true; ; again = false) {
      this.#database ??= openDatabase().then((database) => this.#use(database));
      const opening = this.#database;
      const database = await opening.catch((error: unknown) => {
        if (this.#database === opening) this.#database = undefined;
        throw error;
      });
      let transaction: IDBTransaction;
      try {
        transaction = database.transaction(tables, mode, { durability: "strict" });
      } catch (error) {
        this.#database = undefined;
        if (again) continue;
        throw stored(error);
      }
      return await new Promise<T>((resolve, reject) => {
        const timer = setTimeout(() => reject(stored(new Error("IndexedDB does not answer"))), PATIENCE);
        const done = <V>(settle: (value: V) => void) => (value: V) => {
          clearTimeout(timer);
          settle(value);
        };
        body(transaction, done(resolve), done(reject));
      });
    }
  }

  async identity(create: () => Promise<StoredIdentity>): Promise<StoredIdentity> {
    const known = await this.#get<Partial<StoredIdentity>>("identity", "session");
    // What an older version stored has no key of today's kinds.
    if (known?.key !== undefined) return known as StoredIdentity;
    const made = await create();
    return this.#change<StoredIdentity>("identity", "session", (stored) => {
      const other = stored as Partial<StoredIdentity> | undefined;
      return other?.key !== undefined ? { put: undefined, result: other as StoredIdentity } : { put: made, result: made };
    });
  }
  setIdentity(identity: StoredIdentity): Promise<void> {
    return this.#change("identity", "session", () => ({ put: identity, result: undefined }));
  }
  update(round: Digest, join: (stored: StoredRound | undefined) => string): Promise<number> {
    return this.#change("memory", round, (stored) => {
      const known = stored as StoredRound | undefined;
      const next = { revision: (known?.revision ?? 0) + 1, state: join(known) };
      return { put: next, result: next.revision };
    });
  }
  round(src: string): Promise<RoundView | undefined> {
    return this.#get<RoundView>("rounds", src);
  }
  keepRound(src: string, view: RoundView): Promise<void> {
    return this.#change("rounds", src, () => ({ put: view, result: undefined }));
  }
  async file(digest: Digest): Promise<Uint8Array | undefined> {
    return (await this.#get<{ bytes: Uint8Array }>("files", digest))?.bytes;
  }
  async keepFile(digest: Digest, bytes: Uint8Array): Promise<void> {
    await this.#change("files", digest, () => ({ put: { bytes, kept: Date.now() }, result: undefined }));
    await this.#prune();
  }
  forget(): Promise<void> {
    return this.#within(TABLES, "readwrite", (transaction, resolve, reject) => {
      for (const table of TABLES) transaction.objectStore(table).clear();
      transaction.objectStore("identity").put(Date.now() + Math.random(), EPOCH);
      finish(transaction, resolve, reject);
    });
  }

  #get<T>(table: string, key: string): Promise<T | undefined> {
    return this.#within(table, "readonly", (transaction, resolve, reject) => {
      const request = transaction.objectStore(table).get(key);
      request.onsuccess = () => resolve(request.result as T | undefined);
      request.onerror = () => reject(stored(request.error));
    });
  }

  /** Reads one entry, decides, writes: one transaction, on disk before it is done. */
  #change<T>(table: string, key: string, decide: (stored: unknown) => { put: unknown; result: T }): Promise<T> {
    return this.#within([...new Set([table, "identity"])], "readwrite", (transaction, resolve, reject) => {
      let result: T;
      let thrown: unknown;
      const epoch = transaction.objectStore("identity").get(EPOCH);
      const entries = transaction.objectStore(table);
      const request = entries.get(key);
      request.onsuccess = () => {
        try {
          this.#epoch ??= { value: epoch.result };
          if (this.#epoch.value !== epoch.result) throw forgotten();
          const decided = decide(request.result);
          result = decided.result;
          if (decided.put !== undefined) entries.put(decided.put, key);
        } catch (error) {
          thrown = error;
          transaction.abort();
        }
      };
      finish(transaction, () => resolve(result), (error) => reject(thrown === undefined ? error : stored(thrown)));
    });
  }

  #prune(): Promise<void> {
    return this.#within("files", "readwrite", (transaction, resolve, reject) => {
      const files = transaction.objectStore("files");
      const found: [IDBValidKey, number][] = [];
      files.openCursor().onsuccess = (event) => {
        const cursor = (event.target as IDBRequest<IDBCursorWithValue | null>).result;
        if (cursor !== null) {
          found.push([cursor.key, (cursor.value as { kept: number }).kept]);
          cursor.continue();
          return;
        }
        found.sort((a, b) => b[1] - a[1]);
        for (const [key] of found.slice(FILES)) files.delete(key);
      };
      finish(transaction, resolve, reject);
    });
  }
}

function openDatabase(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, VERSION);
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      reject(stored(new Error("IndexedDB does not answer")));
    }, PATIENCE_TO_OPEN);
    request.onupgradeneeded = () => {
      for (const table of [...request.result.objectStoreNames]) request.result.deleteObjectStore(table);
      for (const table of TABLES) request.result.createObjectStore(table);
    };
    request.onsuccess = () => {
      clearTimeout(timer);
      // Nobody waits for it any more, and an open connection would keep a newer version from opening its own.
      if (late) request.result.close();
      else resolve(request.result);
    };
    request.onerror = () => {
      clearTimeout(timer);
      reject(stored(request.error));
    };
  });
}

function forgotten(): TasteError {
  return new TasteError("Client::Forgotten", "another tab removed everything of this site from the device", "Reload the page to begin anew.");
}

/** A failed request ends in the abort of its transaction, which by then knows why. */
function finish(transaction: IDBTransaction, resolve: () => void, reject: (error: unknown) => void): void {
  transaction.oncomplete = () => resolve();
  transaction.onabort = () => reject(stored(transaction.error));
}

function stored(error: unknown) {
  return asTasteError(error, "Client::Storage", "Free some space or allow this site to store data; votes are kept in this tab meanwhile.");
}
