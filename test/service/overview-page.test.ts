import { createElement } from 'react';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { layoutMap } from '#components/map/layout-map.ts';
import type { ReadinessLine, SafeAct } from '#components/overview/model.ts';
import { OverviewView } from '#components/overview/overview-view.tsx';
import type { Detection } from '#lib/domain/recovery/detection.ts';
import { factsOf, type Outlook } from '#lib/domain/recovery/facts.ts';
import type { ReadinessSummary } from '#lib/domain/recovery/readiness.ts';
import { dismissFinding } from '#lib/services/findings/dismiss.ts';
import { readFindings } from '#lib/services/findings/list.ts';
import { AP, EU, NOW, outlook, seen, trafficOf, US, without } from '#test/recovery-facts.ts';
import { overviewModel } from '../../app/(console)/_models/overview.ts';
import { regionModel } from '../../app/(console)/_models/region.ts';
import { type TestPerson, testWorld } from './harness.ts';
import { frameOf, textOf } from './pages.ts';
import { lost, readyOutlook, storeOutlook } from './recovery-world.ts';

const world = testWorld();
let operator: TestPerson;

beforeAll(async () => {
  operator = await world.person('operator');
});
beforeEach(() => storeOutlook(world, outlook()));

const context = (person = operator) => world.contextFor(person, { now: NOW });
const page = async (person = operator) => overviewModel(await frameOf(context(person)));

async function shown(model: Awaited<ReturnType<typeof page>>): Promise<string> {
  const actions = { stopTheLine: async () => ({ ok: true }) as const };
  return textOf(model.at, createElement(OverviewView, { overview: model, actions }));
}

function safe({ safe: { acts } }: Awaited<ReturnType<typeof page>>): readonly SafeAct[] {
  if (!acts.ok) throw new Error('What is safe could not be judged.');
  return acts.value;
}

/** The Region is well; what is placed there is refused, as where the writer of all is lost. */
function ordersRefused(given: Outlook, code: string): Outlook {
  const traffic = factsOf(given.facts, code).traffic.value ?? trafficOf(10);
  const refused = { ...traffic, writes: { ...traffic.writes, errorRate: 1 } };
  const regions = given.facts.regions.map((region) =>
    region.code === code ? { ...region, traffic: seen(refused) } : region,
  );
  return { ...given, facts: { ...given.facts, regions } };
}

describe('a Region that fails', () => {
  it('is told by those outside it: since when, by how many, on map and table', async () => {
    const { outlook: given, detection } = lost(readyOutlook(), US);
    await storeOutlook(world, ordersRefused(ordersRefused(given, EU), AP), detection);
    const model = await page();
    expect(model.status).toBe('critical');
    expect(model.answer).toEqual([
      'us-east-1 has been failing for ',
      { since: '2026-11-23T09:59:00.000Z' },
      expect.stringMatching(/^; \d of \d outside see it fail\. $/),
      expect.stringMatching(/^Two of 3 Regions serve pages\. Orders fail in eu-west-1 and ap-southeast-1/),
    ]);
    const trouble = { word: 'Failing', since: '2026-11-23T09:59:00.000Z' };
    expect(model.map.regions.find(({ code }) => code === US)).toMatchObject({ status: 'critical', trouble });
    expect(model.regions.find(({ code }) => code === US)).toMatchObject({ status: 'critical', trouble });
    expect(model.regions.find(({ code }) => code === EU)).toMatchObject({
      word: 'Orders fail',
      ordersFail: true,
      trouble: null,
    });
    expect(model.decide).toMatchObject({ href: '/recovery/decide?lost=us-east-1' });
    expect(safe(model).slice(0, 2)).toMatchObject([
      {
        title: 'Fail over to eu-west-1',
        verdict: 'emergency',
        href: '/recovery/decide?lost=us-east-1&option=full',
      },
      // Its readers would still order there.
      { title: 'Evacuate us-east-1', verdict: 'refused', why: expect.stringContaining('readers') },
    ]);
    // Its own numbers are an hour old: the verdict of the others stands all the same.
    expect(await shown(model)).toContain('Failing 1:00 2 of');
  });

  it('is only suspect where one outside sees it', async () => {
    const given = readyOutlook();
    const { detection } = lost(given, EU);
    const suspect: Detection = {
      ...detection,
      regions: detection.regions.map((region) =>
        region.region === EU ? { ...region, state: 'suspect' } : region,
      ),
    };
    await storeOutlook(world, given, suspect);
    const model = await page();
    expect(model.regions.find(({ code }) => code === EU)).toMatchObject({
      status: 'warning',
      word: 'Suspect',
    });
    expect(await shown(model)).toContain('eu-west-1 has been suspect for 1:00');
  });

  it('is left by nobody who may not act in an emergency', async () => {
    const { outlook: given, detection } = lost(readyOutlook(), US);
    await storeOutlook(world, given, detection);
    const model = await page(await world.person('viewer'));
    expect(safe(model)[0]).toMatchObject({ title: 'Fail over to eu-west-1', verdict: 'held' });
  });

  it('says so on its own page', async () => {
    const { outlook: given, detection } = lost(readyOutlook(), US);
    await storeOutlook(world, given, detection);
    const range = { from: new Date(NOW.getTime() - 3_600_000), to: NOW, label: 'last 1 h' };
    const model = await regionModel(await frameOf(context()), US, range);
    expect(model.answer).toEqual([
      'us-east-1: failing for ',
      { since: '2026-11-23T09:59:00.000Z' },
      expect.stringContaining('outside see it fail.'),
    ]);
  });

  it('serves nobody once DNS leaves it out: what it served is drawn to those that stand in for it', async () => {
    const { outlook: given, detection } = lost(readyOutlook(), US);
    const dns = seen({ answers: { na: { [EU]: 30, [AP]: 30 }, eu: { [EU]: 60 }, ap: { [AP]: 60 } } });
    await storeOutlook(world, { ...given, facts: { ...given.facts, dns } }, detection);
    const model = await page();
    const share = (code: string) => model.regions.find((region) => region.code === code)?.share.value;
    expect(share(US)).toBe(0);
    expect((share(EU) ?? 0) + (share(AP) ?? 0)).toBeCloseTo(1);
    expect(model.regions.find(({ code }) => code === US)?.configuredShare).toBe(0);
    const servedBy = (city: string) =>
      model.map.flows.filter((flow) => flow.city === city).map(({ region }) => region);
    expect(servedBy('New York')).toEqual([EU, AP]);
    expect(servedBy('London')).toEqual([EU]);
  });

  it('is not one that is silent: where nobody looks, nothing fails and nothing is known', async () => {
    const { outlook: given } = lost(readyOutlook(), US);
    await storeOutlook(world, given, null);
    const model = await page();
    expect(model.regions.find(({ code }) => code === US)).toMatchObject({
      status: 'unknown',
      word: 'Not reporting',
      trouble: null,
    });
    expect(model.decide).toBeNull();
  });
});

describe('the map', () => {
  const sum = (values: readonly (number | null)[]) =>
    values.reduce<number>((all, one) => all + (one ?? 0), 0);

  it('sizes arcs by what is measured, and calls the share of a geography planned', async () => {
    const given = readyOutlook();
    const regions = given.facts.regions.map((region) => ({
      ...region,
      traffic: seen(trafficOf(region.code === US ? 6 : 2)),
    }));
    await storeOutlook(world, { ...given, facts: { ...given.facts, regions } });
    const model = await page();
    const shareOf = (code: string) =>
      sum(model.map.flows.filter(({ region }) => region === code).map(({ share }) => share));
    expect([US, EU, AP].map(shareOf)).toEqual([
      expect.closeTo(0.6),
      expect.closeTo(0.2),
      expect.closeTo(0.2),
    ]);
    expect(model.map.figures).toBe('measured');
    const text = await shown(model);
    expect(text).toMatch(/North America [\d.]+ % planned/);
    expect(text).not.toContain('% of requests');
  });

  it('has no number for any share while one Region is silent, and still shows who is sent where', async () => {
    await storeOutlook(world, without(EU, readyOutlook()), null);
    const model = await page();
    expect(model.map.flows.length).toBeGreaterThan(0);
    expect(model.map.flows.map(({ share }) => share)).toEqual(model.map.flows.map(() => null));
    expect(model.map.regions.map(({ share }) => share.value)).toEqual([null, null, null]);
    const { flows } = layoutMap(model.map, 868, new Set(['traffic']));
    expect(flows).toHaveLength(model.map.flows.length);
    expect(flows.every(({ known, width }) => !known && width === 1)).toBe(true);
    expect(model.detail).toContain('eu-west-1 not counted');
  });

  it('says that errors are not known where nobody counts requests', async () => {
    const silent = [US, EU, AP].reduce((given, code) => without(code, given), readyOutlook());
    await storeOutlook(world, silent, null);
    expect((await page()).detail).toContain('share of errors not known');
  });
});

/** As the elected worker stored it four seconds ago. */
async function evaluated(summary: Partial<ReadinessSummary>): Promise<void> {
  await world.database.pool.query(
    `update recovery_watch set readiness = '{}', readiness_summary = $1, evaluated_at = $2`,
    [
      JSON.stringify({ scenarios: 7, blocked: 0, unknown: 0, warnings: 0, worst: null, ...summary }),
      new Date(NOW.getTime() - 4_000),
    ],
  );
}

async function readiness(): Promise<ReadinessLine> {
  const { readiness: line } = await page();
  if (!line.ok) throw new Error('Readiness could not be read.');
  return line.value;
}

describe('how ready a loss would find us', () => {
  it('is a line with its gaps, where they are most, and how old it is', async () => {
    await evaluated({ blocked: 6, unknown: 2, worst: 'us-east-1 is lost' });
    const { links } = await page();
    expect(links.readiness).toBe('/recovery?tab=readiness');
    const line = await readiness();
    expect(line).toMatchObject({ status: 'warning', at: '2026-11-23T09:59:56.000Z' });
    expect(line.word).toMatch(/^6\sgaps, most if us-east-1 is lost$/);
  });

  it('is not known where checks are not known, and ready where all of them pass', async () => {
    await evaluated({ unknown: 2, worst: 'Route 53’s control plane is lost' });
    expect(await readiness()).toMatchObject({
      status: 'unknown',
      word: expect.stringMatching(/^2\schecks not known, most if Route 53’s control plane is lost$/),
    });
    await evaluated({ warnings: 1, worst: 'us-east-1 is lost' });
    expect(await readiness()).toMatchObject({
      status: 'ok',
      word: expect.stringMatching(/^ready, 1\swarning$/),
    });
    await evaluated({ scenarios: 0, worst: null });
    expect(await readiness()).toMatchObject({ status: 'unknown', word: 'nothing to evaluate' });
  });

  it('is not known while no worker evaluates it', async () => {
    await world.database.pool.query(
      `update recovery_watch set readiness = null, readiness_summary = null, evaluated_at = null`,
    );
    const model = await page();
    expect(model.readiness).toMatchObject({ ok: true, value: { at: null } });
    expect(await shown(model)).toContain('If a Region is lost Never seen');
  });
});

it('counts findings as their page does, and leads to each', async () => {
  const before = await readFindings(context(), 'production');
  const model = await page();
  if (!model.findings.ok) throw new Error('findings could not be read');
  expect(model.findings.value.open).toBe(before.open);
  expect(model.findings.value.items[0]).toMatchObject({ end: before.items[0]?.code });
  expect(model.findings.value.items.map(({ href }) => href)).toContain('/findings?finding=B-05');

  const approver = await world.person('admin');
  await dismissFinding(context(approver), {
    environment: 'production',
    code: 'B-05',
    reason: 'Known, connected next week.',
  });
  const after = await page();
  if (!after.findings.ok) throw new Error('findings could not be read');
  expect(after.findings.value.open).toBe(before.open - 1);
  expect(after.findings.value.items.map(({ id }) => id)).not.toContain('B-05');
});

it('says that a Region is forced off, and not that measured shares drift', async () => {
  const given = readyOutlook();
  const off = (region: string) => (region === AP ? {} : { switch: seen({ bucket: 'peer', off: [AP] }) });
  const regions = given.facts.regions.map((region) => ({ ...region, ...off(region.code) }));
  await storeOutlook(world, { ...given, facts: { ...given.facts, regions } });
  const model = await page();
  expect(model.regions.find(({ code }) => code === AP)).toMatchObject({ status: 'held', word: 'Forced off' });
  expect(await shown(model)).toContain('Two of 3 Regions serve. ap-southeast-1 is forced off.');
  const { items } = model.attention;
  expect(items.find(({ id }) => id === `region-${AP}`)).toMatchObject({
    status: 'held',
    href: '/recovery?region=ap-southeast-1',
  });
  expect(items.filter(({ id }) => id.startsWith('drift-'))).toEqual([]);
});
