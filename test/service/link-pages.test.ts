import { createElement } from 'react';
import { beforeAll, describe, expect, it } from 'vitest';
import { RegionView } from '#components/region/region-view.tsx';
import { ReplicationView } from '#components/replication/replication-view.tsx';
import { regionModel } from '../../app/(console)/_models/region.ts';
import { replicationModel } from '../../app/(console)/_models/replication.ts';
import { type TestPerson, testWorld } from './harness.ts';
import { frameOf, textOf } from './pages.ts';

const world = testWorld();
const US = 'us-east-1';
const EU = 'eu-west-1';
const STORAGE = 'us-east-1>eu-west-1:storage:to-eu-west-1';
let viewer: TestPerson;

beforeAll(async () => {
  viewer = await world.person('viewer');
  await insertSamples({ lagSeconds: 42, pendingOperations: 7 });
});

/** One of each metric of the link, a minute ago. */
async function insertSamples(values: Record<string, number>): Promise<void> {
  const { pool } = world.database;
  for (const [metric, value] of Object.entries(values)) {
    const { rows } = await pool.query<{ id: number }>(
      `insert into series (subject, metric, unit) values ($1, $2, 'unit') returning id`,
      [STORAGE, metric],
    );
    await pool.query(
      `insert into sample (series_id, at, value) values ($1, now() - interval '1 minute', $2)`,
      [rows[0]?.id, value],
    );
  }
}

const context = () => world.contextFor(viewer);
const lastHour = (now: Date) => ({ from: new Date(now.getTime() - 3_600_000), to: now, label: 'last 1 h' });

function page(link?: string) {
  const reader = context();
  return replicationModel(reader, 'production', lastHour(reader.now), link);
}

describe('the page of replication', () => {
  it('shows every link with what was observed of it beside its target', async () => {
    await world.observe();
    const model = await page();
    expect(model.answer).toBe('All 8 links keep up. 1 network path is missing.');
    const shown = textOf(model.at, createElement(ReplicationView, { replication: model }));
    expect(shown).toContain(
      'us-east-1 → eu-west-1 storage keeps up rule to-eu-west-1, without time control and KMS objects',
    );
    expect(shown).toContain('6.2 s 1 operation < 900 s 3600 s');
    expect(shown).toContain('secondary of ldgnf-ecommerce');
    expect(shown).toMatch(/ecommerce-us-east-1-to-eu-west-1 .*0\.50 s 6 messages < 5 s 5 s/);
    for (const service of ['RDS', 'S3', 'ElastiCache', 'MSK']) expect(shown).toContain(` ${service} `);
  });

  it('follows the chosen link over the range, with how it is known', async () => {
    const model = await page(STORAGE);
    expect(model.selected).toMatchObject({ id: STORAGE, title: 'us-east-1 to eu-west-1, storage' });
    if (!model.selected?.charts.ok) throw new Error('The samples of the link could not be read.');
    const { seconds, waiting } = model.selected.charts.value;
    expect(seconds.series[0]?.values).toContain(42);
    expect(waiting?.series[0]?.values).toContain(7);
    expect(model.selected?.facts).toContainEqual({ term: 'Time control', description: 'no' });
    expect(model.selected?.facts).toContainEqual({ term: 'Read', description: 'every 30 s' });
    const row = model.links.find(({ id }) => id === STORAGE);
    expect(row?.history).toContain(42);
    expect(row?.href).toBe(`/replication?link=${encodeURIComponent(STORAGE)}`);
  });

  it.each([
    ['cache', 'us-east-1>eu-west-1:cache', 'Global Datastore'],
    ['queue', 'us-east-1>eu-west-1:queue:ecommerce-us-east-1-to-eu-west-1', 'Replicator'],
    ['database', 'us-east-1>eu-west-1:database', 'Backups'],
  ])('has its own facts of a %s', async (_, id, term) => {
    const { selected } = await page(id);
    expect(selected?.id).toBe(id);
    expect(selected?.facts.map((fact) => fact.term)).toContain(term);
  });

  it('says what does not copy, and what nobody has seen', async () => {
    await world.observe({
      change: ({ region, kind, value }) =>
        region === US && kind === 'storage' ? { ...(value as object), rules: [] } : undefined,
      without: (region, kind) => region === EU && kind === 'queue',
    });
    const model = await page();
    expect(model.answer).toBe('2 links do not copy. 1 network path is missing.');
    const shown = textOf(model.at, createElement(ReplicationView, { replication: model }));
    expect(shown).toContain('ecommerce-assets-us-east-1 to ecommerce-assets-eu-west-1');
    expect(shown).toContain('no rule');
    expect(shown).toContain('Never seen');
  });
});

it('the page of a Region shows cache, queue and storage as their services say', async () => {
  await world.observe();
  const reader = context();
  const model = await regionModel(await frameOf(reader), EU, lastHour(reader.now));
  const shown = textOf(model.at, createElement(RegionView, { region: model }));
  expect(shown).toContain('ecommerce-global-eu-west-1 available secondary of ldgnf-ecommerce ElastiCache');
  expect(shown).toContain('1 replicator into it: from us-east-1 RUNNING MSK');
  expect(shown).toContain('ecommerce-assets-eu-west-1 versioned 0 replication rules enabled S3');
});
