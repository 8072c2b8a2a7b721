'use client';

import { Fragment } from 'react';
import { ageOf } from '#components/ui/age.tsx';
import { useNow } from '#components/ui/clock.tsx';
import { EMPTY, formatAge, formatClock, plural } from '#components/ui/format.ts';
import type { Status } from '#components/ui/model.ts';
import { StatusShape } from '#components/ui/status.tsx';
import { groupsOf } from '#components/ui/step-groups.ts';
import type { PlanStep } from './model.ts';

/** The steps of a plan: what each needs, what proves it done, how long it takes, and when it last ran. */
export function PlanSteps({ steps }: { steps: readonly PlanStep[] }) {
  const now = useNow();
  const groups = groupsOf(steps);
  const noReturn = steps.find(({ irreversible }) => irreversible)?.number;
  return (
    <div className="scroll">
      <table className="tl plan-steps">
        <thead>
          <tr>
            <th className="shape-cell">
              <span className="sr">State</span>
            </th>
            <th>Step</th>
            <th>Needs</th>
            <th className="num">Usually</th>
            <th className="num">Proven</th>
          </tr>
        </thead>
        <tbody>
          {steps.map((step, index) => (
            <Fragment key={step.number}>
              {step.number === noReturn ? (
                <tr className="no-return">
                  <td colSpan={5}>
                    <span>point of no return: from here on a run goes forward only</span>
                  </td>
                </tr>
              ) : null}
              <tr className={groups[index]?.className}>
                <td>
                  <StatusShape {...proof(step, now)} />
                </td>
                <td>
                  <b>
                    {step.number}. {step.title}
                  </b>
                  {step.irreversible ? <span className="tag irr">irreversible</span> : null}
                  {groups[index]?.first === true ? (
                    <span className="tag irr">{groups[index].size} at once</span>
                  ) : null}
                  {step.refusal === null ? (
                    <span className="sub">{step.postcondition}</span>
                  ) : (
                    <span className="sub t-critical">
                      {step.refusal.reason} <span className="mono">{step.refusal.row}</span>
                    </span>
                  )}
                </td>
                <td className="nowrap soft">
                  {step.needsRegions.length === 0 ? 'none' : step.needsRegions.join(', ')}
                </td>
                <td className="num">
                  {step.typicalSeconds === null ? EMPTY : formatClock(step.typicalSeconds)}
                  <span className="sub">{step.runs === 0 ? '' : plural(step.runs, 'run')}</span>
                </td>
                <td className="num">
                  <Proven step={step} now={now} />
                </td>
              </tr>
            </Fragment>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function proof(step: PlanStep, now: number): { status: Status; label: string } {
  if (step.refusal !== null) return { status: 'critical', label: 'refused' };
  if (step.provenAt === null) return { status: 'unknown', label: 'never run' };
  return ageOf(step.provenAt, step.provenWithinSeconds, now).stale
    ? { status: 'warning', label: 'proof is old' }
    : { status: 'ok', label: 'proven' };
}

function Proven({ step, now }: { step: PlanStep; now: number }) {
  const { seconds, stale } = ageOf(step.provenAt, step.provenWithinSeconds, now);
  if (seconds === null) return <span className="t-unknown">never</span>;
  return <span className={stale ? 't-warning' : 'muted'}>{formatAge(seconds)} ago</span>;
}
