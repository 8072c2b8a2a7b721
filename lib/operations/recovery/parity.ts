import type { DatabaseObservation } from '#lib/domain/observation/kinds.ts';
import type { DatabaseChange } from '../../ports/recovery.ts';
import type { StepAction } from '../action.ts';
import { pollUntil } from '../poll.ts';
import { dropSessions } from './fence.ts';
import { ParityInput } from './input.ts';
import { requireDatabase } from './instance.ts';
import { reachState } from './reach-state.ts';

const POLL = { everyMs: 500, longestMs: 15_000 };

type Wanted = ReturnType<typeof ParityInput.parse>;

/**
 * The settings that a copy does not inherit: backups, Multi-AZ, deletion protection, and across Regions the parameter group,
 * which RDS leaves at its default (aws-facts B-19). A parameter group acts after a reboot, so there is one where it changed.
 */
export const parity: StepAction = {
  async run(context) {
    const wanted = ParityInput.parse(context.step.input);
    const { region } = wanted;
    const before = await requireDatabase(context, wanted);
    const { instanceId } = before;
    const change = missing(before, wanted);
    const { state, already } = await reachState(context, {
      what: `the settings of ${instanceId}`,
      ...POLL,
      read: () => requireDatabase(context, wanted),
      isSo: (found) => Object.keys(missing(found, wanted)).length === 0 && found.status === 'available',
      write: async (found) => {
        // Asked for once already and under way: RDS takes no second change before it is through.
        const rest = missing(found, wanted);
        if (found.status === 'available' && Object.keys(rest).length > 0)
          await context.aws.modifyDatabase(region, instanceId, rest);
      },
    });
    const restarts =
      wanted.parameterGroup !== null && (change.parameterGroup !== undefined || context.attempt > 1);
    if (restarts) {
      await dropSessions(context, { region, instanceId });
      await pollUntil(context, {
        what: `the reboot of ${instanceId}`,
        ...POLL,
        ask: () => requireDatabase(context, wanted),
        isDone: ({ status }) => status === 'available',
      });
    }
    const text = `${instanceId}: backups ${state.backupRetentionDays} days, Multi-AZ ${state.multiAz ? 'on' : 'off'}, deletion protection ${state.deletionProtection ? 'on' : 'off'}, parameter group ${state.parameterGroup ?? 'unknown'}`;
    await context.evidence({ kind: 'fact', text, data: { changed: change } });
    return {
      status: already && !restarts ? 'skipped' : 'done',
      note: already ? `${instanceId} has all settings already.` : `${text}.`,
      output: { changed: Object.keys(change) },
    };
  },
};

/** What of the wanted settings the instance does not have. */
function missing(found: DatabaseObservation, wanted: Wanted): DatabaseChange {
  return {
    ...(found.backupRetentionDays < wanted.backupRetentionDays
      ? { backupRetentionDays: wanted.backupRetentionDays }
      : {}),
    ...(found.multiAz === wanted.multiAz ? {} : { multiAz: wanted.multiAz }),
    ...(found.deletionProtection === wanted.deletionProtection
      ? {}
      : { deletionProtection: wanted.deletionProtection }),
    ...(wanted.parameterGroup === null || found.parameterGroup === wanted.parameterGroup
      ? {}
      : { parameterGroup: wanted.parameterGroup }),
  };
}
