import { appendFile, mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';

/** An order that a shop acknowledged to its customer. */
export interface LedgerOrder {
  /** Numbered from 1 in the order in which acknowledgements came. */
  seq: number;
  orderId: string;
  geography: string;
  /** Region of the shop that acknowledged it. */
  region: string;
  version: string;
  /** ISO 8601, when the acknowledgement arrived. */
  at: string;
}

export interface Ledger {
  add(order: Omit<LedgerOrder, 'seq'>): void;
  /** Orders after a sequence number, or from a time on, oldest first. */
  list(after: number | Date, limit: number): LedgerOrder[];
  /** The orders kept in memory, oldest first. */
  kept(): readonly LedgerOrder[];
  /** How many were acknowledged since the ledger began. */
  acknowledged(): number;
  clear(): Promise<void>;
  /** Resolves when everything added so far is in the file. */
  flush(): Promise<void>;
}

export interface LedgerOptions {
  file: string;
  /** Orders kept in memory; the file holds at least these. */
  keep?: number;
  rotateAtBytes?: number;
  onProblem: (message: string, error: unknown) => void;
}

const KEEP = 50_000;
const ROTATE_AT_BYTES = 16 * 1024 * 1024;

/** Opens the ledger with the orders of earlier runs. One line of JSON an order; one older file is kept beside it. */
export async function openLedger(options: LedgerOptions): Promise<Ledger> {
  const { file, keep = KEEP, rotateAtBytes = ROTATE_AT_BYTES, onProblem } = options;
  const olderFile = `${file}.1`;
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  let orders = [...(await readOrders(olderFile)), ...(await readOrders(file))].slice(-keep);
  let lastSeq = orders.at(-1)?.seq ?? 0;
  let unwritten: string[] = [];
  let writing: Promise<void> = Promise.resolve();

  async function write() {
    const lines = unwritten.join('');
    unwritten = [];
    if (!lines) return;
    const size = (await stat(file).catch(() => undefined))?.size ?? 0; // no file yet: nothing to rotate
    if (size > rotateAtBytes) await rename(file, olderFile);
    await appendFile(file, lines, { mode: 0o600 });
  }

  function enqueue(work: () => Promise<void>): Promise<void> {
    writing = writing
      .then(work)
      .catch((error: unknown) => onProblem('The ledger cannot write its file', error));
    return writing;
  }

  return {
    add(order) {
      lastSeq += 1;
      const entry = { seq: lastSeq, ...order };
      orders.push(entry);
      if (orders.length > keep * 1.1) orders = orders.slice(-keep);
      unwritten.push(`${JSON.stringify(entry)}\n`);
      if (unwritten.length === 1) void enqueue(write);
    },
    list(after, limit) {
      const from = firstIndex(orders, (order) =>
        typeof after === 'number' ? order.seq > after : Date.parse(order.at) >= after.getTime(),
      );
      return orders.slice(from, from + limit);
    },
    kept: () => orders,
    acknowledged: () => lastSeq,
    clear() {
      orders = [];
      lastSeq = 0;
      unwritten = [];
      return enqueue(async () => {
        for (const each of [file, olderFile]) await rm(each, { force: true });
      });
    },
    flush: () => enqueue(write),
  };
}

/** Binary search in a list whose items turn from false to true once. */
function firstIndex<T>(items: readonly T[], is: (item: T) => boolean): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const item = items[middle];
    if (item !== undefined && is(item)) high = middle;
    else low = middle + 1;
  }
  return low;
}

async function readOrders(file: string): Promise<LedgerOrder[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
  return text.split('\n').flatMap((line) => parseLine(line) ?? []);
}

/** A line that a killed process left unfinished is no order. */
function parseLine(line: string): LedgerOrder | undefined {
  if (!line.endsWith('}')) return undefined;
  try {
    return JSON.parse(line);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
