import { type OpenPoint, openPoints } from '#lib/domain/operation/open-points.ts';
import type { Run } from './run.ts';
import { type Connection, type Decision, listSteps, readDecision } from './store.ts';

/** A run that ended with something open: what that is, and who ended it, unless it went to its end. */
export interface Incomplete {
  open: OpenPoint[];
  closed: Decision | null;
}

/** To be read once no step is under way any more. */
export async function readIncomplete(
  connection: Connection,
  run: Run,
  how: { closed: boolean },
): Promise<Incomplete> {
  const keys = run.plan.steps.map((step) => step.key);
  return {
    open: openPoints(await listSteps(connection, run.id, keys)),
    closed: how.closed ? await readDecision(connection, run.id, 'closing') : null,
  };
}

/** "Ended incomplete by Ann: Frankfurt has no capacity. Open: “A new copy in eu-west-1” did not run." */
export function incompleteWords({ open, closed }: Incomplete, by: string): string {
  const points = open.map(({ title, words }) => `“${title}” ${words}`).join('; ');
  const ended = closed ? `Ended incomplete by ${by}: ${withFullStop(closed.reason)} ` : '';
  return `${ended}Open: ${points === '' ? 'nothing of the plan' : points}.`;
}

function withFullStop(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
