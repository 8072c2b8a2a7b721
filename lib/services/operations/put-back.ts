import { findEnvironment } from '#lib/domain/estate/estate.ts';
import { type ControlVerdict, notPutBackYet } from '#lib/domain/operation/state.ts';
import { mayPutBack } from '#lib/domain/recovery/left-run.ts';
import { planRecoveryRevert } from '../../operations/recovery/plan.ts';
import type { VerbContext } from '../context.ts';
import { listLaterRuns, type StoredRun, toLeftRun } from './left-runs.ts';

/** Whether what an ended recovery has left is put back now, and by which steps. As the verb would find it. */
export async function judgePutBack(
  { database, estate }: Pick<VerbContext, 'database' | 'estate'>,
  operation: StoredRun & {
    environment: string;
    endedAt: Date | null;
    revertedBy: readonly { id: string; state: string }[];
  },
): Promise<{ verdict: ControlVerdict; titles: string[] }> {
  const left = toLeftRun(operation);
  const judged = [mayPutBack(left), notPutBackYet(operation)].find(({ allowed }) => !allowed);
  if (judged) return { verdict: judged, titles: [] };
  const environment = findEnvironment(estate, operation.environment);
  if (!environment) return no('no-environment', `There is no ${operation.environment} any more.`);
  const planned = planRecoveryRevert({ environment, left, later: await listLaterRuns(database, operation) });
  if (!planned.ok) return no(planned.code, planned.message);
  const back = planned.plan.steps.filter(({ input }) => 'leftBy' in input);
  return { verdict: { allowed: true }, titles: back.map(({ title }) => title) };
}

function no(code: string, reason: string): { verdict: ControlVerdict; titles: string[] } {
  return { verdict: { allowed: false, code, reason }, titles: [] };
}
