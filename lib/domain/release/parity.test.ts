import { describe, expect, it } from 'vitest';
import type { ServiceObservation } from '../observation/kinds.ts';
import type { Known } from '../observation/known.ts';
import { parityOf } from './parity.ts';

const A = `sha256:${'a'.repeat(64)}`;
const B = `sha256:${'b'.repeat(64)}`;
const at = (minute: number) => `2026-11-26T09:${String(minute).padStart(2, '0')}:00.000Z`;
const UNKNOWN = { known: false, value: null, observedAt: at(0), why: 'last seen 5 min ago' } as const;

function serves(
  version: string | null,
  since: number | null = 0,
  digest: string | null = A,
): Known<ServiceObservation> {
  return {
    known: true,
    observedAt: at(59),
    why: null,
    value: {
      namespace: 'shop',
      service: 'shop',
      liveVersion: version,
      liveColour: 'blue',
      liveSince: since === null ? null : at(since),
      deployments: [
        ...(version === null
          ? []
          : [{ name: 'blue', version, image: 'x', desired: 3, ready: 2, colour: 'blue', digest }]),
        { name: 'green', version: 'v1.0.0', image: 'x', desired: 0, ready: 0, colour: 'green', digest: B },
      ],
    },
  };
}

function parity(observed: Known<ServiceObservation>[], releases: Parameters<typeof parityOf>[1] = []) {
  return parityOf(
    observed.map((service, n) => ({ region: `r${n + 1}`, service })),
    releases,
  );
}
const V2 = { version: 'v2.0.0', digest: A, bad: null };
const V21 = { version: 'v2.1.0', digest: A, bad: null };

describe('Regions that serve', () => {
  it('the same are the same, with what runs and what stands idle', () => {
    const found = parity([serves('v2.0.0'), serves('v2.0.0', 4)], [V2]);
    expect(found).toMatchObject({ common: 'v2.0.0', state: 'same', since: null });
    expect(found.places[0]).toMatchObject({
      version: 'v2.0.0',
      colour: 'blue',
      since: at(0),
      ready: 2,
      desired: 3,
      idle: [{ version: 'v1.0.0', colour: 'green', ready: 0, desired: 0 }],
      differences: [],
    });
  });

  it.each<[string, Known<ServiceObservation>[], string | null, string, string | null, (string | null)[]]>([
    [
      'one ahead since it moved',
      [serves('v2.0.0', 0), serves('v2.0.0', 1), serves('v2.1.0', 30)],
      'v2.0.0',
      'differs',
      at(30),
      [null, null, at(30)],
    ],
    [
      'one left behind since the first of the others moved',
      [serves('v2.1.0', 30), serves('v2.1.0', 40), serves('v2.0.0', 0)],
      'v2.1.0',
      'differs',
      at(30),
      [null, null, at(30)],
    ],
    [
      'two that differ without a majority',
      [serves('v2.0.0', 0), serves('v2.1.0', 20)],
      null,
      'differs',
      at(20),
      [at(20), at(20)],
    ],
    [
      'one ahead, and nobody saw since when',
      [serves('v2.0.0', null), serves('v2.0.0', 0), serves('v2.1.0', 9)],
      'v2.0.0',
      'differs',
      null,
      [null, null, null],
    ],
    ['one that does not say', [serves('v2.0.0'), UNKNOWN], 'v2.0.0', 'unknown', null, [null, null]],
    [
      'another beside one that does not say',
      [serves('v2.0.0', 0), UNKNOWN, serves('v2.0.0', 0), serves('v2.1.0', 7)],
      'v2.0.0',
      'differs',
      at(7),
      [null, null, null, at(7)],
    ],
    ['nothing that is known', [UNKNOWN, UNKNOWN], null, 'unknown', null, [null, null]],
    ['none', [], null, 'same', null, []],
  ])('%s', (_, observed, common, state, since, each) => {
    const found = parity(observed, [V2, V21]);
    expect(found).toMatchObject({ common, state, since });
    expect(found.places.map(({ differences }) => differences[0]?.since ?? null)).toEqual(each);
  });

  it('the same version as another image differ', () => {
    const found = parity([serves('v2.0.0', 0, A), serves('v2.0.0', 5, B)]);
    expect(found.state).toBe('differs');
    expect(found.places[1]?.differences[0]).toMatchObject({
      code: 'image',
      message: 'v2.0.0 is another image here than in r1.',
      since: at(5),
    });
  });

  it('a version whose image the cluster does not name are not said to differ', () => {
    expect(parity([serves('v2.0.0', 0, A), serves('v2.0.0', 5, null)], [V2]).state).toBe('same');
  });
});

describe('against what was registered', () => {
  it.each<[string, Known<ServiceObservation>, Parameters<typeof parityOf>[1], string[]]>([
    ['the registered image says nothing', serves('v2.0.0'), [V2], []],
    ['what nobody registered', serves('v2.0.0'), [], ['unregistered']],
    ['another image', serves('v2.0.0', 0, B), [V2], ['other-image']],
    [
      'what was found to be bad',
      serves('v2.0.0'),
      [{ ...V2, bad: { at: at(8), by: null, reason: 'errors', operation: null } }],
      ['bad'],
    ],
    ['a Service that names none', serves(null), [V2], []],
  ])('%s', (_, observed, releases, codes) => {
    const [place] = parity([observed], releases).places;
    expect(place?.differences.map(({ code }) => code)).toEqual(codes);
  });
});
