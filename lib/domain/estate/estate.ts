import { parse as parseYaml, YAMLParseError } from 'yaml';
import { z } from 'zod';

const regionCode = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'a Region code such as eu-west-1');
const share = z.number().min(0).max(1);
const dollars = z.number().min(0);
const clockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time such as 09:00');

const City = z.strictObject({
  name: z.string(),
  lat: z.number().min(-90).max(90),
  lon: z.number().min(-180).max(180),
});

/** Where Route 53 looks for a geolocation record: one country, one continent, or the default record. */
const GeoLocation = z.union([
  z.strictObject({ country: z.string().regex(/^[A-Z]{2}$/) }),
  z.strictObject({ continent: z.enum(['AF', 'AN', 'AS', 'EU', 'OC', 'NA', 'SA']) }),
  z.strictObject({ default: z.literal(true) }),
]);
export type GeoLocation = z.infer<typeof GeoLocation>;

const Geography = z.strictObject({
  key: z.string().regex(/^[a-z]{2,8}$/),
  name: z.string(),
  plannedShare: share,
  homeRegion: regionCode,
  users: z.string(),
  /** Jurisdiction these users' data must stay in; moving them elsewhere needs an acknowledgement. */
  residency: z.string().optional(),
  locations: z.array(GeoLocation).min(1),
  cities: z.array(City),
});
export type Geography = z.infer<typeof Geography>;

const Support = z.discriminatedUnion('hours', [
  z.strictObject({ hours: z.literal('24/7'), timeZone: z.string() }),
  z.strictObject({ hours: z.literal('business'), timeZone: z.string(), from: clockTime, to: clockTime }),
]);

const Region = z.strictObject({
  code: regionCode,
  name: z.string(),
  label: z.string(),
  lat: z.number().min(-90).max(90),
  lon: z.number().min(-180).max(180),
  servesReads: z.boolean(),
  servesWrites: z.boolean(),
  promotable: z.boolean(),
  users: z.string(),
  jurisdiction: z.string(),
  support: Support,
  nodes: z.strictObject({ min: z.int().min(0), max: z.int().min(1), ready: z.int().min(0) }),
  vpcId: z.string(),
  vpcCidr: z.cidrv4(),
  cluster: z.strictObject({ name: z.string(), nodegroup: z.string() }),
  loadBalancer: z.strictObject({
    /** CloudWatch's LoadBalancer dimension. */
    name: z.string(),
    dnsName: z.string(),
    hostedZoneId: z.string(),
    /** CloudWatch's TargetGroup dimensions: reads and writes are judged apart. */
    readTargetGroup: z.string(),
    writeTargetGroup: z.string(),
  }),
  healthCheckId: z.string(),
  database: z.strictObject({
    instanceId: z.string(),
    role: z.enum(['primary', 'replica']),
    class: z.string(),
    multiAz: z.boolean(),
    lagTargetSeconds: z.number().positive().optional(),
  }),
  cacheNodes: z.int().min(0),
  queueBrokers: z.int().min(0),
  bucket: z.string(),
  /** IAM role the console assumes in this Region; absent means the ambient credentials are used. */
  roleArn: z.string().optional(),
  plan: z.strictObject({
    trafficShare: share,
    compute: dollars,
    database: dollars,
    cache: dollars,
    storage: dollars,
    network: dollars,
  }),
});
export type Region = z.infer<typeof Region>;

const Environment = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,30}$/),
  /** How many times faster declared waits pass. TTLs, RTTs, leases and RTO/RPO clocks are never scaled. */
  timeScale: z.number().min(1).max(10_000),
  regions: z.array(regionCode).min(1),
  namespace: z.string(),
  minSample: z.int().min(1),
  onThinTraffic: z.enum(['hold', 'pass-with-note']),
});
export type Environment = z.infer<typeof Environment>;

const Distance = z.strictObject({ between: z.tuple([regionCode, regionCode]), rttMs: z.number().min(0) });
const warningCritical = z.strictObject({ warning: z.number(), critical: z.number() });
const targetWarning = z.strictObject({ target: z.number(), warning: z.number() });

export const Estate = z
  .strictObject({
    estate: z.string(),
    title: z.string(),
    label: z.string(),
    account: z.string().regex(/^\d{12}$/, '12 digits, quoted'),
    source: z.string().optional(),
    environments: z.array(Environment).min(1),
    console: z.strictObject({ homeRegion: regionCode, databaseRegion: regionCode }),
    capacity: z.strictObject({
      requestsPerSecondPerNode: z.number().positive(),
      peakRequestsPerSecond: z.number().positive(),
      ceiling: share,
    }),
    metrics: z.strictObject({ periodSeconds: z.int().min(1).max(3600) }),
    dns: z.strictObject({
      zoneId: z.string(),
      zoneName: z.string(),
      originName: z.string(),
      ttlSeconds: z.int().min(1).max(86_400),
    }),
    geographies: z.array(Geography).min(1),
    regions: z.array(Region).min(1),
    peerings: z.array(Distance.extend({ id: z.string() })),
    distances: z.array(Distance),
    globalPlan: z.strictObject({ cdn: dollars, dns: dollars }),
    thresholds: z.strictObject({
      databaseLagSeconds: warningCritical,
      storageReplicationSeconds: targetWarning,
      cacheLagSeconds: targetWarning,
      queueLagSeconds: targetWarning,
      gate: z.strictObject({ errorRate: share, p95Ms: z.number(), cpu: share, memory: share }),
      rollback: z.strictObject({ errorRate: share, p95Ms: z.number() }),
      alert: z.strictObject({
        consecutiveFailures: z.int(),
        p95Ms: z.number(),
        p95Minutes: z.number(),
        errorRate: share,
        errorMinutes: z.number(),
      }),
    }),
    traffic: z.strictObject({
      verifyPoints: z.number().positive(),
      dwellMinutes: z.number().positive(),
      rampSteps: z.array(z.number().min(0).max(100)).min(1),
      dailyPoints: z.number().positive(),
    }),
  })
  .superRefine((estate, context) => {
    const known = new Set(estate.regions.map((region) => region.code));
    const requireKnown = (code: string, path: (string | number)[]) => {
      if (!known.has(code)) {
        context.addIssue({ code: 'custom', path, message: `names ${code}, which is not under regions` });
      }
    };
    for (const [i, environment] of estate.environments.entries()) {
      for (const [j, code] of environment.regions.entries())
        requireKnown(code, ['environments', i, 'regions', j]);
    }
    for (const [i, geography] of estate.geographies.entries()) {
      requireKnown(geography.homeRegion, ['geographies', i, 'homeRegion']);
    }
    for (const list of ['peerings', 'distances'] as const) {
      for (const [i, entry] of estate[list].entries()) {
        for (const [j, code] of entry.between.entries()) requireKnown(code, [list, i, 'between', j]);
      }
    }
    const shares = estate.geographies.reduce((sum, geography) => sum + geography.plannedShare, 0);
    if (Math.abs(shares - 1) > 1e-6) {
      context.addIssue({
        code: 'custom',
        path: ['geographies'],
        message: `planned shares sum to ${shares}, not 1`,
      });
    }
    for (const [i, region] of estate.regions.entries()) {
      if (region.nodes.min > region.nodes.max) {
        context.addIssue({ code: 'custom', path: ['regions', i, 'nodes', 'min'], message: 'is over max' });
      }
    }
  });
export type Estate = z.infer<typeof Estate>;

export interface EstateProblem {
  /** Where in the file: `regions[1].nodes.min`; empty for a problem of the whole file. */
  field: string;
  message: string;
}

export type EstateParse = { ok: true; estate: Estate } | { ok: false; problems: EstateProblem[] };

/** Reads an estate from YAML, whole or not at all; every problem names its field. */
export function parseEstate(yaml: string): EstateParse {
  let document: unknown;
  try {
    document = parseYaml(yaml);
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    return { ok: false, problems: [{ field: '', message: error.message }] };
  }
  const parsed = Estate.safeParse(document);
  if (parsed.success) return { ok: true, estate: parsed.data };
  return {
    ok: false,
    problems: parsed.error.issues.map((issue) => ({ field: fieldPath(issue.path), message: issue.message })),
  };
}

function fieldPath(path: readonly PropertyKey[]): string {
  return path
    .map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i ? '.' : ''}${String(part)}`))
    .join('');
}

/** The environment of that name, or undefined. */
export function findEnvironment(estate: Estate, name: string): Environment | undefined {
  return estate.environments.find((environment) => environment.name === name);
}

/** The Region with that code, or undefined. */
export function findRegion(estate: Estate, code: string): Region | undefined {
  return estate.regions.find((region) => region.code === code);
}
