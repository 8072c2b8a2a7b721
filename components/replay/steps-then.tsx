import { StatusShape } from '#components/ui/status.tsx';
import { stepStatusAt } from './frames.ts';
import type { ReplayStep } from './model.ts';

interface StepsThenProps {
  steps: readonly ReplayStep[];
  at: number;
  onSeek: (at: number) => void;
}

/** Every step as it stood; one that began is a place to go to. */
export function StepsThen({ steps, at, onSeek }: StepsThenProps) {
  return (
    <ol className="steps-then">
      {steps.map((step) => {
        const status = stepStatusAt(step, at);
        const { from } = step;
        return (
          <li key={step.number} className={status}>
            <StatusShape status={status} label={status} />
            {from === null ? (
              <span>
                {step.number}. {step.title}
              </span>
            ) : (
              <button type="button" onClick={() => onSeek(from)}>
                {step.number}. {step.title}
              </button>
            )}
            {step.irreversible ? <span className="tag">irreversible</span> : null}
          </li>
        );
      })}
    </ol>
  );
}
