import type pg from 'pg';
import type { Plan } from '#lib/domain/operation/plan.ts';
import { appendAudit } from '../../data/audit.ts';
import { markBad } from '../releases/mark.ts';

/** A deployment that ended, as the engine tells of it. */
interface Ended {
  state: string;
  /** Why it stopped before its last step, if it did. */
  stop: { how: string; by: string; note?: string } | null;
  executorId: string;
}

/**
 * A release that a gate turned round is bad: nothing is deployed or rolled back to it until somebody clears it. One that a
 * person reverted is not, unless they say so: there may have been another reason (docs/deployments.md).
 */
export async function markBadReleases(
  connection: Pick<pg.ClientBase, 'query'>,
  run: { id: string; environment: string; kind: string; plan: Plan },
  { stop, executorId }: Ended,
): Promise<void> {
  if (run.kind !== 'deployment' || stop?.how !== 'revert' || stop.by !== 'step') return;
  const version = run.plan.steps.find(({ action }) => action === 'deploy.images')?.input.version;
  if (typeof version !== 'string') return;
  const reason = stop.note ?? `${run.id} was turned round by its gate.`;
  const marked = await markBad(connection, { version, reason, operation: run.id, by: null });
  if (!marked) return;
  await appendAudit(connection, {
    verb: 'release.mark-bad',
    actor: { kind: 'worker', id: executorId },
    outcome: 'done',
    subject: `release/${version}`,
    operation: run.id,
    environment: run.environment,
    via: 'engine',
    message: reason.slice(0, 500),
  });
}
