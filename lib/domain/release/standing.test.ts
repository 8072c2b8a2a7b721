import { describe, expect, it } from 'vitest';
import type { RegistryObservation, ServiceObservation } from '../observation/kinds.ts';
import type { Known } from '../observation/known.ts';
import {
  isInEveryRegistry,
  livePlaces,
  type RegistryStanding,
  registryRemarks,
  registryStanding,
} from './standing.ts';

const A = `sha256:${'a'.repeat(64)}`;
const B = `sha256:${'b'.repeat(64)}`;
const RELEASE = { version: 'v2.1.0', digest: A };
const AT = '2026-11-26T09:00:00.000Z';

function known<T>(value: T): Known<T> {
  return { known: true, value, observedAt: AT, why: null };
}
const UNKNOWN = { known: false, value: null, observedAt: null, why: 'not observed' } as const;

function registry(
  images: { digest: string; tags: string[]; critical?: number }[],
  immutableTags = true,
): Known<RegistryObservation> {
  return known({
    repository: 'ecommerce/shop',
    immutableTags,
    images: images.map(({ digest, tags, critical }) => ({
      digest,
      tags,
      pushedAt: AT,
      scan: critical === undefined ? null : { status: 'COMPLETE', critical, high: 2 },
    })),
  });
}
const PRESENT = registry([
  { digest: B, tags: ['v2.0.0'] },
  { digest: A, tags: ['v2.1.0'] },
]);

describe('in a Region’s registry a release', () => {
  it.each<[string, Known<RegistryObservation>, Partial<RegistryStanding>]>([
    ['is present', PRESENT, { state: 'present', taggedDigest: A, hasImage: true, pushedAt: AT }],
    [
      'is present without its tag',
      registry([{ digest: A, tags: [] }]),
      { state: 'present', taggedDigest: null },
    ],
    ['is missing', registry([{ digest: B, tags: ['v2.0.0'] }]), { state: 'missing', hasImage: false }],
    [
      'has a tag that names another image',
      registry([{ digest: B, tags: ['v2.1.0'] }]),
      { state: 'moved', taggedDigest: B, hasImage: false },
    ],
    [
      'has a tag that moved, although its image is there',
      registry([
        { digest: A, tags: [] },
        { digest: B, tags: ['v2.1.0'] },
      ]),
      { state: 'moved', taggedDigest: B, hasImage: true },
    ],
    [
      'is not among as many as are looked at',
      registry(
        Array.from({ length: 200 }, (_, n) => ({
          digest: `sha256:${String(n).padStart(64, '0')}`,
          tags: [],
        })),
      ),
      { state: 'unknown', why: 'it is not among the 200 newest images there' },
    ],
    ['is not known', UNKNOWN, { state: 'unknown', hasImage: null, immutableTags: null, why: 'not observed' }],
  ])('%s', (_, observed, standing) => {
    expect(registryStanding(RELEASE, 'eu-west-1', observed)).toMatchObject(standing);
  });
});

describe('over all Regions', () => {
  const standings = (...observed: Known<RegistryObservation>[]) =>
    observed.map((one, n) => registryStanding(RELEASE, `region-${n + 1}`, one));
  const MOVED = registry([{ digest: B, tags: ['v2.1.0'] }]);
  const EMPTY = registry([]);

  it.each<[string, RegistryStanding[], boolean]>([
    ['all have it', standings(PRESENT, PRESENT), true],
    ['one lacks it', standings(PRESENT, EMPTY), false],
    ['one does not say', standings(PRESENT, UNKNOWN), false],
    ['one has another', standings(PRESENT, MOVED), false],
    ['there are none', [], false],
  ])('%s', (_, given, all) => {
    expect(isInEveryRegistry(given)).toBe(all);
  });

  it('says nothing of what is as it should be', () => {
    expect(registryRemarks(RELEASE, standings(PRESENT, PRESENT))).toEqual([]);
  });

  it('says what stands where, the moved tag first', () => {
    const remarks = registryRemarks(RELEASE, standings(PRESENT, EMPTY, MOVED, MOVED, UNKNOWN));
    expect(remarks.map(({ code, severity }) => [code, severity])).toEqual([
      ['moved', 'refuse'],
      ['missing', 'refuse'],
      ['unknown', 'refuse'],
    ]);
    expect(remarks[0]?.message).toContain(
      'v2.1.0 is sha256:bbbbbbbbbbbb in region-3 and region-4, and was registered as sha256:aaaaaaaaaaaa',
    );
    expect(remarks[1]?.message).toContain('registry of region-2:');
    expect(remarks[2]?.message).toContain('registry of region-5 has v2.1.0 is not known: not observed.');
  });

  it('warns of tags that can be moved, and of what a scan found', () => {
    const loose = registry([{ digest: A, tags: ['v2.1.0'], critical: 3 }], false);
    const clean = registry([{ digest: A, tags: ['v2.1.0'], critical: 0 }]);
    expect(registryRemarks(RELEASE, standings(loose, clean))).toMatchObject([
      { code: 'mutable-tags', severity: 'warn', message: expect.stringContaining('registry of region-1.') },
      { code: 'scan', severity: 'warn', message: expect.stringContaining('3 critical and 2 high') },
    ]);
  });
});

describe('where it is live', () => {
  const service = (value: Partial<ServiceObservation>) =>
    known<ServiceObservation>({
      namespace: 'shop',
      service: 'shop',
      liveVersion: null,
      deployments: [],
      ...value,
    });
  const deployment = { name: 'shop-blue', version: 'v2.1.0', image: 'x', desired: 3, ready: 3 };
  const places = (observed: Known<ServiceObservation>) =>
    livePlaces(RELEASE, [{ environment: 'production', region: 'eu-west-1', service: observed }]);

  it.each<[string, Known<ServiceObservation>, object[]]>([
    ['nowhere while another is', service({ liveVersion: 'v2.0.0', deployments: [deployment] }), []],
    ['nowhere while nobody knows', UNKNOWN, []],
    [
      'as an earlier version observed it',
      service({ liveVersion: 'v2.1.0', deployments: [deployment] }),
      [{ colour: null, since: null, sameImage: null }],
    ],
    [
      'with colour, time and image',
      service({
        liveVersion: 'v2.1.0',
        liveColour: 'green',
        liveSince: AT,
        deployments: [
          { ...deployment, colour: 'blue', digest: B },
          { ...deployment, colour: 'green', digest: A },
        ],
      }),
      [{ environment: 'production', region: 'eu-west-1', colour: 'green', since: AT, sameImage: true }],
    ],
    [
      'as another image',
      service({ liveVersion: 'v2.1.0', deployments: [{ ...deployment, colour: 'blue', digest: B }] }),
      [{ colour: 'blue', sameImage: false }],
    ],
  ])('%s', (_, observed, expected) => {
    expect(places(observed)).toMatchObject(expected);
    expect(places(observed)).toHaveLength(expected.length);
  });
});
