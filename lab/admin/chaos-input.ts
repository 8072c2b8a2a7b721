import { z } from 'zod';
import type { ChaosState } from '#lab/kernel/chaos.ts';
import type { Estate } from '#lib/domain/estate/estate.ts';

// What the admin API takes, by route. Regions are checked against the estate; every message names its field.

const OUTAGE_MODES = ['drop', 'refuse', 'hang'] as const;
const share = z.number().min(0).max(1);

/** Names people use for a service, by the name in the signature's scope. */
const SERVICE_ALIASES: Record<string, string> = {
  cloudwatch: 'monitoring',
  'cost-explorer': 'ce',
  'route-53': 'route53',
  'secrets-manager': 'secretsmanager',
  msk: 'kafka',
};

export function chaosInputs(estate: Estate) {
  const codes = estate.regions.map((region) => region.code);
  const region = z.enum(codes, { error: `must be one of ${codes.join(', ')}` });
  // A record over an enum asks for every Region; a fault names those it is about.
  const regionKey = z
    .string()
    .refine((code) => codes.includes(code), { error: `must be one of ${codes.join(', ')}` });
  const anyRegion = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be a Region code such as eu-west-1');
  const service = z
    .string()
    .min(1)
    .transform((name) => SERVICE_ALIASES[name.toLowerCase()] ?? name.toLowerCase());
  const throttle = z.strictObject({
    service,
    operation: z.string().min(1).optional(),
    region: anyRegion.optional(),
    share: share.default(1),
    kind: z.enum(['throttle', 'error', 'garbage', 'lost-answer']).default('throttle'),
  });
  const shop = z.strictObject({
    errorShare: share.default(0),
    latencyMs: z.number().min(0).max(60_000).default(0),
    version: z.string().min(1).optional(),
    preview: z.boolean().optional(),
  });
  const trouble = z.enum(['crash', 'never-ready']);
  const version = z.string().regex(/^[\w][\w.-]{0,127}$/, 'must be a tag such as v2.3.0');
  const promotion = z.enum(['normal', 'hang']);
  const replicaDelaySeconds = z.number().min(0).max(86_400);
  const pair = z
    .tuple([region, region], { error: 'must be two Regions' })
    .refine(([from, to]) => from !== to, 'must be two different Regions');
  const linkMode = z.enum(['blackhole', 'reset']);
  const link = z.strictObject({
    mode: z.enum(['up', 'blackhole', 'reset']),
    extraRttMs: z.number().min(0).max(60_000),
  });
  const linkName = z.string().refine((name) => {
    const [from, to, ...more] = name.split('>');
    return from !== to && more.length === 0 && [from, to].every((code) => codes.includes(code ?? ''));
  }, 'must be two Regions of the estate, as us-east-1>eu-west-1');
  const rate = z.number().min(0).max(500);

  return {
    chaos: z
      .strictObject({
        outages: z.record(regionKey, z.enum(OUTAGE_MODES)),
        route53ControlPlane: z.enum(['up', 'down']),
        links: z.record(linkName, link),
        applyDelaySeconds: z.record(regionKey, z.number().min(0).max(86_400)),
        replayPaused: z.array(region),
        throttles: z.array(throttle),
        shop: z.record(regionKey, shop),
        rds: z.record(regionKey, z.strictObject({ promotion, replicaDelaySeconds })),
        images: z.array(z.strictObject({ version, region: region.optional(), trouble })),
        clockSkewSeconds: z.number().min(-86_400).max(86_400),
        shopperRate: rate,
      })
      .partial() satisfies z.ZodType<Partial<ChaosState>>,
    outage: z.strictObject({ region, mode: z.enum(OUTAGE_MODES).default('drop') }),
    /** Without a Region: everything. */
    heal: z.strictObject({ region: region.optional() }),
    cut: z.strictObject({
      between: pair,
      mode: linkMode.default('blackhole'),
      oneWay: z.boolean().default(false),
    }),
    lag: z.union(
      [
        z.strictObject({ region, seconds: z.number().min(0).max(86_400) }),
        z.strictObject({ region, paused: z.boolean() }),
        z.strictObject({ between: pair, extraRttMs: z.number().min(0).max(60_000) }),
      ],
      { error: 'must be {region, seconds}, {region, paused} or {between, extraRttMs}' },
    ),
    throttle,
    inject: shop.extend({ region }),
    /** What is not named stays as it is. */
    rds: z.strictObject({
      region,
      promotion: promotion.optional(),
      replicaDelaySeconds: replicaDelaySeconds.optional(),
    }),
    /** `none` ends it. */
    image: z.strictObject({
      version,
      region: region.optional(),
      trouble: z.enum([...trouble.options, 'none']),
    }),
    push: z.strictObject({
      version,
      regions: z.array(region).min(1).optional(),
      moved: z.boolean().default(false),
    }),
    rate: z.strictObject({ requestsPerSecond: rate }),
    route53: z.strictObject({ controlPlane: z.enum(['up', 'down']) }),
    clock: z.strictObject({ skewSeconds: z.number().min(-86_400).max(86_400) }),
    reset: z.strictObject({}),
  };
}

export type ChaosInputs = ReturnType<typeof chaosInputs>;
