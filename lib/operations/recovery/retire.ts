import type { StepAction } from '../action.ts';
import { pollUntil } from '../poll.ts';
import { isShut, requireDenyAll } from './fence.ts';
import { Place } from './input.ts';
import { instanceIdOf, operationNumber, requireDatabase } from './instance.ts';
import { untilAnswered } from './until-answered.ts';

const POLL = { everyMs: 500, longestMs: 15_000 };

/** A snapshot of a database that is put out of service: what is on it can be had for as long as anybody wants it. */
export const snapshot: StepAction = {
  async run(context) {
    const input = Place.parse(context.step.input);
    const { region } = input;
    const instanceId = instanceIdOf(context, input.instance);
    const snapshotId = `${instanceId}-${operationNumber(context.operation.id)}`;
    const known = await context.aws.snapshotStatus(region, snapshotId);
    if (known === null) {
      await requireDatabase(context, input);
      await untilAnswered(context, { what: `the snapshot ${snapshotId}`, ...POLL }, () =>
        context.aws.createSnapshot(region, instanceId, snapshotId),
      );
    }
    const status = await pollUntil(context, {
      what: `the state of snapshot ${snapshotId}`,
      ...POLL,
      ask: () => context.aws.snapshotStatus(region, snapshotId),
      isDone: (state) => state === 'available' || state === 'failed',
    });
    if (status !== 'available') {
      return {
        status: 'fail',
        note: `Snapshot ${snapshotId} in ${region} is ${status}. Delete it, then resume.`,
      };
    }
    await context.evidence({ kind: 'fact', text: `Snapshot ${snapshotId} in ${region} is available` });
    return {
      status: 'done',
      note: `Snapshot ${snapshotId} keeps what is on ${instanceId}.`,
      output: { snapshotId },
    };
  },
};

/**
 * Renames a fenced old primary, so that its name is free for the copy that takes its place and nobody finds it by the old
 * one (aws-facts R-10). It is kept: diverged data cannot be had back once it is deleted.
 */
export const retire: StepAction = {
  async run(context) {
    const input = Place.parse(context.step.input);
    const { region } = input;
    const instanceId = instanceIdOf(context, input.instance);
    const number = operationNumber(context.operation.id);
    const instances = await context.aws.listDatabases(region);
    const renamed = instances.find(
      (found) =>
        found.instanceId.startsWith(`${instanceId}-fenced-`) && found.instanceId.endsWith(`-${number}`),
    );
    const date = context.now().toISOString().slice(0, 10).replaceAll('-', '');
    const newInstanceId = renamed?.instanceId ?? `${instanceId}-fenced-${date}-${number}`;
    if (!renamed) {
      const found = await requireDatabase(context, input);
      if (!isShut(found, await requireDenyAll(context, region))) {
        return {
          status: 'fail',
          note: `${instanceId} lets clients in: a rename would free its name while orders may be written on it. Fence it first.`,
        };
      }
      await untilAnswered(context, { what: `the rename of ${instanceId}`, ...POLL }, async () => {
        if (await context.aws.findDatabase(region, newInstanceId)) return;
        await context.aws.modifyDatabase(region, instanceId, { newInstanceId });
      });
    }
    await pollUntil(context, {
      what: `the rename of ${instanceId}`,
      ...POLL,
      ask: () => context.aws.findDatabase(region, newInstanceId),
      isDone: (found) => found?.status === 'available',
    });
    await pollUntil(context, {
      what: `whether the name ${instanceId} is free`,
      ...POLL,
      ask: () => context.aws.findDatabase(region, instanceId),
      isDone: (found) => found === null || found.role === 'replica',
    });
    const text = `${instanceId} is now ${newInstanceId}; it goes on costing until somebody deletes it`;
    await context.evidence({ kind: 'fact', text });
    return { status: 'done', note: `${text}.`, output: { instanceId: newInstanceId, formerId: instanceId } };
  },
};
