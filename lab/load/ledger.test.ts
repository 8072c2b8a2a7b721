import { appendFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLedger } from './ledger.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'meridian-ledger-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = (options: { keep?: number; rotateAtBytes?: number } = {}) =>
  openLedger({
    file: path.join(folder, 'load', 'orders.jsonl'),
    onProblem: (message, error) => {
      throw new Error(message, { cause: error });
    },
    ...options,
  });
const order = (n: number) => ({
  orderId: `order-${n}`,
  geography: 'eu',
  region: 'eu-west-1',
  version: '1.0.0',
  at: new Date(n * 1000).toISOString(),
});
const ids = (orders: readonly { seq: number; orderId: string }[]) =>
  orders.map(({ seq, orderId }) => `${seq} ${orderId}`);

describe('the ledger', () => {
  it('survives a restart, also one in the middle of a line', async () => {
    const first = await open();
    for (const n of [1, 2, 3]) first.add(order(n));
    await first.flush();
    appendFileSync(path.join(folder, 'load', 'orders.jsonl'), '{"seq":4,"orderId":"or');
    const second = await open();
    expect(ids(second.kept())).toEqual(['1 order-1', '2 order-2', '3 order-3']);
    expect(second.acknowledged()).toBe(3);
  });

  it('pages by number and by time', async () => {
    const ledger = await open();
    for (const n of [1, 2, 3, 4, 5]) ledger.add(order(n));
    expect(ids(ledger.list(0, 2))).toEqual(['1 order-1', '2 order-2']);
    expect(ids(ledger.list(2, 2))).toEqual(['3 order-3', '4 order-4']);
    expect(ids(ledger.list(new Date(4_000), 9))).toEqual(['4 order-4', '5 order-5']);
    expect(ledger.list(5, 9)).toEqual([]);
    await ledger.flush();
  });

  it('stays bounded in memory and on disk', async () => {
    const ledger = await open({ keep: 10, rotateAtBytes: 400 });
    for (let n = 1; n <= 60; n += 1) {
      ledger.add(order(n));
      await ledger.flush();
    }
    expect(ledger.kept().length).toBeLessThanOrEqual(11);
    expect(ledger.acknowledged()).toBe(60);
    expect(existsSync(path.join(folder, 'load', 'orders.jsonl.1'))).toBe(true);
    expect(existsSync(path.join(folder, 'load', 'orders.jsonl.2'))).toBe(false);
    const again = await open({ keep: 10 });
    expect(again.acknowledged()).toBe(60);
  });

  it('is empty after a clear, and counts from one again', async () => {
    const ledger = await open();
    ledger.add(order(1));
    await ledger.clear();
    ledger.add(order(2));
    await ledger.flush();
    expect(ids((await open()).kept())).toEqual(['1 order-2']);
  });
});
