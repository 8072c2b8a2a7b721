import type { PlannedStep } from '../operation/plan.ts';

/** What a step leaves in its output that ended, so that the run could go on, without having done what it is there for. */
const NOT_CARRIED_OUT: readonly (readonly [field: string, value: unknown])[] = [
  ['reached', false],
  ['ordered', false],
  ['fenced', 'unreachable'],
  ['fenced', 'unknown'],
  ['restored', false],
  ['salvaged', false],
  ['leftDns', false],
  ['passed', false],
  ['omitted', true],
];

/** Whether a step that ended as done did what it is there for: one of best effort ends so whatever it came to. */
export function wasCarriedOut(output: unknown): boolean {
  if (typeof output !== 'object' || output === null) return true;
  const said = new Map<string, unknown>(Object.entries(output));
  return !NOT_CARRIED_OUT.some(([field, value]) => said.get(field) === value);
}

/** Keys of the steps that are proven by this one, which ended as done with that output (PRODUCT.md, idea 12). */
export function provenBy(step: Pick<PlannedStep, 'key' | 'proves'>, output: unknown): readonly string[] {
  return wasCarriedOut(output) ? (step.proves ?? [step.key]) : [];
}
