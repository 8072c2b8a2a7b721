import { type OpenPoint, openPoints } from '#lib/domain/operation/open-points.ts';
import { withFullStop } from '#lib/domain/traffic/check.ts';
import type { Run } from './run.ts';
import { type Connection, type Decision, listSteps, readDecision } from './store.ts';
import { notRunWords, quoted } from './titles.ts';

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

/** "Ended by Ann: Frankfurt has no capacity. Open: “A test order” held when it ended; 11 steps did not run." */
export function incompleteWords({ open, closed }: Incomplete, by: string): string {
  const begun = open.filter(({ state }) => state !== 'not-run');
  const notRun = open.filter(({ state }) => state === 'not-run');
  const points = [
    ...begun.map(({ title, words }) => `${quoted([title])} ${words}`),
    ...notRunWords(notRun.map(({ title }) => title)),
  ];
  const ended = closed ? `Ended by ${by}: ${withFullStop(closed.reason)} ` : '';
  return `${ended}Open: ${points.length === 0 ? 'nothing of the plan' : points.join('; ')}.`;
}
