import { sentence } from '#lib/domain/recovery/words.ts';
import type { StepAction, StepContext } from '../action.ts';
import { RecordInput, SummaryInput } from './input.ts';

/** Keeps an evaluation that was made when the run was planned, as evidence of a drill (aws-facts 2.9, level 0). */
export const record: StepAction = {
  async run(context) {
    const { lines } = RecordInput.parse(context.step.input);
    for (const { verdict, text } of lines) {
      const band = verdict === 'ok' ? 'pass' : verdict === 'blocked' ? 'revert' : 'hold';
      await context.evidence({ kind: 'gate', text, data: { band, verdict } });
    }
    const ok = lines.filter(({ verdict }) => verdict === 'ok').length;
    return {
      status: 'done',
      note: `${ok} of ${lines.length} checks are ok; the rest is on record.`,
      output: { ok, of: lines.length },
    };
  },
};

/** Said beside what a failover did, so that nobody takes it for done (docs/adr/0019-means-of-fencing.md). */
const NOT_USED =
  'Means of fencing that were not used: deployments at 0, removed routes, a revoked secret (docs/adr/0019-means-of-fencing.md).';

/** What the run came to and what it leaves to be done, from what its steps left; nothing outside is asked. */
export const summary: StepAction = {
  async run(context) {
    const { of, besides } = SummaryInput.parse(context.step.input);
    const fences = of.some((key) => typeof context.outputs[key]?.fenced === 'string');
    const facts = [
      ...of.flatMap((key) => factsOf(context, key)),
      ...(fences && context.operation.kind === 'failover' ? [NOT_USED] : []),
    ];
    const debts = [...of.flatMap((key) => debtsOf(context, key)), ...besides];
    for (const text of facts) await context.evidence({ kind: 'fact', text });
    for (const text of debts) await context.evidence({ kind: 'note', text });
    const left = debts.length === 0 ? 'Nothing is left to be done.' : `Left to be done: ${debts.join(' ')}`;
    return { status: 'done', note: left, output: { facts, debts } };
  },
};

function factsOf({ outputs }: StepContext, key: string): string[] {
  const output = outputs[key] ?? {};
  const facts: string[] = [];
  if (isRpo(output.rpo))
    facts.push(
      `At declaration the last transaction of the target was ${output.rpo.seconds.toFixed(1)} s old.`,
    );
  if (typeof output.seconds === 'number') facts.push(`${key} took ${output.seconds.toFixed(1)} s.`);
  if (typeof output.count === 'number' && output.count > 0)
    facts.push(`${key}: ${output.count} orders that the writer lacks are listed.`);
  if (output.fenced === 'done') facts.push(`${key}: fenced.`);
  if (output.restored === true && Array.isArray(output.copies))
    facts.push(`Copies that replicate: ${output.copies.join(', ')}.`);
  return facts;
}

/** What nobody may forget: said here once more, beside the step that could not do it. */
function debtsOf({ outputs }: StepContext, key: string): string[] {
  const output = outputs[key] ?? {};
  const debts: string[] = [];
  if (output.omitted === true) debts.push(`${key}: left undone by decision of a person.`);
  const isUndone = typeof output.leftUndone === 'string';
  if (isUndone) debts.push(`${key}: left undone. ${sentence(String(output.why))}`);
  else if (output.fenced === 'unreachable')
    debts.push(
      output.throttled === true
        ? `${key}: the old primary is not fenced, AWS throttled that; it is fenced as soon as RDS takes it.`
        : `${key}: the old primary is not fenced; it is fenced the moment its Region answers.`,
    );
  else if (output.reached === false)
    debts.push(
      output.throttled === true
        ? `${key}: not done, AWS throttled it; its Region is there.`
        : `${key}: its Region did not answer.`,
    );
  if (output.ordered === false) debts.push(`${key}: users there cannot order yet.`);
  if (output.restored === false) debts.push(`${key}: no second copy replicates.`);
  if (output.salvaged === false && !isUndone)
    debts.push(`${key}: what only ${output.instanceId ?? 'the old database'} has was not read.`);
  return debts;
}

function isRpo(value: unknown): value is { seconds: number } {
  return (
    typeof value === 'object' && value !== null && 'seconds' in value && typeof value.seconds === 'number'
  );
}
