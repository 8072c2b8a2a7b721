import { describe, expect, test } from 'vitest';
import { map, wideMap } from '#components/gallery/fixtures/overview.ts';
import { layoutMap } from './layout-map.ts';
import type { MapModel } from './model.ts';
import type { Box } from './place-labels.ts';

const BOTH = new Set(['traffic', 'replication'] as const);

function overlapping(boxes: ReadonlyMap<string, Box>): string[] {
  const all = [...boxes];
  return all.flatMap(([a, one], index) =>
    all.slice(index + 1).flatMap(([b, two]) => {
      const across = Math.min(one.left + one.width, two.left + two.width) - Math.max(one.left, two.left);
      const down = Math.min(one.top + one.height, two.top + two.height) - Math.max(one.top, two.top);
      return across > 0 && down > 0 ? [`${a} over ${b}`] : [];
    }),
  );
}

const grown = (count: number): MapModel => ({
  ...wideMap,
  regions: wideMap.regions.slice(0, count),
  links: wideMap.links,
});

describe('labels of the map', () => {
  test.each([
    ['three Regions, 1440', map, 868],
    ['three Regions, 1280', map, 708],
    ['four Regions, 1440', grown(4), 868],
    ['five Regions, 1440', grown(5), 868],
    ['six Regions, 1440', grown(6), 868],
    ['eight Regions, 1440', wideMap, 868],
    ['eight Regions, wide', wideMap, 1200],
    ['three Regions, phone', map, 390],
  ])('do not cover each other: %s', (_, model, width) => {
    const { boxes } = layoutMap(model, width, BOTH);
    expect(overlapping(boxes)).toEqual([]);
  });

  test('every Region and every drawn link has one', () => {
    const { boxes } = layoutMap(wideMap, 868, BOTH);
    for (const { code } of wideMap.regions) expect(boxes.has(`pin:${code}`)).toBe(true);
    for (const { id } of wideMap.links) expect(boxes.has(`link:${id}`)).toBe(true);
  });

  test('an arc of unknown share is drawn thin, whatever the others carry', () => {
    const [first, ...rest] = map.flows;
    if (first === undefined) throw new Error('fixture');
    const model = { ...map, flows: [{ ...first, share: null }, ...rest] };
    const { flows, moved } = layoutMap(model, 868, BOTH);
    expect(flows).toHaveLength(map.flows.length);
    expect(flows[0]).toMatchObject({ known: false, width: 1 });
    expect(Math.min(...flows.slice(1).map(({ width }) => width))).toBeGreaterThan(1);
    expect(moved).toEqual({ text: '5.0\u00a0%', operation: 'OP-1042' });
  });

  test('what an operation moved is not known while one part of it is not', () => {
    const flows = map.flows.map((flow) =>
      flow.moved && flow.city === 'Toronto'
        ? { ...flow, share: null, moved: { ...flow.moved, share: null } }
        : flow,
    );
    expect(layoutMap({ ...map, flows }, 868, BOTH).moved?.text).toBe('–\u00a0%');
  });

  test('a layer that is off is not drawn', () => {
    const { flows, links } = layoutMap(map, 868, new Set(['replication']));
    expect(flows).toEqual([]);
    expect(links).toHaveLength(map.links.length);
  });
});
