import type { DatabaseObservation } from '#lib/domain/observation/kinds.ts';
import { UnansweredError } from '../../ports/aws.ts';
import type { StepAction, StepContext, StepOutcome } from '../action.ts';
import { pollUntil } from '../poll.ts';
import { heldToAccepted } from './accepted-loss.ts';
import { PromoteInput } from './input.ts';
import { requireDatabase } from './instance.ts';
import { isBusy, messageOf } from './refusal.ts';

const POLL_MS = 250;
const LONGEST_POLL_MS = 5_000;
/** RDS takes no promotion while it backs up or changes the instance: looked at again after this, s. */
const BUSY_SECONDS = 1;
const AGAIN_SECONDS = 0.1;
/** A promotion that was asked for shows in the instance's state within this, or was never taken, ms. */
const SHOWS_WITHIN_MS = 20_000;

/**
 * Makes a replica a primary of its own. Not repeat-safe and never undone, so it looks first (aws-facts 2.10): one that
 * stands alone already is done; one that RDS is busy with is waited for; a lost answer is settled by what the instance does
 * next, and it is asked for again only when the instance is found an idle replica, and only while no more would be lost than
 * was accepted. Done when RDS names no source and calls
 * it available, and the server itself says that it is not in recovery.
 */
export const promote: StepAction = {
  async run(context) {
    const input = PromoteInput.parse(context.step.input);
    const found = await requireDatabase(context, input);
    const { instanceId, role, status } = found;
    const request = { ...input, instanceId };
    if (role === 'primary') {
      await context.evidence({ kind: 'fact', text: `${instanceId} is a primary already, ${status}` });
      return finish(context, request);
    }
    if (status === 'available') {
      const worse = await heldToAccepted(context, request);
      return worse ?? (await ask(context, request)) ?? finish(context, request, true);
    }
    if (!PASSING.test(status)) {
      return {
        status: 'fail',
        note: `${instanceId} is ${status}: RDS promotes no replica in that state. Mend it, or choose another target.`,
      };
    }
    // An earlier attempt may have been heard: then this is the promotion under way.
    const mayBeOurs = context.attempt > 1 && status !== 'backing-up';
    return mayBeOurs ? finish(context, request) : busy(found);
  },
};

/** States out of which an instance comes by itself. */
const PASSING =
  /^(backing-up|modifying|rebooting|maintenance|upgrading|configuring-.*|renaming|starting|storage-optimization|resetting-master-credentials|promoting)$/;

interface Request extends Omit<PromoteInput, 'instance'> {
  instanceId: string;
}

function busy({ instanceId, status }: Pick<DatabaseObservation, 'instanceId' | 'status'>): StepOutcome {
  return {
    status: 'wait',
    note: `${instanceId} is ${status}; RDS promotes it when it is available again.`,
    seconds: BUSY_SECONDS,
  };
}

/** Undefined when RDS has taken it, or may have. */
async function ask(context: StepContext, request: Request): Promise<StepOutcome | undefined> {
  const { region, instanceId, backupRetentionDays } = request;
  try {
    await context.aws.promoteReplica(region, instanceId, backupRetentionDays);
    await context.evidence({ kind: 'fact', text: `RDS in ${region} took the promotion of ${instanceId}` });
    return undefined;
  } catch (error) {
    context.signal.throwIfAborted();
    if (isBusy(error)) {
      const now = await requireDatabase(context, { region, instance: { instanceId } });
      return now.role === 'primary' ? undefined : busy(now);
    }
    if (!(error instanceof UnansweredError)) throw error;
    if (error.throttled) {
      return {
        status: 'wait',
        note: `RDS in ${region} had no time for the promotion of ${instanceId}, so it was not taken: it is asked for again.`,
        seconds: BUSY_SECONDS,
      };
    }
    await context.evidence({
      kind: 'note',
      text: `The answer to the promotion was lost (${messageOf(error)}): looks whether it was taken`,
    });
    return undefined;
  }
}

/** Waits for the primary. A replica that stays idle was not promoted: the step is run again, and asks. */
async function finish(context: StepContext, request: Request, asked = false): Promise<StepOutcome> {
  const { region, instanceId } = request;
  const idleAllowedMs = asked ? SHOWS_WITHIN_MS : 0;
  let idleSinceMs: number | undefined;
  const last = await pollUntil(context, {
    what: `the state of ${instanceId}`,
    everyMs: POLL_MS,
    longestMs: LONGEST_POLL_MS,
    ask: () => requireDatabase(context, { region, instance: { instanceId } }),
    isDone: ({ role, status }) => {
      if (role === 'primary') return status === 'available';
      const nowMs = context.now().getTime();
      idleSinceMs = status === 'available' ? (idleSinceMs ?? nowMs) : undefined;
      return idleSinceMs !== undefined && nowMs - idleSinceMs >= idleAllowedMs;
    },
  });
  if (last.role === 'replica') {
    return {
      status: 'wait',
      note: `${instanceId} is an available replica still: no promotion was taken, so it is asked for again.`,
      seconds: AGAIN_SECONDS,
    };
  }
  const wal = await pollUntil(context, {
    what: `the server of ${instanceId}`,
    everyMs: POLL_MS,
    ask: () => context.aws.readWal(region, instanceId),
    isDone: ({ inRecovery }) => !inRecovery,
  });
  const atMs = context.now().getTime();
  const seconds = (atMs - context.firstStartedAtMs) / 1_000;
  await context.evidence({
    kind: 'fact',
    text: `${instanceId} is a primary after ${seconds.toFixed(1)} s: available, without a source, not in recovery, timeline ${wal.timeline}`,
    data: { arn: last.arn, timeline: wal.timeline, receivedLsn: wal.receivedLsn, seconds },
  });
  return {
    status: 'done',
    note: `${instanceId} takes writes.`,
    output: { instanceId, arn: last.arn, timeline: wal.timeline, promotedAtMs: atMs, seconds },
  };
}
