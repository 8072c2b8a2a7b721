import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** A named set of records that survives the lab's restart. Mutate only through `put` and `delete`. */
export interface Collection<T> {
  get(id: string): T | undefined;
  list(): T[];
  entries(): [string, T][];
  put(id: string, value: T): void;
  delete(id: string): void;
  clear(): void;
}

export interface StateStore {
  collection<T>(name: string): Collection<T>;
  /** Writes what has changed; called by a timer and at close. */
  flush(): void;
  clearAll(): void;
}

const FLUSH_AFTER_MS = 200;

/** Collections as JSON files in `directory`, one a collection, replaced atomically shortly after a change. */
export function createStateStore(directory: string): StateStore {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const collections = new Map<string, Map<string, unknown>>();
  const dirty = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  const file = (name: string) => path.join(directory, `${name}.json`);

  function flush() {
    clearTimeout(timer);
    timer = undefined;
    for (const name of dirty) {
      const entries = [...(collections.get(name) ?? [])];
      writeFileSync(`${file(name)}.new`, JSON.stringify(entries), { mode: 0o600 });
      renameSync(`${file(name)}.new`, file(name));
    }
    dirty.clear();
  }

  function touched(name: string) {
    dirty.add(name);
    timer ??= setTimeout(flush, FLUSH_AFTER_MS).unref();
  }

  function load(name: string): Map<string, unknown> {
    const known = collections.get(name);
    if (known) return known;
    const fresh = new Map<string, unknown>(readEntries(file(name)));
    collections.set(name, fresh);
    return fresh;
  }

  return {
    collection<T>(name: string): Collection<T> {
      const rows = load(name) as Map<string, T>;
      return {
        get: (id) => rows.get(id),
        list: () => [...rows.values()],
        entries: () => [...rows.entries()],
        put(id, value) {
          rows.set(id, value);
          touched(name);
        },
        delete(id) {
          if (rows.delete(id)) touched(name);
        },
        clear() {
          rows.clear();
          touched(name);
        },
      };
    },
    flush,
    clearAll() {
      for (const [name, rows] of collections) {
        rows.clear();
        touched(name);
      }
    },
  };
}

function readEntries(file: string): [string, unknown][] {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw new Error(
      `The lab cannot read its state ${file}: ${String(error)}. Delete that file to start it afresh.`,
    );
  }
}
