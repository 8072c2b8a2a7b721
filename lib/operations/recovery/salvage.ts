import type { StepAction, StepContext } from '../action.ts';
import { ThrottleWatch } from '../throttled.ts';
import { isShut, requireDenyAll, shutDoor } from './fence.ts';
import { SalvageInput } from './input.ts';
import { instanceIdOf, requireDatabase } from './instance.ts';
import { comparedFrom, type MissingOrders, missingOrders } from './missing-orders.ts';
import { reachState } from './reach-state.ts';
import { messageOf } from './refusal.ts';

/** The old primary gets this long to let us read, ms: a rebuild does not wait for it. */
const READ_WITHIN_MS = 5 * 60_000;
const SHUT_WITHIN_MS = 60_000;

/**
 * Orders on the old primary that the writer does not have: acknowledged to users, and in no report of the shop until a
 * person decides about each (aws-facts 2.5). The old primary is shut and renamed by then; it is opened for the reading
 * alone, under a name that no shop knows, and shut again whatever happens.
 */
export const salvage: StepAction = {
  async run(context) {
    const input = SalvageInput.parse(context.step.input);
    const { region, writer } = input;
    const old = await requireDatabase(context, input);
    const { instanceId } = old;
    const denyAll = await requireDenyAll(context, region);
    let found: (MissingOrders & { since: string }) | undefined;
    let why = '';
    const throttles = new ThrottleWatch();
    try {
      if (isShut(old, denyAll)) await open(context, { region, instanceId, denyAll });
      const limited = {
        ...context,
        aws: throttles.watch(context.aws),
        signal: AbortSignal.any([context.signal, AbortSignal.timeout(READ_WITHIN_MS)]),
      };
      const place = { region, instance: { instanceId } };
      const since = await comparedFrom(limited, place, input.since);
      found = { ...(await missingOrders(limited, { old: place, writer, since })), since };
    } catch (error) {
      why = throttles.words ?? messageOf(error);
    }
    // Also when the step is told to stop: an open old primary would be a second writer for whoever finds it.
    await shutDoor(
      { ...context, signal: AbortSignal.timeout(SHUT_WITHIN_MS) },
      { region, instanceId, denyAll },
    );
    context.signal.throwIfAborted();
    if (!found) {
      const note = `What is on ${instanceId} could not be read: ${why} It is kept, with its snapshot; read it later.`;
      await context.evidence({ kind: 'note', text: note });
      return { status: 'done', note, output: { salvaged: false, instanceId, since: input.since, why } };
    }
    const { rows, count, compared, since } = found;
    const text = `${count} of ${compared} orders on ${instanceId} since ${since} are not on ${instanceIdOf(context, writer.instance)}`;
    await context.evidence({ kind: 'fact', text, data: { count, compared, since } });
    return {
      status: 'done',
      note:
        count === 0
          ? `${text}: nothing to salvage.`
          : `${text}. They are listed; somebody decides about each.`,
      output: {
        salvaged: true,
        instanceId,
        since,
        compared,
        count,
        orders: rows,
        complete: count === rows.length,
      },
    };
  },
};

async function open(
  context: StepContext,
  { region, instanceId, denyAll }: { region: string; instanceId: string; denyAll: string },
): Promise<void> {
  const name = `${context.estate.estate}-database`;
  const group = await context.aws.findSecurityGroup(region, name);
  if (!group) throw new Error(`The VPC of ${region} has no security group named ${name} to open it with.`);
  await reachState(context, {
    what: `the security groups of ${instanceId}`,
    everyMs: 250,
    longestMs: 2_000,
    read: () => requireDatabase(context, { region, instance: { instanceId } }),
    isSo: (found) => !isShut(found, denyAll),
    write: () => context.aws.modifyDatabase(region, instanceId, { securityGroupIds: [group] }),
  });
}
