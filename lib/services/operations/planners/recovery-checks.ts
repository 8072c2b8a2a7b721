import { checkFreezes } from '#lib/domain/freeze/check.ts';
import type { Check, CheckVerdict, Plan } from '#lib/domain/operation/plan.ts';
import { checkLag, checkReplica } from '#lib/domain/recovery/database-checks.ts';
import { type Block, emergencyBlocks } from '#lib/domain/recovery/emergency.ts';
import { SINKING_SHIP } from '#lib/domain/recovery/home.ts';
import { isSound, lintPlan, type Trap } from '#lib/domain/recovery/lint.ts';
import { type CapacityAfter, capacityWords, type Loss, lossOf } from '#lib/domain/recovery/loss.ts';
import type { RecoveryKind, RpoContract } from '#lib/domain/recovery/params.ts';
import { checksOf, type ReadinessCell, type ReadinessCheck } from '#lib/domain/recovery/readiness.ts';
import { awaitsRebuild } from '#lib/domain/recovery/returned.ts';
import { dataAtRisk, isWorse } from '#lib/domain/recovery/rpo.ts';
import type { Scenario } from '#lib/domain/recovery/scenario.ts';
import { rankTargets, type Target } from '#lib/domain/recovery/targets.ts';
import type { Reason, Verdict } from '#lib/domain/recovery/verdict.ts';
import { listOf } from '#lib/domain/recovery/words.ts';
import { detectionOf, downSince, readinessForLoss, type Situation } from '../../recovery/situation.ts';

/** What is asked for, by the roles that Regions have in it. */
export interface Asked {
  kind: RecoveryKind;
  /** Region that is lost, or whose readers are sent away. */
  left: string | null;
  /** Region that is to take the orders. */
  target: string | null;
  /** Region that is made whole again, or gets its readers back. */
  restored: string | null;
  accept: RpoContract | null;
}

export interface Checked {
  checks: Check[];
  /** Classes of preconditions, for the digest: an approval does not outlive a change of one. */
  classes: Record<string, string>;
  blocks: Block[];
}

/** Everything that could go wrong with a recovery operation, worst questions first. */
export function checkRecovery(situation: Situation, asked: Asked, plan: Plan): Checked {
  const { outlook } = situation;
  const loss = asked.left === null ? null : lossOf(outlook, [asked.left]);
  const target = targetOf(situation, asked);
  const blocks = blocksOf(situation, asked, target, plan);
  const readiness = readinessCells(situation, asked);
  const checks = [
    ...startChecks(situation, asked, plan),
    ...blocks.map((block) => blockCheck(block, readiness)),
    ...(target ? targetChecks(target, asked, blocks) : []),
    ...rpoChecks(situation, asked),
    ...(loss ? [...capacityChecks(loss), ...residencyChecks(loss, target)] : []),
    ...restoredChecks(situation, asked),
    ...readinessChecks(situation, asked),
    ...lintWarnings(situation, asked, plan),
  ];
  return { checks, blocks, classes: classesOf(situation, { asked, loss, target }) };
}

function check(code: string, verdict: CheckVerdict, message: string, observedAt: string | null): Check {
  return { code, verdict, message, observedAt };
}

/**
 * What stands against it refuses a request; that it is asked for where the outage is has to be accepted by name. What readiness says of the loss is accepted instead, by requester and approver: a
 * Region is not left because all is ready, but because it has to be (`checksOf` in lib/domain/recovery/readiness.ts).
 */
function blockCheck({ id, message }: Block, readiness: readonly ReadinessCell[]): Check {
  if (id === SINKING_SHIP)
    return {
      ...check(id, 'accept', message, null),
      acceptance: 'Start it from here all the same; the reason says why no other console does.',
    };
  const ofReadiness = checksOf(readiness.filter((cell) => cell.id === id))[0];
  return ofReadiness ?? check(id, 'refuse', message, null);
}

function startChecks({ outlook }: Situation, { kind }: Asked, plan: Plan): Check[] {
  const { facts, environment } = outlook;
  const { holder, records } = facts;
  const target = { environment: environment.name, regions: plan.regions ?? environment.regions, kind };
  return [
    holder
      ? check(
          'one-at-a-time',
          'warn',
          `${holder.id}, ${holder.title}, holds the environment. This can be requested now and starts only when that one has ended.`,
          null,
        )
      : check('one-at-a-time', 'pass', 'No other operation runs in this environment.', null),
    ...checkFreezes(facts.freezes, target, facts.now),
    ...(kind === 'prepare-switch' && records.error
      ? [
          check(
            'route53',
            'refuse',
            `Route 53’s control plane, in us-east-1, does not answer: ${records.error}. Health checks and records cannot be changed while it is down.`,
            records.observedAt,
          ),
        ]
      : []),
  ];
}

/** In an outage the best data counts; a planned move asks for all of it. */
function targetOf({ outlook, detection }: Situation, { kind, left, target }: Asked): Target | null {
  if (target === null) return null;
  const lost = kind === 'failover' && left !== null ? [left] : [];
  const writesEndedAt = left === null ? null : downSince(detection, left);
  return rankTargets(outlook, lost, { writesEndedAt }).find(({ region }) => region === target) ?? null;
}

/** Checks of readiness that sending readers away depends on; promotion and orders are not its matter. */
const OF_READERS: ReadonlySet<ReadinessCheck> = new Set(['health-checks', 'switch', 'credentials', 'plan']);

/**
 * Rows of the matrix that ask how well things stand beforehand. In the outage itself they are asked of the target and of
 * those who go on, as they are now: a replica whose source is gone does not replicate, and that is no reason to wait.
 */
const ASKED_OF_NOW: ReadonlySet<ReadinessCheck> = new Set([
  'writer',
  'replica',
  'lag',
  'backups',
  'parity',
  'capacity-now',
  'capacity-maximum',
  'residency',
  'approvers',
  'freezes',
  'home',
]);

function readinessCells(situation: Situation, { kind, left }: Asked): ReadinessCell[] {
  if (left === null) return [];
  const cells = readinessForLoss(situation, left)?.cells ?? [];
  return cells.filter(({ check: row }) =>
    kind === 'failover' ? !ASKED_OF_NOW.has(row) : OF_READERS.has(row),
  );
}

function blocksOf(situation: Situation, asked: Asked, target: Target | null, plan: Plan): Block[] {
  const { outlook, detection } = situation;
  const { kind, left } = asked;
  if (left === null) return trapBlocks(situation, asked, plan);
  const readiness = readinessCells(situation, asked);
  const found = [
    ...emergencyBlocks(outlook, { kind, lost: left, target, detection, readiness }),
    ...trapBlocks(situation, asked, plan),
  ];
  return found.filter((block, i) => found.findIndex(({ id }) => id === block.id) === i);
}

/** Steps that need a Region which is seen failing now, or Route 53 while it does not answer (PRODUCT.md, idea 4). */
function trapBlocks(situation: Situation, asked: Asked, plan: Plan): Block[] {
  return trapsOf(situation, asked, plan)
    .filter(({ severity }) => severity === 'refused')
    .map(({ stepKey, message, correction, source }) => ({
      id: `trap-${stepKey}`,
      message: `${message} ${correction}`,
      source,
    }));
}

function trapsOf({ outlook, detection }: Situation, { kind, left }: Asked, plan: Plan): Trap[] {
  // A drill lets readers back into the Region that it sends them from: that one is there.
  const gone = kind === 'drill' ? null : left;
  const failing = (detection?.regions ?? [])
    .filter(({ region, state }) => state === 'failing' && region !== gone && !awaitsRebuild(outlook, region))
    .map(({ region }): Scenario => ({ kind: 'region', region }));
  const scenarios: Scenario[] = [
    ...(gone === null ? [] : [{ kind: 'region' as const, region: gone }]),
    ...failing,
    ...(outlook.facts.records.error && gone === null ? [{ kind: 'route53' as const }] : []),
  ];
  const traps = scenarios.map((scenario) => lintPlan(outlook, plan.steps, scenario));
  const seen = new Set<string>();
  return traps.flat().filter((trap) => {
    const key = `${trap.stepKey} ${trap.code}`;
    return seen.has(key) ? false : seen.add(key);
  });
}

function lintWarnings(situation: Situation, asked: Asked, plan: Plan): Check[] {
  const traps = trapsOf(situation, asked, plan);
  if (traps.length === 0)
    return [check('traps', 'pass', 'No step needs what is lost or does not answer.', null)];
  if (!isSound(traps)) return [];
  return traps.map(({ stepKey, message, correction }) =>
    check(`trap-${stepKey}`, 'warn', `${message} ${correction}`, null),
  );
}

/** What is not known of a target is a warning, but for the replica itself: without it there is no target. */
const VERDICTS: Record<Verdict, CheckVerdict> = {
  ok: 'pass',
  warning: 'warn',
  blocked: 'refuse',
  unknown: 'warn',
};

function targetChecks({ region, reasons }: Target, { kind }: Asked, blocks: readonly Block[]): Check[] {
  const blocked = new Set(blocks.map(({ id }) => id));
  return reasons
    .filter(({ code }) => code !== 'capacity' && code !== 'residency' && code !== 'data-at-risk')
    .filter(({ code }) => !blocked.has(`${code}-${region}`))
    .map((reason): Check => {
      const { code, message, observedAt } = reason;
      return { code: `${code}-${region}`, verdict: verdictOf(reason, kind), message, observedAt, region };
    });
}

function verdictOf({ code, verdict }: Pick<Reason, 'code' | 'verdict'>, kind: RecoveryKind): CheckVerdict {
  // A planned move loses nothing only where lag and replication are known to be well.
  const mustBeKnown = code === 'replica' || (kind !== 'failover' && code === 'lag');
  return verdict === 'unknown' && mustBeKnown ? 'unknown' : VERDICTS[verdict];
}

/** Whether what would be lost now is still within what is accepted. */
function rpoChecks({ outlook, detection }: Situation, { kind, left, target, accept }: Asked): Check[] {
  if (kind !== 'failover' || left === null || target === null || accept === null) return [];
  const risk = dataAtRisk(outlook, { lost: left, target, writesEndedAt: downSince(detection, left) });
  const comparison = isWorse(accept, risk);
  const message = comparison.worse ? `${risk.message} ${comparison.reason}` : risk.message;
  return [check('data-at-risk', comparison.worse ? 'refuse' : 'pass', message, risk.measuredAt)];
}

function capacityChecks({ survivors }: Loss): Check[] {
  return survivors.map((after): Check => {
    const found = { code: `capacity-${after.region}`, message: capacityWords(after), region: after.region };
    const { observedAt } = after;
    if (after.class !== 'short') {
      const verdict = after.class === 'ok' ? ('pass' as const) : ('warn' as const);
      return { ...found, verdict, observedAt };
    }
    const acceptance = `Accept that ${after.region} is slow or sheds load until it has more nodes.`;
    return { ...found, verdict: 'accept', observedAt, acceptance };
  });
}

function residencyChecks(loss: Loss, target: Target | null): Check[] {
  const served = loss.residency.map(
    ({ name, residency, points, regions }) =>
      `${points.toFixed(0)} % of users in ${name} would be served from ${listOf(regions)}, outside ${residency}.`,
  );
  const stored = (target?.reasons ?? [])
    .filter(({ code, verdict }) => code === 'residency' && verdict !== 'ok')
    .map(({ message }) => message);
  const all = [...served, ...stored];
  if (all.length === 0)
    return [check('residency', 'pass', 'No user’s data leaves the jurisdiction meant for it.', null)];
  return [
    {
      ...check('residency', 'accept', all.join(' '), null),
      acceptance: 'Accept it: there is a legal basis on record (aws-facts C-03).',
    },
  ];
}

/** A Region that gets users or data back must be there, and must not be one that is still to be fenced. */
function restoredChecks({ outlook, detection, unfenced }: Situation, { kind, restored }: Asked): Check[] {
  if (restored === null) return [];
  const fence = unfenced.find(({ region }) => region === restored);
  const seen = detectionOf(detection, restored);
  const mended = (kind === 'rebuild' || kind === 'failback') && awaitsRebuild(outlook, restored);
  const down = !mended && (seen?.state === 'failing' || seen?.state === 'suspect');
  const copies =
    kind === 'return' ? [checkReplica(outlook, restored, 'planned'), checkLag(outlook, restored)] : [];
  return [
    fence
      ? check(
          'not-fenced',
          'refuse',
          `${fence.instanceId} in ${restored} is not fenced yet, as ${fence.operation} asked: it is shut the moment its Region answers. Wait for that.`,
          null,
        )
      : check('not-fenced', 'pass', `Nothing in ${restored} is still to be fenced.`, null),
    seen
      ? check(
          'serving',
          down ? 'refuse' : seen.state === 'serving' ? 'pass' : 'warn',
          mended
            ? `${restored} answers again and serves nobody: its database is shut, which this mends.`
            : seen.reason,
          detection?.at ?? null,
        )
      : check('serving', 'warn', `Nobody says whether ${restored} serves: no worker looks at it now.`, null),
    ...copies.map((reason) =>
      check(`${reason.code}-${restored}`, verdictOf(reason, kind), reason.message, reason.observedAt),
    ),
  ];
}

/** What else readiness says of this loss, and does not block it; the plan's traps are told one by one. */
function readinessChecks(situation: Situation, asked: Asked): Check[] {
  return readinessCells(situation, asked)
    .filter(({ verdict, check: row }) => row !== 'plan' && (verdict === 'warning' || verdict === 'unknown'))
    .map(({ id, message, observedAt }) => check(id, 'warn', message, observedAt));
}

/** Machines to start first are part of the plan: only that they cannot carry it, or that nobody knows, is another plan. */
function classesOf(
  { topology, detection }: Situation,
  { asked, loss, target }: { asked: Asked; loss: Loss | null; target: Target | null },
): Record<string, string> {
  const capacity = (loss?.survivors ?? []).map(({ region, class: fits }: CapacityAfter) => [
    `capacity of ${region}`,
    fits === 'pre-scale' ? 'ok' : fits,
  ]);
  const replica = target?.reasons.find(({ code }) => code === 'replica')?.verdict;
  const planned =
    asked.kind !== 'failover' ? target?.reasons.find(({ code }) => code === 'lag')?.verdict : undefined;
  return {
    writer: topology.writer ?? 'none',
    ...Object.fromEntries(capacity),
    ...(target && replica ? { [`replica in ${target.region}`]: replica } : {}),
    ...(target && planned ? { [`database lag of ${target.region}`]: planned } : {}),
    ...(asked.left ? { [`health of ${asked.left}`]: healthClass(detection, asked.left) } : {}),
  };
}

/** Failing and suspect are one class: a vantage point more or less is no other outage. */
function healthClass(detection: Situation['detection'], region: string): string {
  const state = detectionOf(detection, region)?.state ?? 'unknown';
  return state === 'failing' || state === 'suspect' ? 'down' : state;
}
