import { createElement } from 'react';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { OverviewView } from '#components/overview/overview-view.tsx';
import { RegionView } from '#components/region/region-view.tsx';
import { ReplicationView } from '#components/replication/replication-view.tsx';
import { TrafficView } from '#components/traffic/traffic-view.tsx';
import type { Section } from '#components/ui/model.ts';
import { PART_FAILED } from '#lib/domain/failure-words.ts';
import { EU, NOW } from '#test/recovery-facts.ts';
import { overviewModel } from '../../../app/(console)/_models/overview.ts';
import { regionModel } from '../../../app/(console)/_models/region.ts';
import { replicationModel } from '../../../app/(console)/_models/replication.ts';
import { trafficModel } from '../../../app/(console)/_models/traffic.ts';
import { type TestPerson, testWorld } from '../harness.ts';
import { frameOf, textOf } from '../pages.ts';
import { readyOutlook, storeOutlook } from '../recovery-world.ts';

const world = testWorld();
let operator: TestPerson;

beforeAll(async () => {
  // The log of the web wants an environment; nothing is connected to.
  vi.stubEnv('DATABASE_URL', 'postgres://nowhere');
  vi.stubEnv('MERIDIAN_LOG', 'silent');
  operator = await world.person('operator');
});
afterAll(() => vi.unstubAllEnvs());
beforeEach(() => storeOutlook(world, readyOutlook()));

function reader() {
  const range = { from: new Date(NOW.getTime() - 3_600_000), to: NOW, label: 'last 1 h' };
  return { context: world.contextFor(operator, { now: NOW }), range };
}

/** What is read while the database has no such table. */
async function without<Read>(table: string, read: () => Promise<Read>): Promise<Read> {
  await world.owner.query(`alter table "${table}" rename to "${table}_away"`);
  try {
    return await read();
  } finally {
    await world.owner.query(`alter table "${table}_away" rename to "${table}"`);
  }
}

const failed = (title: string): Section<unknown> => ({
  ok: false,
  problem: { title, message: PART_FAILED, requestId: expect.any(String) as string },
});

describe('where samples cannot be read', () => {
  it('the overview stands without its courses, and says that they are missing', async () => {
    const { context } = reader();
    const frame = await frameOf(context);
    const model = await without('series', () => overviewModel(frame));
    expect(model.courses).toMatchObject({ title: 'The last minutes could not be read' });
    expect(model.regions.map(({ word }) => word)).toEqual(['Serving', 'Serving', 'Serving']);
    expect(model.regions.flatMap(({ requestsHistory }) => requestsHistory)).toEqual([]);
    expect(model.safe.acts.ok).toBe(true);
    const stopTheLine = async () => ({ ok: true }) as const;
    const text = textOf(model.at, createElement(OverviewView, { overview: model, actions: { stopTheLine } }));
    expect(text).toContain(`The last minutes could not be read ${PART_FAILED}`);
    expect(text).toContain('All three Regions serve.');
  });

  it('Traffic stands with its split and its history', async () => {
    const { context, range } = reader();
    const model = await without('series', () => trafficModel(context, 'production', range));
    expect(model.shareOverTime).toEqual(failed('The course of shares could not be read'));
    expect(model.history).toEqual({ ok: true, value: [] });
    expect(model.answer).toMatch(/^Measured traffic matches/);
    expect(textOf(model.at, createElement(TrafficView, { traffic: model }))).toContain(PART_FAILED);
  });

  it('a Region stands with its components', async () => {
    const { context, range } = reader();
    const frame = await frameOf(context);
    const model = await without('series', () => regionModel(frame, EU, range));
    expect(model.charts).toEqual(failed('Samples could not be read'));
    expect(model.components.length).toBeGreaterThan(3);
    expect(textOf(model.at, createElement(RegionView, { region: model }))).toContain(PART_FAILED);
  });

  it('Replication stands with its links and how they are measured', async () => {
    const { context, range } = reader();
    const model = await without('series', () => replicationModel(context, 'production', range));
    expect(model.courses).toMatchObject({ title: 'How lag went could not be read' });
    expect(model.links.length).toBeGreaterThan(2);
    expect(model.links[0]).toMatchObject({ history: [], lagSeconds: { value: expect.any(Number) } });
    expect(model.selected?.charts).toEqual(failed('The course of this link could not be read'));
    const text = textOf(model.at, createElement(ReplicationView, { replication: model }));
    expect(text).toContain('How it is measured');
    expect(text).toContain('The course of this link could not be read');
  });
});

it('where operations cannot be read, Traffic says so instead of “never changed”', async () => {
  const { context, range } = reader();
  const model = await without('operation', () => trafficModel(context, 'production', range));
  expect(model.history).toEqual(failed('What was done could not be read'));
  expect(model.detail).not.toContain('Never changed');
  expect(model.split).toHaveLength(3);
});

it('where freezes cannot be read, nothing counts as safe and nothing as unfrozen', async () => {
  const { context } = reader();
  const frame = await frameOf(context);
  const model = await without('freeze', () => overviewModel(frame));
  expect(model.freezes).toEqual(failed('Freezes could not be read'));
  expect(model.safe.acts).toEqual(failed('What is safe could not be judged'));
  expect(model.regions).toHaveLength(3);
});

it('where readiness cannot be read, it is not known, and not “never evaluated”', async () => {
  const { context } = reader();
  const frame = await frameOf(context);
  const model = await without('recovery_watch', () => overviewModel(frame));
  expect(model.readiness).toEqual(failed('Readiness could not be read'));
  const stopTheLine = async () => ({ ok: true }) as const;
  const text = textOf(model.at, createElement(OverviewView, { overview: model, actions: { stopTheLine } }));
  expect(text).toContain('If a Region is lost Readiness could not be read');
});
