import type { RpoContract } from '#lib/domain/recovery/params.ts';
import { bytesNow, isWorse } from '#lib/domain/recovery/rpo.ts';
import type { StepAction, StepContext } from '../action.ts';
import { DeclareInput } from './input.ts';
import { regionOfArn, requireDatabase } from './instance.ts';
import { messageOf } from './refusal.ts';
import { countAnswers, rejectedBy } from './switch.ts';

/** Name servers that say nothing for so long do not keep an emergency waiting, ms. */
const DNS_MS = 2_000;

/**
 * What the target has of the lost Region's data, before anything is changed (aws-facts 2.5, step 1): positions in the log,
 * the last commit, the last order. It stays on record as the statement of what was lost, and stops the run where it is more
 * than requester and approver accepted.
 */
export const declare: StepAction = {
  async run(context) {
    const input = DeclareInput.parse(context.step.input);
    const { region, instance, sourceRegion, accept, writesEndedAt } = input;
    const database = await requireDatabase(context, { region, instance });
    const { instanceId, role, sourceArn } = database;
    if (role !== 'replica' || regionOfArn(sourceArn ?? '') !== sourceRegion) {
      return {
        status: 'fail',
        note: `${instanceId} is ${role === 'primary' ? 'a primary' : `a copy of ${sourceArn}`}, no longer a copy of the database in ${sourceRegion}. Nothing was changed. Look at what happened, then plan again.`,
      };
    }
    const [{ wal, lastOrder }, lostInDns] = await Promise.all([
      standOf(context, region, instanceId),
      namedInDns(context, input),
    ]);
    const measuredAt = context.now().toISOString();
    const seconds = exposure({ accept, lastCommitAt: wal.lastCommitAt, writesEndedAt, now: measuredAt });
    const bytes = bytesNow(accept, wal);
    const rpo = { ...wal, seconds, bytes, lastOrder, measuredAt, writesEndedAt, lostInDns };
    const order = lastOrder
      ? `its last order is ${lastOrder.id} of ${lastOrder.createdAt}`
      : 'it has no order';
    await context.evidence({
      kind: 'fact',
      text: `${instanceId} has received ${wal.receivedLsn ?? 'nothing'} and replayed ${wal.replayedLsn ?? 'nothing'}, timeline ${wal.timeline}; its last commit is of ${wal.lastCommitAt ?? 'unknown time'}, ${order}`,
      data: rpo,
    });
    const comparison = isWorse(accept, { seconds, bytes });
    const text = `At most ${seconds.toFixed(1)} s of orders would be missing; up to ${accept.seconds} s were accepted`;
    await context.evidence({
      kind: 'gate',
      text,
      data: { band: comparison.worse ? 'revert' : 'pass', seconds, bytes, accept },
    });
    if (comparison.worse) {
      return {
        status: 'fail',
        note: `${comparison.reason} Nothing was changed. Look again, and accept what is true now.`,
      };
    }
    return { status: 'done', note: `${text}.`, output: { rpo } };
  },
};

async function standOf({ aws }: StepContext, region: string, instanceId: string) {
  const wal = await aws.readWal(region, instanceId);
  return { wal, lastOrder: await aws.lastOrder(region, instanceId) };
}

/**
 * Whether DNS names the lost Region at this moment, so that its users may be ordering there; null where nobody says. Known
 * later only by having asked: a run that was paused cannot tell when they left.
 */
async function namedInDns(
  context: StepContext,
  { sourceRegion, geographies }: ReturnType<typeof DeclareInput.parse>,
): Promise<boolean | null> {
  if (geographies.length === 0) return null;
  const late = AbortSignal.any([context.signal, AbortSignal.timeout(DNS_MS)]);
  try {
    const counts = await Promise.race([countAnswers(context, sourceRegion, geographies), rejectedBy(late)]);
    return Object.values(counts).some((count) => count > 0);
  } catch (error) {
    context.signal.throwIfAborted();
    const text = `Whether DNS names ${sourceRegion} is not known: ${messageOf(error)}`;
    await context.evidence({ kind: 'note', text });
    return null;
  }
}

/**
 * Seconds of orders that may be missing on the target. In WAL order a copy has everything from before its newest commit; an
 * idle one had, when the bound was accepted, all but what that bound allows.
 */
export function exposure(known: {
  accept: RpoContract;
  lastCommitAt: string | null;
  writesEndedAt: string | null;
  now: string;
}): number {
  const { accept, lastCommitAt, writesEndedAt, now } = known;
  const endedAt = Date.parse(writesEndedAt ?? now);
  const boundedAt = Date.parse(writesEndedAt ?? accept.measuredAt);
  const completeAt = Math.max(
    boundedAt - accept.seconds * 1_000,
    lastCommitAt === null ? Number.NEGATIVE_INFINITY : Date.parse(lastCommitAt),
  );
  return Math.max(0, (endedAt - completeAt) / 1_000);
}
