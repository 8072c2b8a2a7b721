import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { appendAudit } from '#lib/data/audit.ts';
import { testWorld } from './harness.ts';

const world = testWorld();

it('has no gap under ten concurrent writers, and each row seals the one before', async () => {
  const before = await world.auditSeq();
  const WRITERS = 10;
  const ROWS = 30;
  await Promise.all(
    Array.from({ length: WRITERS }, async (_, writer) => {
      for (let i = 0; i < ROWS; i += 1) {
        const write = world.database.inTransaction((connection) =>
          appendAudit(connection, {
            verb: 'test.write',
            actor: { kind: 'system', id: `writer-${writer}` },
            outcome: 'done',
            detail: { i, text: 'naïve — ünïcode ✓' },
          }).then(() => {
            if (i % 7 === 3) throw new Error('rolled back on purpose');
          }),
        );
        await write.catch((error: Error) => expect(error.message).toBe('rolled back on purpose'));
      }
    }),
  );
  const { rows } = await world.database.pool.query<{
    seq: string;
    at: string;
    entry: string;
    prev_hash: Buffer;
    hash: Buffer;
  }>(
    'select a.seq::text, audit_time(a.at) as at, a.entry, a.prev_hash, a.hash from audit_entry a order by a.seq',
  );
  const kept = ROWS - Array.from({ length: ROWS }, (_, i) => i).filter((i) => i % 7 === 3).length;
  expect(rows).toHaveLength(before + WRITERS * kept);
  let previous: Buffer = Buffer.alloc(32);
  for (const [index, row] of rows.entries()) {
    expect(row.seq).toBe(String(index + 1));
    expect(row.prev_hash.equals(previous)).toBe(true);
    const number = Buffer.alloc(8);
    number.writeBigInt64BE(BigInt(row.seq));
    const hash = createHash('sha256')
      .update(previous)
      .update(number)
      .update(row.at)
      .update(row.entry)
      .digest();
    expect(row.hash.equals(hash)).toBe(true);
    previous = row.hash;
  }
});
