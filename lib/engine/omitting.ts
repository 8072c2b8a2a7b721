import type pg from 'pg';
import type { PlannedStep } from '#lib/domain/operation/plan.ts';
import { appendAudit } from '../data/audit.ts';
import type { StepOutcome } from '../operations/action.ts';
import type { EngineParts } from './parts.ts';
import type { Run } from './run.ts';
import { findDecision, type LockedOperation, markOmitted, resumeUnlessHeld } from './store.ts';
import { recordEvent } from './transaction.ts';

interface Omitting {
  parts: EngineParts;
  run: Run;
  step: PlannedStep;
  connection: pg.PoolClient;
  operation: LockedOperation;
}

/**
 * Goes on without a step where a person decided so while it held: it is recorded as left undone, with who and why, and what
 * follows runs. Undefined where nobody did, or the plan does not allow it.
 */
export async function omitStep(omitting: Omitting): Promise<StepOutcome | undefined> {
  const { parts, run, step, connection, operation } = omitting;
  if (step.omissible !== true) return undefined;
  const decision = await findDecision(connection, run.id, { kind: 'omitting', stepKey: step.key });
  if (!decision) return undefined;
  const by = (who: string) => `Left undone by ${who}: ${decision.reason}`;
  const text = by(decision.person);
  await markOmitted(connection, run.id, {
    key: step.key,
    note: { at: parts.now().toISOString(), kind: 'note', text },
  });
  await recordEvent(connection, run.id, {
    kind: 'omitted',
    stepKey: step.key,
    executor: parts.executorId,
    detail: { note: text, personId: decision.personId },
  });
  if (operation.state === 'holding')
    await resumeUnlessHeld(connection, { id: run.id, state: operation.state });
  await appendAudit(connection, {
    verb: 'operation.step',
    actor: { kind: 'worker', id: parts.executorId },
    outcome: 'done',
    subject: `operation/${run.id}`,
    operation: run.id,
    environment: run.environment,
    via: 'engine',
    ...(step.region ? { region: step.region } : {}),
    message: by(`person ${decision.personId}`).slice(0, 500),
    detail: { step: step.key, status: 'omitted' },
  });
  return { status: 'skipped', note: text };
}
