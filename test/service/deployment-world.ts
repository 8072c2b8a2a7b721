import type { ObservedRow, World } from './harness.ts';

// What deployments are planned from: three Regions that serve one version, and registries that have the next ones.

export const REGIONS = ['us-east-1', 'eu-west-1', 'ap-southeast-1'];
export const REPOSITORY = 'ecommerce/shop';

export function digestOf(version: string): string {
  return `sha256:${Buffer.from(version).toString('hex').padEnd(64, '0').slice(0, 64)}`;
}

export interface Seen {
  live?: string;
  /** Versions in the registries. */
  pushed?: string[];
  without?: (region: string, kind: string) => boolean;
  /** What is observed beside. */
  extra?: ObservedRow[];
}

export async function observeShop(
  world: World,
  { live = 'v1.9.0', pushed = ['v1.9.0', 'v2.0.0', 'v2.1.0'], without, extra = [] }: Seen = {},
  now = new Date(),
) {
  const deployment = (colour: string, version: string, desired: number) => ({
    name: `app-${colour}`,
    version,
    image: `${REPOSITORY}@${digestOf(version)}`,
    desired,
    ready: desired,
    colour,
    updated: desired,
    available: desired,
    digest: digestOf(version),
  });
  await world.observe(
    {
      without: (region, kind) => without?.(region, kind) ?? false,
      change: ({ kind, name }) =>
        kind === 'service'
          ? {
              namespace: name,
              service: 'app-service',
              liveVersion: live,
              liveColour: 'blue',
              deployments: [deployment('blue', live, 4), deployment('green', 'v1.8.0', 0)],
            }
          : undefined,
      extra: [
        ...extra,
        ...REGIONS.map(
          (region): ObservedRow => ({
            region,
            kind: 'registry',
            name: REPOSITORY,
            value: {
              repository: REPOSITORY,
              immutableTags: true,
              images: pushed.map((version) => ({
                digest: digestOf(version),
                tags: [version],
                pushedAt: '2026-01-01T00:00:00.000Z',
                scan: { status: 'COMPLETE', critical: 0, high: 0 },
              })),
            },
          }),
        ),
      ],
    },
    now,
  );
}

export const releaseOf = (version: string, schema: 'none' | 'contract' = 'none') => ({
  version,
  digest: digestOf(version),
  schema,
  schemaNote: 'no change of the schema',
  notes: '',
  changeUrl: null,
  author: 'Jo Writer',
});
