import { parse as parseYaml, YAMLParseError } from 'yaml';
import { z } from 'zod';
import { inconsistencies } from './consistency.ts';

const text = z.string().min(1, 'is empty');
const regionCode = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'a Region code such as eu-west-1');
const share = z.number().min(0).max(1);
const dollars = z.number().min(0);
const clockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time such as 09:00');

/** S3's names are global, in lower case, and become host names. */
const bucketName = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
    'a bucket name: 3 to 63 of lower-case letters, digits, . and -',
  );
const secretArn = z
  .string()
  .regex(
    /^arn:aws:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+-[A-Za-z0-9]{6}$/,
    'the full ARN of a secret, with the six characters at its end',
  );

const timeZone = text.refine(isTimeZone, 'is not a time zone such as Europe/Dublin');

const City = z.strictObject({
  name: text,
  lat: z.number().min(-90).max(90),
  lon: z.number().min(-180).max(180),
});

/** Where Route 53 looks for a geolocation record: one country, one continent, or the default record. */
const GeoLocation = z.union(
  [
    z.strictObject({ country: z.string().regex(/^[A-Z]{2}$/) }),
    z.strictObject({ continent: z.enum(['AF', 'AN', 'AS', 'EU', 'OC', 'NA', 'SA']) }),
    z.strictObject({ default: z.literal(true) }),
  ],
  'is not { country: AE }, { continent: AF, AN, AS, EU, OC, NA or SA } or { default: true }',
);
export type GeoLocation = z.infer<typeof GeoLocation>;

const Geography = z.strictObject({
  key: z.string().regex(/^[a-z]{2,8}$/),
  name: text,
  plannedShare: share,
  homeRegion: regionCode,
  users: text,
  /** Jurisdiction these users' data must stay in; moving them elsewhere needs an acknowledgement. */
  residency: text.optional(),
  locations: z.array(GeoLocation).min(1),
  cities: z.array(City),
  /** A network of users there: name servers are asked as those users' resolvers would (EDNS client subnet). */
  probeSubnet: z
    .cidrv4('a network such as 192.0.2.0/24')
    .refine(
      (cidr) => Number(cidr.split('/')[1]) <= 24,
      'is narrower than /24, which resolvers do not pass on',
    )
    .optional(),
});
export type Geography = z.infer<typeof Geography>;

const Support = z.discriminatedUnion('hours', [
  z.strictObject({ hours: z.literal('24/7'), timeZone }),
  z.strictObject({ hours: z.literal('business'), timeZone, from: clockTime, to: clockTime }),
]);

const LoadBalancer = z.strictObject({
  /** CloudWatch's LoadBalancer dimension. */
  name: text,
  dnsName: text,
  hostedZoneId: text,
  /** CloudWatch's TargetGroup dimensions: reads and writes are judged apart. */
  readTargetGroup: text,
  writeTargetGroup: text,
});

const Database = z.strictObject({
  instanceId: text,
  role: z.enum(['primary', 'replica']),
  class: text,
  multiAz: z.boolean(),
  lagTargetSeconds: z.number().positive().optional(),
  /**
   * Secret of this Region with the database's master login, in the form that RDS gives it (`username`, `password`,
   * `dbname`). A replica of one secret: any surviving Region has it (DECISIONS "Databases and probes").
   */
  secretArn: secretArn.optional(),
});

const Region = z.strictObject({
  code: regionCode,
  name: text,
  label: text,
  lat: z.number().min(-90).max(90),
  lon: z.number().min(-180).max(180),
  servesReads: z.boolean(),
  servesWrites: z.boolean(),
  promotable: z.boolean(),
  users: text,
  jurisdiction: text,
  support: Support,
  nodes: z.strictObject({ min: z.int().min(0), max: z.int().min(1), ready: z.int().min(0) }),
  vpcId: text,
  vpcCidr: z.cidrv4(),
  cluster: z.strictObject({ name: text, nodegroup: text }),
  loadBalancer: LoadBalancer,
  healthCheckId: text,
  database: Database,
  cacheNodes: z.int().min(0),
  queueBrokers: z.int().min(0),
  bucket: bucketName,
  /** Bucket with the switches of the *other* Regions (`serve/<region>`); absent: `<estate>-switch-<region>`. */
  switchBucket: bucketName.optional(),
  /** IAM role the console assumes in this Region; absent means the ambient credentials are used. */
  roleArn: text.optional(),
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
export type RegionDatabase = Region['database'];

const Environment = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,30}$/),
  /** How many times faster declared waits pass. TTLs, RTTs, leases and RTO/RPO clocks are never scaled. */
  timeScale: z.number().min(1).max(10_000),
  regions: z.array(regionCode).min(1),
  namespace: text,
  minSample: z.int().min(1),
  onThinTraffic: z.enum(['hold', 'pass-with-note']),
  /** Its own, by Region; absent: the Regions' databases, which it then shares with whoever else has none of its own. */
  databases: z.record(regionCode, Database.omit({ secretArn: true })).optional(),
  /** Its own, by Region; absent: the Regions', whose traffic is then taken for its own. */
  loadBalancers: z.record(regionCode, LoadBalancer).optional(),
});
export type Environment = z.infer<typeof Environment>;

const Distance = z.strictObject({ between: z.tuple([regionCode, regionCode]), rttMs: z.number().min(0) });
const warningCritical = z.strictObject({ warning: z.number(), critical: z.number() });
const targetWarning = z.strictObject({ target: z.number(), warning: z.number() });

export const Estate = z
  .strictObject({
    estate: text,
    title: text,
    label: text,
    account: z.string().regex(/^\d{12}$/, '12 digits, quoted'),
    source: text.optional(),
    environments: z.array(Environment).min(1),
    /** Where Meridian runs, unless a process is told that it stands elsewhere (MERIDIAN_HOME_REGION). */
    console: z.strictObject({
      homeRegion: regionCode,
      databaseRegion: regionCode,
      /** Of the workers, by their number, over and over; absent: the console's. */
      workerRegions: z.array(regionCode).min(1).optional(),
    }),
    capacity: z.strictObject({
      requestsPerSecondPerNode: z.number().positive(),
      peakRequestsPerSecond: z.number().positive(),
      ceiling: share,
    }),
    metrics: z.strictObject({ periodSeconds: z.int().min(1).max(3600) }),
    /** The application's repository in each Region's ECR; absent: nothing is deployed from here. */
    registry: z
      .strictObject({ repository: z.string().regex(/^[a-z0-9]+([._/-][a-z0-9]+)*$/, 'a repository name') })
      .optional(),
    /** Canaries by which each Region watches the others: `<target Region>-reads` and `-writes` in CloudWatch's Synthetics metrics. */
    canaries: z.strictObject({ everySeconds: z.number().min(1).max(3600) }).optional(),
    dns: z.strictObject({
      zoneId: text,
      zoneName: text,
      originName: text,
      ttlSeconds: z.int().min(1).max(86_400),
    }),
    geographies: z.array(Geography).min(1),
    regions: z.array(Region).min(1),
    peerings: z.array(Distance.extend({ id: text })),
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
    for (const problem of inconsistencies(estate)) context.addIssue({ code: 'custom', ...problem });
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
    // An alias without its anchor, and one that would blow up, are ReferenceErrors of the parser.
    if (!(error instanceof YAMLParseError) && !(error instanceof ReferenceError)) throw error;
    return { ok: false, problems: [{ field: '', message: `is not YAML: ${error.message.trimEnd()}` }] };
  }
  const parsed = Estate.safeParse(document);
  if (parsed.success) return { ok: true, estate: parsed.data };
  return { ok: false, problems: parsed.error.issues.flatMap(toProblems) };
}

function toProblems(issue: z.core.$ZodIssue): EstateProblem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      field: fieldPath([...issue.path, key]),
      message: 'is not a field here; is it misspelt?',
    }));
  }
  const missing = /received undefined$/.test(issue.message);
  return [{ field: fieldPath(issue.path), message: missing ? 'is missing' : issue.message }];
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
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

/** The bucket of that Region in which other Regions are switched off (DECISIONS "The data-plane switch"). */
export function switchBucketOf(estate: Estate, region: Region): string {
  return region.switchBucket ?? `${estate.estate}-switch-${region.code}`;
}
