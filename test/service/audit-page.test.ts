import { beforeEach, expect, it } from 'vitest';
import type { AuditModel } from '#components/audit/model.ts';
import { appendAudit } from '#lib/data/audit.ts';
import { auditModel } from '../../app/(console)/_models/audit.ts';
import { type TestPerson, testWorld } from './harness.ts';

const world = testWorld();
const PAGE = 50;

let auditor: TestPerson;

beforeEach(async () => {
  auditor = await world.person('auditor');
  await append(2 * PAGE + 10);
});

async function append(rows: number): Promise<void> {
  for (let i = 0; i < rows; i += 1) {
    await appendAudit(world.database.pool, {
      verb: 'test.row',
      actor: { kind: 'system', id: 'test' },
      outcome: 'done',
    });
  }
}

/** The page that an address of the console leads to. */
function follow(href: string | null): Promise<AuditModel> {
  if (href === null) throw new Error('The page leads nowhere.');
  const query = Object.fromEntries(new URL(href, 'http://console').searchParams);
  return auditModel(world.contextFor(auditor), 'production', query);
}

const numbers = (page: AuditModel) => page.rows.map(({ row }) => row);

it('opens a row on the page that it was seen on, however many were written since', async () => {
  const seen = await follow('/audit');
  const last = seen.rows.at(-1);
  await append(PAGE + 1);
  const opened = await follow(last?.href ?? null);
  expect(numbers(opened)).toEqual(numbers(seen));
  expect(opened.open).toMatchObject({ row: last?.row, recomputed: 'equal' });
  const closed = await follow(opened.open?.closeHref ?? null);
  expect(numbers(closed)).toEqual(numbers(seen));
  expect(numbers(await follow(closed.newer))[0]).toBeGreaterThan(seen.rows[0]?.row ?? Infinity);
});

it('begins the page at a row that was linked alone and is older than the newest page', async () => {
  const oldest = (await follow((await follow('/audit')).older)).rows.at(-1)?.row ?? 0;
  const linked = await follow(`/audit?row=${oldest}`);
  expect(linked.rows[0]?.row).toBe(oldest);
  expect(linked.open?.row).toBe(oldest);
  expect(linked.newer).toBe('/audit');
});

it('opens a row of the newest page among the rows before and after it', async () => {
  const seen = await follow('/audit');
  const linked = await follow(`/audit?row=${seen.rows[3]?.row}`);
  expect(numbers(linked)).toEqual(numbers(seen));
  expect(linked.open?.row).toBe(seen.rows[3]?.row);
});

it('shows the newest page where the address names no row of the log', async () => {
  const seen = numbers(await follow('/audit'));
  for (const query of [
    'row=none',
    'row=-1',
    'cursor=none',
    'row=999999999999999',
    'row=999999999999999999',
  ]) {
    const page = await follow(`/audit?${query}`);
    expect(page.open, query).toBeNull();
    expect(numbers(page), query).toEqual(seen);
  }
});
