import { createElement } from 'react';
import { beforeAll, describe, expect, it } from 'vitest';
import { CostView } from '#components/cost/cost-view.tsx';
import { NOW } from '#test/recovery-facts.ts';
import { costModel } from '../../app/(console)/_models/cost.ts';
import { type TestPerson, testWorld } from './harness.ts';
import { textOf } from './pages.ts';

const HOUR_MS = 3_600_000;
const REFUSED = 'AccessDeniedException: meridian-read may not call ce:GetCostAndUsage';

const world = testWorld();
let reviewer: TestPerson;

beforeAll(async () => {
  reviewer = await world.person('cost-reviewer');
});

const page = (now = NOW) => costModel(world.contextFor(reviewer, { now }), 'production');
const shown = (model: Awaited<ReturnType<typeof page>>) =>
  textOf(model.at, createElement(CostView, { cost: model }));

/** What Cost Explorer said that many hours ago, and why it has said nothing since. */
async function read(hoursAgo: number, error: string | null = null): Promise<void> {
  await world.observe();
  await world.database.pool.query(
    `update observation set observed_at = $1, error = $2, error_since = $3 where kind = 'cost'`,
    [new Date(NOW.getTime() - hoursAgo * HOUR_MS), error, error === null ? null : NOW],
  );
}

async function neverRead(error: string | null): Promise<void> {
  await world.observe({ without: (_region, kind) => kind === 'cost' });
  if (error === null) return;
  await world.database.pool.query(
    `insert into observation (region, kind, name, value, observed_at, attempted_at, error, error_since, epoch)
     values ('global', 'cost', 'month', null, null, $1, $2, $1, 1)`,
    [NOW, error],
  );
}

describe('a bill that was read when it should have been', () => {
  it('has a status by its plan, and nothing more to say', async () => {
    await read(1);
    const model = await page();
    expect(model).toMatchObject({ status: 'ok', stale: false, problem: null });
    expect(model.summary.forecast).toBe(16_400);
    expect(model.answer).toMatch(/^November is \$[\d,]+ under plan so far, and ends 31 % under it\.$/);
    const text = shown(model);
    expect(text).toContain('read 1:00 h ago');
    expect(text).toContain('Spent to 15 Nov');
    expect(text).not.toContain('stale');
  });
});

describe('a bill that was never read', () => {
  it.each([
    ['nobody has asked', null, 'not observed yet'],
    ['the role may not', REFUSED, REFUSED],
  ])('is not known and not zero: %s', async (_, error, why) => {
    await neverRead(error);
    const model = await page();
    expect(model).toMatchObject({
      status: 'unknown',
      answer: 'What this month costs is not known.',
      summary: { monthToDate: null, planToDate: null, forecast: null, perTrafficPoint: null },
      table: { ok: false, problem: { message: `Cost Explorer: ${why}. It is asked every 6 hours.` } },
    });
    expect(model.perPoint.map(({ dollars }) => dollars)).toEqual([null, null, null]);
    expect(model.trend.every(({ actual, forecast }) => actual === null && forecast === null)).toBe(true);
    const text = shown(model);
    expect(text).toContain('Spent – unknown');
    expect(text).not.toMatch(/[$\s]0(\.0+)? ?%?(?=\s)/);
  });
});

describe('a bill that is no longer read', () => {
  it.each([
    [17, 'ok', false],
    [19, 'unknown', true],
  ] as const)('%d hours ago: %s', async (hoursAgo, status, stale) => {
    await read(hoursAgo);
    expect(await page()).toMatchObject({ status, stale });
  });

  it('keeps its figures after a week, without a status and with the reason', async () => {
    await read(7 * 24);
    const model = await page();
    expect(model).toMatchObject({ status: 'unknown', stale: true });
    expect(model.answer).toMatch(
      /^What November costs has not been read for 7 days; then it was \$[\d,]+ under plan\.$/,
    );
    const text = shown(model);
    expect(text).toContain('Nobody has asked Cost Explorer since. Every figure is of 7 days ago');
    expect(text).toContain('$16,400 stale');
  });

  it('says that the last question failed, however new the figures are', async () => {
    await read(7, REFUSED);
    const model = await page();
    expect(model).toMatchObject({ status: 'warning', stale: false });
    const text = shown(model);
    expect(text).toContain('Cost Explorer did not answer when it was asked last.');
    expect(text).toContain(`${REFUSED}. Every figure is of 7 h ago`);
    await read(30, REFUSED);
    expect(await page()).toMatchObject({ status: 'unknown', problem: { message: expect.any(String) } });
  });
});

it('is of the month that was read, also after that month has ended', async () => {
  await read(1);
  const december = new Date('2026-12-01T00:30:00.000Z');
  const model = await page(december);
  expect(model.answer).toContain('What November costs');
  expect(model.trend).toHaveLength(30);
  expect(model.status).toBe('unknown');
});

it('leads to nothing that is empty: no month that is not kept, no log of who looked', async () => {
  await read(1);
  const text = shown(await page());
  expect(text).not.toContain('Who looked');
  expect(text).not.toContain('Oct');
});
