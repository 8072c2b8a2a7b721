import type { Run } from './run.ts';
import { type Connection, type Decision, listTitles, readDecision } from './store.ts';
import { notRunWords, quoted } from './titles.ts';

/** A compensation that a person ended: who decided it and why, and the steps that put nothing back, by title. */
export interface Leaving extends Decision {
  unknown: readonly string[];
  notRun: readonly string[];
}

/** To be read once no step is under way any more. */
export async function readLeaving(connection: Connection, run: Run): Promise<Leaving> {
  const keys = run.plan.compensation.map((step) => step.key);
  return {
    ...(await readDecision(connection, run.id, 'leaving')),
    unknown: await listTitles(connection, run.id, { keys, state: 'unknown' }),
    notRun: await listTitles(connection, run.id, { keys, state: 'not-run' }),
  };
}

/** "what came of “Put the former weights back” is unknown; “Wait” did not run. Left as it is by Ann: another team has it." */
export function leavingWords({ unknown, notRun, reason }: Leaving, by: string): string {
  const words = [
    ...(unknown.length > 0 ? [`what came of ${quoted(unknown)} is unknown`] : []),
    ...notRunWords(notRun),
  ];
  return `${words.join('; ')}. Left as it is by ${by}: ${reason}`;
}
