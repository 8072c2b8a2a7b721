import type { ActionRegistry, StepAction } from '../action.ts';
import { throughThrottling } from '../throttled.ts';
import { ensureCapacity, sendForCapacity } from '../traffic-shift/capacity.ts';
import { checkRegion, recheck } from './check.ts';
import { declare } from './declare.ts';
import { dry, verdict } from './dry.ts';
import { fenceDatabase, unfenceDatabase } from './fence.ts';
import { asLeftRun, checkLeft, putsBackLeft } from './left-behind.ts';
import { parity } from './parity.ts';
import { acceptPeering, createPeering, ensureRoute, verifyPath } from './peering.ts';
import { promote } from './promote.ts';
import { record, summary } from './record.ts';
import { createReplica, deleteReplica, discardDrill, verifyRedundancy } from './replica.ts';
import { retire, snapshot } from './retire.ts';
import { salvage } from './salvage.ts';
import { sealWriter, verifyReplication } from './seal-writer.ts';
import { freezeWrites, pointWriter } from './shop-config.ts';
import { awaitDns, setSwitch } from './switch.ts';
import { attachCheck, createCalculatedCheck, createSwitchCheck } from './switch-checks.ts';
import { bestEffort, failInTime, type Patience } from './time-limits.ts';
import { verifyOrder } from './verify-order.ts';
import { verifyReads } from './verify-reads.ts';

/** A Region that says nothing for so long is taken for gone by steps that can do without it, ms. */
const ANSWER_MS = 3_000;
/** One that falls silent while its database is fenced is given up after this: the promotion waits for it, ms. */
const FENCE_SILENCE_MS = 10_000;

/** Every action of recovery; steps that can do without a Region take it for gone when it says nothing for so long, ms. */
export function recoveryActionsWithin(answerWithinMs: number): ActionRegistry {
  const patient = (
    action: StepAction,
    seconds: number,
    more: Pick<Patience, 'unreached' | 'silenceMs'> = {},
  ) =>
    failInTime(
      bestEffort(throughThrottling(action), { answerWithinMs, patienceMs: seconds * 1_000, ...more }),
    );
  const plain = Object.entries(PLAIN).map(([name, action]) => [name, throughThrottling(action)] as const);
  return {
    ...Object.fromEntries(plain),
    'recovery.freeze-writes': patient(freezeWrites, 20),
    'recovery.point-writer': patient(putsBackLeft('recovery.point-writer', pointWriter), 20),
    'recovery.fence-database': patient(fenceDatabase, 120, {
      unreached: { fenced: 'unreachable' },
      silenceMs: Math.max(FENCE_SILENCE_MS, answerWithinMs),
    }),
    'recovery.unfence-database': patient(putsBackLeft('recovery.unfence-database', unfenceDatabase), 60, {
      unreached: { fenced: 'unknown' },
    }),
    'recovery.seal-writer': failInTime(throughThrottling(sealWriter)),
    'recovery.switch': patient(setSwitch, 15, { unreached: { turned: [] } }),
    'recovery.send-for-nodes': patient(sendForCapacity, 15),
    // What is not ready by then is on its way still, and what is served meanwhile is measured.
    'recovery.prescale': patient(ensureCapacity, 10 * 60),
    'recovery.verify-order': patient(verifyOrder, 45, { unreached: { ordered: false } }),
    // Plans of before 26 November 2026; later ones say themselves how long a copy is tried by best effort, and its settings.
    'recovery.create-replica': patient(createReplica, 24 * 60 * 60),
    'recovery.parity': patient(parity, 60 * 60),
  };
}

/** Actions that wait for what they need, as long as it takes. */
const PLAIN: ActionRegistry = {
  'recovery.declare': declare,
  'recovery.recheck': recheck,
  'recovery.check-region': checkRegion,
  'recovery.check-left': checkLeft,
  'recovery.verify-replication': verifyReplication,
  'recovery.promote': promote,
  'recovery.await-dns': awaitDns,
  'recovery.verify-reads': verifyReads,
  'recovery.delete-replica': deleteReplica,
  'recovery.discard-drill': asLeftRun(discardDrill),
  'recovery.verify-redundancy': verifyRedundancy,
  'recovery.snapshot': snapshot,
  'recovery.retire': retire,
  'recovery.salvage': salvage,
  'recovery.create-switch-check': createSwitchCheck,
  'recovery.create-calculated-check': createCalculatedCheck,
  'recovery.attach-check': attachCheck,
  'recovery.create-peering': createPeering,
  'recovery.accept-peering': acceptPeering,
  'recovery.ensure-route': ensureRoute,
  'recovery.verify-path': verifyPath,
  'recovery.dry': dry,
  'recovery.verdict': verdict,
  'recovery.record': record,
  'recovery.summary': summary,
};

export const recoveryActions: ActionRegistry = recoveryActionsWithin(ANSWER_MS);
