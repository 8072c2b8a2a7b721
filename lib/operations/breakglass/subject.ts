import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { switchBucketOf } from '#lib/domain/estate/estate.ts';
import type { PlannedStep } from '#lib/domain/operation/plan.ts';
import { listOf } from '#lib/domain/recovery/words.ts';
import { type PlanningFacts, requireRegion } from '../recovery/planning.ts';
import { planFailover } from '../recovery/plans/failover.ts';
import { regionTopology } from '../recovery/topology.ts';

/** A Region as the bundle was made for it. */
export interface BreakGlassRegion {
  code: string;
  role: 'lost' | 'target' | 'other';
  database: { instanceId: string; arn: string; endpoint: string | null; role: 'primary' | 'replica' } | null;
  cluster: string;
  nodegroup: string;
  vpcId: string;
  loadBalancer: string;
  switchBucket: string;
  /** Whether peers' buckets take it out of DNS. */
  switchPrepared: boolean;
  writerEndpoint: string | null;
  noPathTo: string[];
}

/** All that a bundle is made from but the time: another subject is another bundle. */
export interface BreakGlassSubject {
  version: 1;
  estate: string;
  account: string;
  environment: string;
  namespace: string;
  lost: string;
  target: string;
  regions: BreakGlassRegion[];
  steps: readonly PlannedStep[];
  /** Puts things back before the promotion. */
  compensation: readonly PlannedStep[];
}

export interface BreakGlassPlan {
  /** Also the name of its files: `failover-us-east-1-to-eu-west-1`. */
  name: string;
  title: string;
  subject: BreakGlassSubject;
  digest: string;
}

/** The bound of a run that asks for none: with the console dead a person judges what would be lost. */
const NO_BOUND = { seconds: 86_400, bytes: null, measuredAt: '2000-01-01T00:00:00.000Z' };

/**
 * A plan for each Region that could take the orders of the writer's, in the environment's order; none where no single writer
 * is known. The same facts give the same digests: no time and no measured number enters.
 */
export function breakGlassPlans(facts: PlanningFacts): BreakGlassPlan[] {
  const { writer } = facts.topology;
  if (writer === null) return [];
  // What is seen down now is a matter of the hour, not of the plan.
  const timeless = { ...facts, topology: { ...facts.topology, writesEndedAt: null, divergedAt: null } };
  return facts.environment.regions
    .filter((code) => code !== writer)
    .flatMap((target) => breakGlassPlan(timeless, writer, target) ?? []);
}

function breakGlassPlan(facts: PlanningFacts, lost: string, target: string): BreakGlassPlan | undefined {
  const planned = planFailover(facts, { lost, target, accept: NO_BOUND });
  if (!planned.ok) return undefined;
  const { estate, environment } = facts;
  const subject: BreakGlassSubject = {
    version: 1,
    estate: estate.estate,
    account: estate.account,
    environment: environment.name,
    namespace: environment.namespace,
    lost,
    target,
    regions: environment.regions.map((code) => regionOf(facts, code, { lost, target })),
    steps: planned.plan.steps,
    compensation: planned.plan.compensation,
  };
  return {
    name: `failover-${lost}-to-${target}`,
    title: planned.plan.title,
    subject,
    digest: digestOf(subject),
  };
}

function regionOf(
  { estate, topology }: PlanningFacts,
  code: string,
  { lost, target }: { lost: string; target: string },
): BreakGlassRegion {
  const declared = requireRegion(estate, code);
  const { database, shopConfig, switchIn, noPathTo } = regionTopology(topology, code);
  return {
    code,
    role: code === lost ? 'lost' : code === target ? 'target' : 'other',
    database: database && {
      instanceId: database.instanceId,
      arn: database.arn,
      endpoint: database.endpoint,
      role: database.role,
    },
    cluster: declared.cluster.name,
    nodegroup: declared.cluster.nodegroup,
    vpcId: declared.vpcId,
    loadBalancer: declared.loadBalancer.dnsName,
    switchBucket: switchBucketOf(estate, declared),
    switchPrepared: switchIn.length > 0,
    writerEndpoint: shopConfig?.writerEndpoint ?? null,
    noPathTo: [...noPathTo],
  };
}

/** SHA-256 of the canonical subject, hex. */
export function digestOf(subject: BreakGlassSubject): string {
  const text = canonicalize(subject);
  if (text === undefined) throw new Error('A digest needs an object.');
  return createHash('sha256').update(text).digest('hex');
}

const WORDS = {
  role: 'its part in the plan',
  database: 'its database',
  cluster: 'its cluster',
  nodegroup: 'its node group',
  vpcId: 'its VPC',
  loadBalancer: 'its load balancer',
  switchBucket: 'its switch bucket',
  switchPrepared: 'whether a switch takes it out of DNS',
  writerEndpoint: 'where its orders go',
  noPathTo: 'which Regions it reaches',
} as const satisfies Record<Exclude<keyof BreakGlassRegion, 'code'>, string>;

/** What has changed from one subject to another, in words: "eu-west-1: its database and where its orders go". */
export function subjectDifferences(before: BreakGlassSubject, after: BreakGlassSubject): string[] {
  const differ = (a: unknown, b: unknown) => canonicalize(a) !== canonicalize(b);
  const codes = [...new Set([...before.regions, ...after.regions].map(({ code }) => code))];
  const regions = codes.flatMap((code) => {
    const [was, is] = [before, after].map(({ regions }) => regions.find((region) => region.code === code));
    if (!was || !is) return [`${code} ${was ? 'has left' : 'has joined'} the environment`];
    const changed = (Object.keys(WORDS) as (keyof typeof WORDS)[]).filter((key) => differ(was[key], is[key]));
    return changed.length > 0 ? [`${code}: ${listOf(changed.map((key) => WORDS[key]))}`] : [];
  });
  const same = (key: keyof BreakGlassSubject) => !differ(before[key], after[key]);
  return [
    ...regions,
    ...(same('account') && same('estate') && same('namespace') ? [] : ['the account, estate or namespace']),
    ...(same('steps') ? [] : ['the steps']),
    ...(same('compensation') ? [] : ['the way back']),
  ];
}
