import type { Estate, GeoLocation, Region, RegionDatabase } from './estate.ts';

export interface Inconsistency {
  path: (string | number)[];
  message: string;
}

/** What no field shows by itself: names that lead nowhere, things that are there twice, limits in the wrong order. */
export function inconsistencies(estate: Estate): Inconsistency[] {
  return [
    ...unknownRegions(estate),
    ...duplicates(estate),
    ...shareSums(estate),
    ...regionProblems(estate),
    ...overlappingNetworks(estate),
    ...writerProblems(estate),
    ...ownDatabaseProblems(estate),
    ...databaseNameProblems(estate),
    ...loadBalancerProblems(estate),
    ...locationProblems(estate),
    ...limitProblems(estate),
    ...rampProblems(estate),
    ...nameProblems(estate),
    ...bucketProblems(estate),
    ...secretProblems(estate),
  ];
}

function unknownRegions(estate: Estate): Inconsistency[] {
  const known = new Set(estate.regions.map(({ code }) => code));
  const named = [
    ...estate.environments.flatMap(({ regions }, i) =>
      regions.map((code, j) => ({ code, path: ['environments', i, 'regions', j] })),
    ),
    ...estate.geographies.map(({ homeRegion }, i) => ({
      code: homeRegion,
      path: ['geographies', i, 'homeRegion'],
    })),
    ...(['peerings', 'distances'] as const).flatMap((list) =>
      estate[list].flatMap(({ between }, i) =>
        between.map((code, j) => ({ code, path: [list, i, 'between', j] })),
      ),
    ),
  ];
  return named
    .filter(({ code }) => !known.has(code))
    .map(({ code, path }) => ({ path, message: `names ${code}, which is not under regions` }));
}

function duplicates(estate: Estate): Inconsistency[] {
  const repeated = (values: readonly string[], path: (i: number) => (string | number)[]) =>
    values.flatMap((value, i) =>
      values.indexOf(value) < i ? [{ path: path(i), message: `${value} is there twice` }] : [],
    );
  const pairOf = ({ between: [a, b] }: { between: [string, string] }) => [a, b].sort().join(' and ');
  return [
    ...repeated(
      estate.environments.map(({ name }) => name),
      (i) => ['environments', i, 'name'],
    ),
    ...estate.environments.flatMap(({ regions }, i) =>
      repeated(regions, (j) => ['environments', i, 'regions', j]),
    ),
    ...repeated(
      estate.geographies.map(({ key }) => key),
      (i) => ['geographies', i, 'key'],
    ),
    ...repeated(
      estate.regions.map(({ code }) => code),
      (i) => ['regions', i, 'code'],
    ),
    ...repeated(estate.distances.map(pairOf), (i) => ['distances', i, 'between']),
    ...(['peerings', 'distances'] as const).flatMap((list) =>
      estate[list].flatMap(({ between: [a, b] }, i) =>
        a === b ? [{ path: [list, i, 'between'], message: `is from ${a} to itself` }] : [],
      ),
    ),
  ];
}

function shareSums(estate: Estate): Inconsistency[] {
  const sums = [
    {
      path: ['geographies'],
      sum: estate.geographies.reduce((total, { plannedShare }) => total + plannedShare, 0),
    },
    { path: ['regions'], sum: estate.regions.reduce((total, { plan }) => total + plan.trafficShare, 0) },
  ];
  return sums
    .filter(({ sum }) => Math.abs(sum - 1) > 1e-6)
    .map(({ path, sum }) => ({
      path,
      message: `${path[0] === 'regions' ? 'planned traffic shares' : 'planned shares'} sum to ${Number(sum.toFixed(6))}, not 1`,
    }));
}

function regionProblems(estate: Estate): Inconsistency[] {
  return estate.regions.flatMap(({ nodes, database, support }, i) => {
    const problems: Inconsistency[] = [];
    const add = (path: (string | number)[], message: string) =>
      problems.push({ path: ['regions', i, ...path], message });
    if (nodes.min > nodes.max) add(['nodes', 'min'], `${nodes.min} is over max, ${nodes.max}`);
    else if (nodes.ready < nodes.min || nodes.ready > nodes.max) {
      add(['nodes', 'ready'], `${nodes.ready} is not between min and max, ${nodes.min} and ${nodes.max}`);
    }
    if (lacksLagTarget(database)) add(['database', 'lagTargetSeconds'], LAG_TARGET_MISSING);
    if (support.hours === 'business' && support.from >= support.to) {
      add(['support', 'to'], `${support.to} is not after from, ${support.from}`);
    }
    return problems;
  });
}

const LAG_TARGET_MISSING = 'is missing; a replica has a target';

function lacksLagTarget({ role, lagTargetSeconds }: RegionDatabase): boolean {
  return role === 'replica' && lagTargetSeconds === undefined;
}

/** Peered networks may not overlap: a route could not tell them apart. */
function overlappingNetworks(estate: Estate): Inconsistency[] {
  const ranges = estate.regions.map(({ code, vpcCidr }) => ({ code, ...rangeOf(vpcCidr) }));
  return ranges.flatMap((range, i) => {
    const other = ranges.slice(0, i).find(({ first, last }) => first <= range.last && range.first <= last);
    return other ? [{ path: ['regions', i, 'vpcCidr'], message: `overlaps that of ${other.code}` }] : [];
  });
}

function rangeOf(cidr: string): { first: number; last: number } {
  const [address = '', bits = '32'] = cidr.split('/');
  const size = 2 ** (32 - Number(bits));
  const start = address.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);
  const first = Math.floor(start / size) * size;
  return { first, last: first + size - 1 };
}

/** Single-writer PostgreSQL: one primary, and the Region that has it takes the writes (aws-facts C-04, C-07). */
function writerProblems(estate: Estate): Inconsistency[] {
  const primaries = estate.regions.filter(({ database }) => database.role === 'primary');
  if (primaries.length !== 1) {
    const said = primaries.length === 0 ? 'none' : primaries.map(({ code }) => code).join(' and ');
    return [{ path: ['regions'], message: `need exactly one primary database; there is ${said}` }];
  }
  return estate.regions.flatMap(({ servesWrites, database }, i) =>
    servesWrites === (database.role === 'primary')
      ? []
      : [
          {
            path: ['regions', i, 'servesWrites'],
            message: servesWrites
              ? 'is true beside a replica, which takes no writes'
              : 'is false beside the primary database',
          },
        ],
  );
}

/** An environment's own databases: one in each of its Regions and nowhere else, one of them the primary. */
function ownDatabaseProblems({ environments }: Estate): Inconsistency[] {
  const problems = environments.flatMap(({ regions, databases }, i): Inconsistency[] => {
    if (!databases) return [];
    const path = ['environments', i, 'databases'];
    const own = Object.entries(databases);
    const primaries = own.filter(([, { role }]) => role === 'primary').map(([code]) => code);
    return [
      ...own.flatMap(([code, database]) => [
        ...(regions.includes(code)
          ? []
          : [{ path: [...path, code], message: 'is in no Region of this environment' }]),
        ...(lacksLagTarget(database)
          ? [{ path: [...path, code, 'lagTargetSeconds'], message: LAG_TARGET_MISSING }]
          : []),
      ]),
      ...regions
        .filter((code) => !databases[code])
        .map((code) => ({ path: [...path, code], message: 'is missing; each Region has its own, or none' })),
      ...(primaries.length === 1
        ? []
        : [{ path, message: `need exactly one primary; there is ${primaries.join(' and ') || 'none'}` }]),
    ];
  });
  if (environments.some(({ databases }) => !databases)) return problems;
  return [
    ...problems,
    { path: ['environments'], message: 'each have databases of their own; nobody uses those of the Regions' },
  ];
}

/** An environment has a load balancer of its own in each of its Regions, or in none; no two are one. */
function loadBalancerProblems({ environments, regions }: Estate): Inconsistency[] {
  const taken = new Set(regions.map(({ loadBalancer }) => loadBalancer.name));
  return environments.flatMap(({ regions: codes, loadBalancers }, i): Inconsistency[] => {
    if (!loadBalancers) return [];
    const path = ['environments', i, 'loadBalancers'];
    const own = Object.entries(loadBalancers);
    return [
      ...own
        .filter(([code]) => !codes.includes(code))
        .map(([code]) => ({ path: [...path, code], message: 'is in no Region of this environment' })),
      ...codes
        .filter((code) => !loadBalancers[code])
        .map((code) => ({ path: [...path, code], message: 'is missing; each Region has its own, or none' })),
      ...own.flatMap(([code, { name }]) => {
        const isTaken = taken.has(name);
        taken.add(name);
        return isTaken ? [{ path: [...path, code, 'name'], message: `${name} is there twice` }] : [];
      }),
    ];
  });
}

/** An id belongs to one database; what is rebuilt beside it is called `<id>-…`, so no other may begin like that. */
function databaseNameProblems(estate: Estate): Inconsistency[] {
  const named = [
    ...estate.regions.map(({ database }, i) => ({
      id: database.instanceId,
      path: ['regions', i, 'database', 'instanceId'],
    })),
    ...estate.environments.flatMap(({ databases = {} }, i) =>
      Object.entries(databases).map(([code, { instanceId }]) => ({
        id: instanceId,
        path: ['environments', i, 'databases', code, 'instanceId'],
      })),
    ),
  ];
  return named.flatMap(({ id, path }, i): Inconsistency[] => {
    const earlier = named.slice(0, i);
    if (earlier.some((other) => other.id === id)) return [{ path, message: `${id} is there twice` }];
    const like = named.find((other) => id.startsWith(`${other.id}-`));
    return like ? [{ path, message: `begins like a copy of ${like.id}` }] : [];
  });
}

/** Each place leads to one geography, and whoever fits nowhere finds the default record (aws-facts C-22). */
function locationProblems(estate: Estate): Inconsistency[] {
  const places = estate.geographies.flatMap(({ key, locations }, i) =>
    locations.map((location, j) => ({
      key,
      place: placeOf(location),
      path: ['geographies', i, 'locations', j],
    })),
  );
  const problems = places.flatMap(({ place, path }, i): Inconsistency[] => {
    const first = places.slice(0, i).find((earlier) => earlier.place === place);
    return first ? [{ path, message: `${place} belongs to ${first.key} already` }] : [];
  });
  if (places.some(({ place }) => place === 'the default')) return problems;
  return [
    ...problems,
    {
      path: ['geographies'],
      message: 'have no { default: true }; addresses in no list would get no answer',
    },
  ];
}

function placeOf(location: GeoLocation): string {
  if ('country' in location) return `country ${location.country}`;
  return 'continent' in location ? `continent ${location.continent}` : 'the default';
}

function limitProblems(estate: Estate): Inconsistency[] {
  const { databaseLagSeconds, gate, rollback } = estate.thresholds;
  const ordered: [(string | number)[], number, string, number][] = [
    [['databaseLagSeconds', 'warning'], databaseLagSeconds.warning, 'critical', databaseLagSeconds.critical],
    [['gate', 'errorRate'], gate.errorRate, 'rollback.errorRate', rollback.errorRate],
    [['gate', 'p95Ms'], gate.p95Ms, 'rollback.p95Ms', rollback.p95Ms],
  ];
  return ordered
    .filter(([, lower, , upper]) => lower >= upper)
    .map(([path, lower, name, upper]) => ({
      path: ['thresholds', ...path],
      message: `${lower} is not under ${name}, ${upper}`,
    }));
}

function rampProblems({ traffic: { rampSteps } }: Estate): Inconsistency[] {
  const problems = rampSteps.flatMap((step, i): Inconsistency[] => {
    const before = rampSteps[i - 1] ?? 0;
    return step > before
      ? []
      : [{ path: ['traffic', 'rampSteps', i], message: `${step} is not over the one before, ${before}` }];
  });
  if (problems.length > 0 || rampSteps.at(-1) === 100) return problems;
  return [{ path: ['traffic', 'rampSteps'], message: 'do not end at 100' }];
}

function nameProblems({ dns }: Estate): Inconsistency[] {
  const problems = (['zoneName', 'originName'] as const).flatMap((field): Inconsistency[] =>
    /^([a-z0-9_-]+\.)*[a-z0-9_-]+$/.test(dns[field])
      ? []
      : [{ path: ['dns', field], message: 'is not a host name in lower case without a last dot' }],
  );
  if (problems.length > 0 || dns.originName.endsWith(`.${dns.zoneName}`)) return problems;
  return [{ path: ['dns', 'originName'], message: `is not in the zone ${dns.zoneName}` }];
}

/** A bucket's name belongs to one bucket in all of AWS. */
function bucketProblems({ regions }: Estate): Inconsistency[] {
  const named = regions.flatMap((region, i) =>
    (['bucket', 'switchBucket'] as const).flatMap((field) =>
      region[field] === undefined ? [] : [{ name: region[field], path: ['regions', i, field] }],
    ),
  );
  return named.flatMap(({ name, path }, i) =>
    named.slice(0, i).some((earlier) => earlier.name === name)
      ? [{ path, message: `${name} is there twice` }]
      : [],
  );
}

/** A secret answers in its own Region only, and every Region is to have the same one. */
function secretProblems({ regions, account }: Estate): Inconsistency[] {
  const first = regions.map(secretOf).find((secret) => secret !== undefined);
  return regions.flatMap((region, i): Inconsistency[] => {
    const secret = secretOf(region);
    if (!secret) return [];
    const path = ['regions', i, 'database', 'secretArn'];
    if (secret.region !== region.code)
      return [{ path, message: `is of ${secret.region}; ${region.code} needs its own replica's` }];
    if (secret.account !== account)
      return [{ path, message: `is of account ${secret.account}, not ${account}` }];
    if (secret.name !== first?.name)
      return [{ path, message: `is ${secret.name}; the first Region's is ${first?.name}` }];
    return [];
  });
}

function secretOf({ database }: Region): { region: string; account: string; name: string } | undefined {
  const [, , , region = '', account = '', , name = ''] = database.secretArn?.split(':') ?? [];
  return name ? { region, account, name } : undefined;
}
