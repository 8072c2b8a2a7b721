import type { PlannedStep } from '#lib/domain/operation/plan.ts';

/** How a step that passes without what it is there for is named in the outcome of its run, by `leftUndone` of its output. */
export function undoneWords({ title }: Pick<PlannedStep, 'title'>, why: string): string {
  return `“${title}”: ${why.replace(/[.]$/, '')}`;
}
