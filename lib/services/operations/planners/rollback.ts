import { checkHolder } from '#lib/domain/deployment/checks.ts';
import type { DeployedRegion, DeploymentFacts } from '#lib/domain/deployment/facts.ts';
import { RollbackParams } from '#lib/domain/deployment/params.ts';
import { type RollbackTarget, rollbackRefusal, rollbackTarget } from '#lib/domain/deployment/rollback.ts';
import type { Environment, Estate } from '#lib/domain/estate/estate.ts';
import { checkFreezes } from '#lib/domain/freeze/check.ts';
import { coveringFreezes, type FreezeTarget } from '#lib/domain/freeze/freeze.ts';
import { type DigestSubject, planDigest } from '#lib/domain/operation/digest.ts';
import type { Check, Plan } from '#lib/domain/operation/plan.ts';
import type { Release } from '#lib/domain/release/release.ts';
import type { Database } from '../../../data/database.ts';
import { RefusedError } from '../../../errors.ts';
import { planRollback } from '../../../operations/deployment/plan.ts';
import { readDeploymentFacts } from '../../deployments/facts.ts';
import { readRelease } from '../../releases/read.ts';
import { chosenRegions } from './deployment.ts';
import {
  definePlanner,
  type PlannedOperation,
  type PlanningContext,
  requireNamedEnvironment,
} from './planner.ts';

/** Back to the version that each Region served before: waits for nobody by default, and is frozen only where a freeze names rollbacks. */
export const rollback = definePlanner('rollback', RollbackParams, planRollbackNow);

type Target = Extract<RollbackTarget, { ok: true }> & { region: DeployedRegion };

/**
 * Plans from what our own switches put on record. Throws a RefusedError that says why a Region cannot go back, and what to do
 * instead: nothing on record, a version known to be bad, a schema that was contracted.
 */
async function planRollbackNow(
  context: PlanningContext,
  name: string,
  params: RollbackParams,
): Promise<PlannedOperation> {
  const environment = requireNamedEnvironment(context, name);
  const facts = await readDeploymentFacts(context, environment);
  const targets = chosenTargets(environment, facts, params);
  await assertRollable(context.database, targets);
  const digests: Awaited<ReturnType<typeof digestOfTarget>>[] = [];
  for (const target of targets) digests.push(await digestOfTarget(context.database, target));
  const plan = planRollback({
    environment,
    regions: targets.map(({ region, from, to }, i) => ({
      code: region.code,
      from,
      to,
      digest: digests[i] ?? null,
    })),
  });
  const subject = digestSubject(context.estate, { environment, params, facts, plan, targets });
  return {
    plan,
    checks: rollbackChecks(environment, facts, targets),
    price: {
      monthlyDollars: 0,
      lines: [{ label: 'as many pods as before', monthlyDollars: 0 }],
      basis: 'what is left has as many pods as what is gone back to',
    },
    digest: planDigest(subject),
    subject,
    regions: targets.map(({ region }) => region.code),
    changes: targets.map(({ region, from, to }) => ({
      label: `Version in ${region.code}`,
      before: from,
      after: to,
    })),
    change: null,
    largestSafePoints: null,
    accepted: null,
    confirm: null,
    outageAt: null,
    blocks: [],
  };
}

/** The Regions asked for; else every one that the last deployment switched, for all share one schema (aws-facts C-12). */
function chosenTargets(environment: Environment, facts: DeploymentFacts, params: RollbackParams): Target[] {
  const chosen = chosenRegions(environment, facts, params.regions);
  const judged = chosen.map((region) => ({ region, target: rollbackTarget(region, params.to) }));
  const possible = judged.flatMap(({ region, target }) => (target.ok ? [{ ...target, region }] : []));
  const refused = judged.flatMap(({ target }) => (target.ok ? [] : [target]));
  const [first] = refused;
  if (first && (params.regions || possible.length === 0))
    throw new RefusedError(first.code, `There is no rollback: ${first.reason}`);
  if (params.regions) return possible;
  const last = possible
    .map(({ region }) => region.switches[0]?.operation ?? '')
    .toSorted(byNumber)
    .at(-1);
  return possible.filter(({ region }) => region.switches[0]?.operation === last);
}

function byNumber(a: string, b: string): number {
  return Number(a.replace('OP-', '')) - Number(b.replace('OP-', ''));
}

async function assertRollable(database: Database, targets: readonly Target[]): Promise<void> {
  for (const target of targets) {
    const undone: (Release | null)[] = [];
    for (const version of target.passed) undone.push(await readRelease(database, version));
    const refusal = rollbackRefusal(target, { target: await readRelease(database, target.to), undone });
    if (refusal)
      throw new RefusedError(refusal.code, `${target.region.code} is not rolled back: ${refusal.reason}`);
  }
}

/** As the release was registered, else as it was seen when it served. */
async function digestOfTarget(database: Database, { to, digest }: Target): Promise<string | null> {
  return (await readRelease(database, to))?.digest ?? digest;
}

/** Frozen only where a freeze names rollbacks. */
function frozenAs({ name }: Environment, targets: readonly Target[]): FreezeTarget {
  return { environment: name, regions: targets.map(({ region }) => region.code), kind: 'rollback' };
}

function rollbackChecks(
  environment: Environment,
  facts: DeploymentFacts,
  targets: readonly Target[],
): Check[] {
  return [
    checkHolder(facts),
    ...checkFreezes(facts.freezes, frozenAs(environment, targets), facts.now),
    ...targets.map(({ region, to, redeploys }): Check => {
      const { code, service } = region;
      const standing = service.value?.deployments.find(({ version }) => version === to);
      const about = { code: `back-${code}`, region: code, observedAt: service.observedAt };
      if (redeploys)
        return {
          ...about,
          verdict: 'warn',
          message: `${to} is gone from ${code}: it is deployed again first, which takes minutes instead of seconds.`,
        };
      if (!standing || standing.ready === 0)
        return {
          ...about,
          verdict: 'warn',
          message: `${to} stands in ${code} without ready pods: it is scaled up first, which adds minutes.`,
        };
      return {
        ...about,
        verdict: 'pass',
        message: `${to} stands in ${code} with ${standing.ready} ready pods.`,
      };
    }),
  ];
}

function digestSubject(
  estate: Estate,
  planned: {
    environment: Environment;
    params: RollbackParams;
    facts: DeploymentFacts;
    plan: Plan;
    targets: readonly Target[];
  },
): DigestSubject {
  const { environment, params, facts, plan, targets } = planned;
  return {
    kind: plan.kind,
    environment: environment.name,
    params,
    steps: { steps: plan.steps, compensation: plan.compensation },
    resources: { 'AWS account': estate.account, namespace: environment.namespace },
    recordsHash: '',
    versions: Object.fromEntries(
      facts.regions.map(({ code, service }) => [code, service.value?.liveVersion ?? null]),
    ),
    freezes: coveringFreezes(facts.freezes, frozenAs(environment, targets), facts.now).map(({ id }) => id),
    classes: {},
  };
}
