import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seedEstate } from '#test/seed-estate.ts';
import type { ShiftRequest } from './request.ts';
import { plannedShares, residencyEffect, roundTripMs, type Solved, solveShift } from './solve.ts';
import { globalShares, mapMatrix, type WeightMatrix } from './weights.ts';

const estate = seedEstate();
const US = 'us-east-1';
const EU = 'eu-west-1';
const AP = 'ap-southeast-1';
const regions = [US, EU, AP];
const ramp = { kind: 'immediate' } as const;

/** Every geography at home. */
const live: WeightMatrix = {
  na: { [US]: 100, [EU]: 0, [AP]: 0 },
  eu: { [US]: 0, [EU]: 100, [AP]: 0 },
  ap: { [US]: 0, [EU]: 0, [AP]: 100 },
  any: { [US]: 100, [EU]: 0, [AP]: 0 },
};

function solve(request: ShiftRequest, from: WeightMatrix = live): Solved {
  return solveShift(estate, regions, from, request);
}

/** The matrix without the noise of binary fractions. */
function matrixOf(solved: Solved): WeightMatrix {
  if (!solved.ok) throw new Error(`${solved.field}: ${solved.message}`);
  return mapMatrix(solved.matrix, (_, __, percent) => Number(percent.toFixed(9)));
}

function sharesOf(matrix: WeightMatrix): Record<string, number> {
  const shares = globalShares(matrix, plannedShares(estate), regions);
  return Object.fromEntries(Object.entries(shares).map(([code, share]) => [code, Number(share.toFixed(6))]));
}

describe('weights of one geography', () => {
  it('change that geography alone; Regions left out get none', () => {
    const matrix = matrixOf(
      solve({ mode: 'geography', geography: 'na', weights: { [US]: 80, [EU]: 20 }, ramp }),
    );
    expect(matrix).toEqual({ ...live, na: { [US]: 80, [EU]: 20, [AP]: 0 } });
  });

  it.each<[string, ShiftRequest, string, string]>([
    [
      'a geography that is none',
      { mode: 'geography', geography: 'moon', weights: { [US]: 100 }, ramp },
      'geography',
      'there are na, eu, ap, any',
    ],
    [
      'a property of every object',
      { mode: 'geography', geography: 'constructor', weights: { [US]: 100 }, ramp },
      'geography',
      'is not a geography',
    ],
    [
      'a Region that is none',
      { mode: 'geography', geography: 'na', weights: { 'us-west-2': 100 }, ramp },
      'weights.us-west-2',
      'is not a Region of this environment',
    ],
  ])('refuse %s', (_, request, field, message) => {
    expect(solve(request)).toMatchObject({ ok: false, field, message: expect.stringContaining(message) });
  });

  it('refuse a Region that has no record in the set', () => {
    const solved = solve(
      { mode: 'geography', geography: 'na', weights: { [US]: 50, [AP]: 50 }, ramp },
      { ...live, na: { [US]: 100, [EU]: 0 } },
    );
    expect(solved).toMatchObject({
      ok: false,
      field: 'weights',
      message: expect.stringContaining(`have none for ${AP}`),
    });
  });

  it('leave out what has no record and is to have no users', () => {
    const solved = solve(
      { mode: 'geography', geography: 'na', weights: { [US]: 50, [EU]: 50 }, ramp },
      { ...live, na: { [US]: 100, [EU]: 0 } },
    );
    expect(matrixOf(solved).na).toEqual({ [US]: 50, [EU]: 50 });
  });
});

describe('a target split of all traffic', () => {
  it('leaves everybody at home when it is the planned one', () => {
    const matrix = matrixOf(solve({ mode: 'split', target: { [US]: 50, [EU]: 30, [AP]: 20 }, ramp }));
    expect(matrix).toEqual(live);
  });

  it('moves the fewest, to the nearest', () => {
    const matrix = matrixOf(solve({ mode: 'split', target: { [US]: 40, [EU]: 40, [AP]: 20 }, ramp }));
    expect(matrix.eu).toEqual(live.eu);
    expect(matrix.ap).toEqual(live.ap);
    expect(matrix.na).toEqual({ [US]: 80, [EU]: 20, [AP]: 0 });
  });

  it('keeps European users in Europe by moving others away from it', () => {
    const crowded = matrixOf(solve({ mode: 'split', target: { [US]: 60, [EU]: 30, [AP]: 10 }, ramp }));
    expect(crowded.eu).toEqual(live.eu);
    const mixed = { ...live, na: { [US]: 70, [EU]: 30, [AP]: 0 } };
    const lessEurope = matrixOf(
      solve({ mode: 'split', target: { [US]: 50, [EU]: 30, [AP]: 20 }, ramp }, mixed),
    );
    expect(lessEurope.eu).toEqual(live.eu);
  });

  it('sends Europeans who must leave to the United States before Singapore (aws-facts C-03)', () => {
    const matrix = matrixOf(solve({ mode: 'split', target: { [US]: 65, [EU]: 15, [AP]: 20 }, ramp }));
    expect(matrix.eu).toEqual({ [US]: 50, [EU]: 50, [AP]: 0 });
    expect(matrix.ap).toEqual(live.ap);
  });

  it('leaves a Region that is to have nothing no geography, planned to have users or not', () => {
    const matrix = matrixOf(solve({ mode: 'split', target: { [US]: 0, [EU]: 60, [AP]: 40 }, ramp }));
    expect(Object.values(matrix).map((row) => row[US])).toEqual([0, 0, 0, 0]);
    expect(matrix.any).toEqual({ [US]: 0, [EU]: 100, [AP]: 0 });
  });

  it('is the split that was asked for, whatever is asked', () => {
    const targets = fc
      .tuple(fc.nat(200), fc.nat(200))
      .map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const)
      .map(([a, b]): Record<string, number> => ({ [US]: a / 2, [EU]: (b - a) / 2, [AP]: (200 - b) / 2 }));
    fc.assert(
      fc.property(targets, (target) => {
        const matrix = matrixOf(solve({ mode: 'split', target, ramp }));
        const shares = globalShares(matrix, plannedShares(estate), regions);
        for (const region of regions) expect(shares[region]).toBeCloseTo((target[region] ?? 0) / 100, 9);
        for (const row of Object.values(matrix)) {
          expect(Object.values(row).reduce((sum, percent) => sum + percent, 0)).toBeCloseTo(100, 7);
        }
      }),
    );
  });

  it('takes a sum that is a rounding off 100', () => {
    const matrix = matrixOf(solve({ mode: 'split', target: { [US]: 33.3, [EU]: 33.3, [AP]: 33.35 }, ramp }));
    for (const row of Object.values(matrix)) {
      expect(Object.values(row).reduce((sum, percent) => sum + percent, 0)).toBeCloseTo(100, 7);
    }
  });

  it('refuses a Region that is none', () => {
    expect(solve({ mode: 'split', target: { 'us-west-2': 100 }, ramp })).toMatchObject({
      ok: false,
      field: 'target.us-west-2',
    });
  });
});

describe('a drain', () => {
  it('of the United States gives EU 60 % and AP 40 % (aws-facts 2.1)', () => {
    const matrix = matrixOf(solve({ mode: 'drain', region: US, ramp }));
    expect(sharesOf(matrix)).toEqual({ [US]: 0, [EU]: 0.6, [AP]: 0.4 });
    expect(matrix.na).toEqual({ [US]: 0, [EU]: 60, [AP]: 40 });
    expect(matrix.eu).toEqual(live.eu);
  });

  it('of ten points takes ten points', () => {
    const matrix = matrixOf(solve({ mode: 'drain', region: US, points: 10, ramp }));
    expect(sharesOf(matrix)).toEqual({ [US]: 0.4, [EU]: 0.36, [AP]: 0.24 });
  });

  it('of Europe sends Europeans to the United States alone, and says that residency is left', () => {
    const matrix = matrixOf(solve({ mode: 'drain', region: EU, ramp }));
    expect(matrix.eu).toEqual({ [US]: 100, [EU]: 0, [AP]: 0 });
    expect(residencyEffect(estate, live, matrix)).toEqual([
      { geography: expect.objectContaining({ key: 'eu' }), points: 100, regions: [US] },
    ]);
  });

  it('of Asia shares its users over the others in proportion', () => {
    const matrix = matrixOf(solve({ mode: 'drain', region: AP, ramp }));
    expect(matrix.ap?.[US]).toBeCloseTo(62.5, 9);
    expect(matrix.ap?.[EU]).toBeCloseTo(37.5, 9);
    expect(residencyEffect(estate, live, matrix)).toEqual([]);
  });

  it('shares equally where the others carry nothing yet', () => {
    const one = Object.fromEntries(Object.keys(live).map((key) => [key, { [US]: 100, [EU]: 0, [AP]: 0 }]));
    expect(matrixOf(solve({ mode: 'drain', region: US, ramp }, one)).na).toEqual({
      [US]: 0,
      [EU]: 50,
      [AP]: 50,
    });
  });

  it('empties a Region that only serves users nobody planned', () => {
    const rest = { ...live, na: { [US]: 0, [EU]: 100, [AP]: 0 } };
    const matrix = matrixOf(solve({ mode: 'drain', region: US, ramp }, rest));
    expect(matrix.any?.[US]).toBe(0);
  });

  it('takes exactly what was asked, and no row loses anybody', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...regions),
        fc.double({ min: 0.5, max: 100, noNaN: true }),
        (region, part) => {
          const before = globalShares(live, plannedShares(estate), regions);
          const points = ((before[region] ?? 0) * 100 * part) / 100;
          const matrix = matrixOf(solve({ mode: 'drain', region, points, ramp }));
          const after = globalShares(matrix, plannedShares(estate), regions);
          expect(after[region]).toBeCloseTo((before[region] ?? 0) - points / 100, 7);
          for (const row of Object.values(matrix)) {
            expect(Object.values(row).reduce((sum, percent) => sum + percent, 0)).toBeCloseTo(100, 7);
            expect(Math.min(...Object.values(row))).toBeGreaterThanOrEqual(-1e-9);
          }
        },
      ),
    );
  });

  it.each<[string, ShiftRequest, WeightMatrix, string, string]>([
    [
      'a Region that is none',
      { mode: 'drain', region: 'us-west-2', ramp },
      live,
      'region',
      'is not a Region of this environment',
    ],
    [
      'a Region without traffic',
      { mode: 'drain', region: AP, ramp },
      { na: { [US]: 100, [EU]: 0, [AP]: 0 } },
      'region',
      'nothing to drain',
    ],
    [
      'more than it has',
      { mode: 'drain', region: AP, points: 20.1, ramp },
      live,
      'points',
      'has 20.0 points; 20.1 cannot leave it',
    ],
  ])('refuses %s', (_, request, from, field, message) => {
    expect(solve(request, from)).toMatchObject({
      ok: false,
      field,
      message: expect.stringContaining(message),
    });
  });
});

describe('putting former weights back', () => {
  it('gives Regions that had none their zero again', () => {
    const moved = matrixOf(solve({ mode: 'drain', region: US, ramp }));
    const matrix = matrixOf(solve({ mode: 'restore', weights: { na: { [US]: 100 } }, ramp }, moved));
    expect(matrix.na).toEqual({ [US]: 100, [EU]: 0, [AP]: 0 });
    expect(matrix.eu).toEqual(moved.eu);
  });

  it.each([
    [{ moon: { [US]: 100 } }, 'weights.moon'],
    [{ toString: { [US]: 100 } }, 'weights.toString'],
    [{ na: { 'us-west-2': 100 } }, 'weights.na.us-west-2'],
  ])('refuses %j', (weights, field) => {
    expect(solve({ mode: 'restore', weights, ramp })).toMatchObject({ ok: false, field });
  });
});

it('an environment never changes records that also serve another’s Regions', () => {
  const solved = solveShift(estate, [US], live, {
    mode: 'geography',
    geography: 'eu',
    weights: { [US]: 100 },
    ramp,
  });
  expect(solved).toMatchObject({ ok: false, field: 'mode', message: expect.stringContaining(EU) });
});

it('one Region alone has nobody to drain to', () => {
  const solved = solveShift(estate, [US], { na: { [US]: 100 } }, { mode: 'drain', region: US, ramp });
  expect(solved).toMatchObject({ ok: false, field: 'region' });
});

describe('residency', () => {
  const europe = (row: Record<string, number>): WeightMatrix => ({ ...live, eu: row });

  it.each<[string, Record<string, number>, Record<string, number>, number | null]>([
    ['stays', { [EU]: 100 }, { [EU]: 100 }, null],
    ['is left for the first time', { [EU]: 100 }, { [EU]: 75, [US]: 25 }, 25],
    ['is left by more', { [EU]: 75, [US]: 25 }, { [EU]: 50, [US]: 50 }, 25],
    ['is returned to', { [EU]: 50, [US]: 50 }, { [EU]: 100 }, null],
    ['is left for another country than before', { [EU]: 50, [US]: 50 }, { [EU]: 50, [AP]: 50 }, 50],
  ])('%s', (_, from, to, points) => {
    const effects = residencyEffect(estate, europe(from), europe(to));
    expect(effects.map((effect) => effect.points)).toEqual(points === null ? [] : [points]);
  });

  it('concerns only geographies that have one', () => {
    expect(residencyEffect(estate, live, { ...live, na: { [AP]: 100 } })).toEqual([]);
  });
});

it.each([
  [US, EU, 75],
  [EU, US, 75],
  [US, AP, 220],
  [EU, AP, 160],
  [US, US, 0],
  [US, 'sa-east-1', 300],
])('%s to %s takes %d ms there and back', (a, b, ms) => {
  expect(roundTripMs(estate, a, b)).toBe(ms);
});
