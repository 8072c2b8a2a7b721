import { checkHolder } from '#lib/domain/deployment/checks.ts';
import type { Environment } from '#lib/domain/estate/estate.ts';
import { checkFreezes } from '#lib/domain/freeze/check.ts';
import { coveringFreezes, type FreezeTarget } from '#lib/domain/freeze/freeze.ts';
import { type DigestSubject, planDigest } from '#lib/domain/operation/digest.ts';
import type { Plan } from '#lib/domain/operation/plan.ts';
import { mayPutBack } from '#lib/domain/recovery/left-run.ts';
import { RecoveryRevertParams } from '#lib/domain/recovery/params.ts';
import { RefusedError } from '../../../errors.ts';
import { planRecoveryRevert } from '../../../operations/recovery/plan.ts';
import { findHolder, listOpenFreezes } from '../facts.ts';
import { listLaterRuns, readLeftRun } from '../left-runs.ts';
import {
  definePlanner,
  type PlannedOperation,
  type PlanningContext,
  requireNamedEnvironment,
} from './planner.ts';

/**
 * What a recovery has left that stopped half-way: waits for nobody by default, and is frozen only where a freeze names
 * rollbacks.
 */
export const recoveryRevert = definePlanner('recovery-revert', RecoveryRevertParams, planRevertNow);

/**
 * Plans from what the run has put on record. Throws a RefusedError that says why nothing is put back and what to do instead:
 * it went to its end, something irreversible was begun, or a later operation has changed the same.
 */
async function planRevertNow(
  context: PlanningContext,
  name: string,
  params: RecoveryRevertParams,
): Promise<PlannedOperation> {
  const environment = requireNamedEnvironment(context, name);
  const { database, now } = context;
  const { left, endedAt } = await readLeftRun(database, params.reverts);
  const verdict = mayPutBack(left);
  if (!verdict.allowed) throw refusal(left.id, verdict);
  const later = await listLaterRuns(database, { id: left.id, environment: environment.name, endedAt });
  const planned = planRecoveryRevert({ environment, left, later });
  if (!planned.ok) throw refusal(left.id, { code: planned.code, reason: planned.message });
  const plan: Plan = { ...planned.plan, regions: touchedBy(environment, planned.plan) };
  const freezes = await listOpenFreezes(context);
  const target = frozenAs(environment, plan);
  const holder = await findHolder(context, environment);
  const covering = coveringFreezes(freezes, target, now).map(({ id }) => id);
  const subject = digestSubject(context, { environment, params, plan, freezes: covering });
  return {
    plan,
    checks: [
      checkHolder({ holder }),
      ...checkFreezes(freezes, target, now),
      {
        code: 'still-so',
        verdict: 'pass',
        message: `No later operation has changed what ${left.id} left. Each step looks again before it changes anything.`,
        observedAt: null,
      },
    ],
    price: {
      monthlyDollars: 0,
      lines: [{ label: 'as before', monthlyDollars: 0 }],
      basis: 'nothing is made; machines that were added go when nobody needs them',
    },
    digest: planDigest(subject),
    subject,
    regions: [...(plan.regions ?? [])],
    changes: plan.steps
      .filter(({ input }) => 'leftBy' in input)
      .map(({ title }) => ({ label: title, before: `as ${left.id} left it`, after: 'done' })),
    change: null,
    largestSafePoints: null,
    accepted: null,
    confirm: null,
    outageAt: null,
    blocks: [],
  };
}

function refusal(id: string, { code, reason }: { code: string; reason: string }): RefusedError {
  return new RefusedError(code, `${id} was not reverted: ${reason}`);
}

function touchedBy({ regions }: Environment, { steps }: Plan): string[] {
  const touched = new Set(steps.map(({ region }) => region));
  return regions.filter((code) => touched.has(code));
}

/** Frozen only where a freeze names rollbacks. */
function frozenAs({ name }: Environment, { regions = [] }: Plan): FreezeTarget {
  return { environment: name, regions, kind: 'recovery-revert' };
}

function digestSubject(
  { estate }: PlanningContext,
  planned: {
    environment: Environment;
    params: RecoveryRevertParams;
    plan: Plan;
    freezes: readonly string[];
  },
): DigestSubject {
  const { environment, params, plan, freezes } = planned;
  return {
    kind: plan.kind,
    environment: environment.name,
    params,
    steps: { steps: plan.steps, compensation: plan.compensation },
    resources: { 'AWS account': estate.account, namespace: environment.namespace },
    recordsHash: '',
    versions: {},
    freezes,
    classes: {},
  };
}
