import { DBOS } from '@dbos-inc/dbos-sdk';
import { ENGINE } from './names.ts';
import type { Log } from './parts.ts';

/** Puts the runs that a dead worker owned back into the queue; answers how many. Several peers may do it at once. */
export type Recover = (executorId: string) => Promise<number>;

interface RecoveringExecutor {
  recoverPendingWorkflows(executorIds: string[]): Promise<unknown[]>;
}

/**
 * The engine's own re-queueing, one statement conditional on the dead owner. It is exported but not promised to stay, so
 * its presence is checked at boot; without it the public calls do the same with less: they also clear a run's attempt
 * counter and do not check who owns it. To be called after the engine is launched.
 */
export async function chooseRecovery(log: Log): Promise<Recover> {
  const executor = await findExecutor();
  if (executor) return async (executorId) => (await executor.recoverPendingWorkflows([executorId])).length;
  log.warn({}, 'this engine has no recoverPendingWorkflows: runs of dead workers are resumed one by one');
  return resumeOneByOne;
}

async function findExecutor(): Promise<RecoveringExecutor | undefined> {
  try {
    const { DBOSExecutor } = await import('@dbos-inc/dbos-sdk/internal/dbos-executor');
    const executor: unknown = DBOSExecutor?.globalInstance;
    return canRecover(executor) ? executor : undefined;
  } catch (error) {
    if (error instanceof Error && 'code' in error && MISSING_MODULE.has(String(error.code))) return undefined;
    throw error;
  }
}

const MISSING_MODULE = new Set(['ERR_MODULE_NOT_FOUND', 'ERR_PACKAGE_PATH_NOT_EXPORTED', 'MODULE_NOT_FOUND']);

function canRecover(value: unknown): value is RecoveringExecutor {
  return (
    typeof value === 'object' &&
    value !== null &&
    'recoverPendingWorkflows' in value &&
    typeof value.recoverPendingWorkflows === 'function'
  );
}

/** By the public interface alone. The queue is named, else a resumed run would leave its environment's turn. */
export async function resumeOneByOne(executorId: string): Promise<number> {
  const owned = await DBOS.listWorkflows({ status: 'PENDING', executorId, workflowName: ENGINE.workflow });
  for (const { workflowID } of owned) await DBOS.resumeWorkflow(workflowID, { queueName: ENGINE.queue });
  return owned.length;
}
