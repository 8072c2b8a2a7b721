import type { Plan } from '#lib/domain/operation/plan.ts';
import type { LeftRun } from '#lib/domain/recovery/left-run.ts';
import type { LaterRun } from '#lib/operations/recovery/plan.ts';
import type { PlanRun } from './plan-runner.ts';

/** A run with what it was asked to do, by its number. */
export interface NumberedRun extends PlanRun {
  id: string;
  plan: Plan;
}

/** The run as its record says that it was left, when an emergency has taken its environment. */
export function supersededRun({ id, plan, steps, outputs }: NumberedRun): LeftRun {
  return {
    id,
    title: plan.title,
    kind: plan.kind,
    state: 'superseded',
    plan,
    steps: plan.steps.map(({ key, title, irreversible }) => {
      const ran = steps.find(({ step }) => step.key === key);
      return {
        key,
        title,
        irreversible,
        state: ran?.outcome.status ?? 'not-run',
        attempt: ran?.attempts ?? 0,
        output: outputs[key] ?? null,
      };
    }),
  };
}

/** A run that came after it, with the steps of it that have changed something. */
export function laterRun({ id, plan, steps }: NumberedRun): LaterRun {
  const changed = steps.filter(({ calls }) => calls.some(({ mutating }) => mutating));
  return { id, title: plan.title, changed: changed.map(({ step }) => step) };
}
