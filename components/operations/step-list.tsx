import { Fragment } from 'react';
import { CopyBlock } from '#components/ui/code.tsx';
import { formatClock, formatUtcTime } from '#components/ui/format.ts';
import type { Status } from '#components/ui/model.ts';
import { Prose } from '#components/ui/prose.tsx';
import { DurationBar } from '#components/ui/share-bar.tsx';
import { StatusShape } from '#components/ui/status.tsx';
import { groupsOf, type StepGroup } from '#components/ui/step-groups.ts';
import { STEP_SPOKEN } from '#components/ui/step-words.ts';
import type { OperationStep } from './model.ts';
import type { RecoveryRun } from './recovery-model.ts';

const OPEN_FROM_THE_START: readonly Status[] = ['running', 'held', 'critical', 'unknown'];

interface StepListProps {
  steps: readonly OperationStep[];
  noReturn?: RecoveryRun['noReturn'];
}

/** The timeline of a run: each step with what was observed, and on demand its evidence and command. */
export function StepList({ steps, noReturn = null }: StepListProps) {
  const groups = groupsOf(steps);
  return (
    <table className="tl">
      <thead>
        <tr>
          <th className="shape-cell">
            <span className="sr">State</span>
          </th>
          <th>Step</th>
          <th>Region</th>
          <th className="num">Began</th>
          <th className="num">Took</th>
          <th className="dur-cell">
            <span className="sr">Beside its own history</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {steps.map((step, index) => (
          <Fragment key={step.number}>
            {step.number === noReturn?.step ? <NoReturn passedSeconds={noReturn.passedSeconds} /> : null}
            <Step step={step} group={groups[index]} />
            {isOpen(step) && hasEvidence(step) ? (
              <tr className="cur">
                <td />
                <td colSpan={5} className="ev-cell">
                  <Evidence step={step} />
                </td>
              </tr>
            ) : null}
          </Fragment>
        ))}
      </tbody>
    </table>
  );
}

/** The line behind which nothing is put back any more. */
function NoReturn({ passedSeconds }: { passedSeconds: number | null }) {
  return (
    <tr className={passedSeconds === null ? 'no-return' : 'no-return passed'}>
      <td colSpan={6}>
        <span>
          {passedSeconds === null
            ? 'point of no return: up to here an abort puts everything back'
            : `point of no return, passed ${formatClock(passedSeconds)}: it goes forward only`}
        </span>
      </td>
    </tr>
  );
}

function Step({ step, group }: { step: OperationStep; group: StepGroup | undefined }) {
  const open = isOpen(step);
  const rowClass = [open ? 'cur' : step.status === 'waiting' ? 'fut' : '', group?.className ?? '']
    .filter((name) => name !== '')
    .join(' ');
  return (
    <tr className={rowClass === '' ? undefined : rowClass}>
      <td>
        <StatusShape status={step.status} label={STEP_SPOKEN[step.status]} />
      </td>
      <td>
        <b>
          {step.number}. <Prose text={step.title} />
        </b>
        {step.irreversible === true ? <span className="tag irr">irreversible</span> : null}
        {group?.first === true ? <span className="tag irr">{group.size} at once</span> : null}
        {open || !hasEvidence(step) ? (
          <span className={open ? 'sub now' : 'sub'}>
            <Prose text={step.detail ?? ''} />
          </span>
        ) : (
          <details className="evidence">
            <summary className="sub">
              <Prose text={step.detail ?? ''} /> <span className="link nowrap">{evidenceWord(step)}</span>
            </summary>
            <Evidence step={step} />
          </details>
        )}
      </td>
      <td className="nowrap soft">{step.region}</td>
      <td className="num">{step.beganSeconds === null ? '' : formatClock(step.beganSeconds)}</td>
      <td className={step.status === 'running' ? 'num t-accent' : 'num'}>
        <Took step={step} />
      </td>
      <td>
        {step.tookSeconds === null ? null : (
          <DurationBar
            seconds={step.tookSeconds}
            usual={step.usualSeconds}
            running={step.status === 'running'}
          />
        )}
      </td>
    </tr>
  );
}

function Took({ step }: { step: OperationStep }) {
  if (step.tookSeconds !== null)
    return step.status === 'running' ? <b>{formatClock(step.tookSeconds)}</b> : formatClock(step.tookSeconds);
  return step.usualSeconds === null ? '' : `~ ${formatClock(step.usualSeconds)}`;
}

function Observations({ label, items }: { label: string; items: OperationStep['evidence'] }) {
  return (
    <CopyBlock label={label}>
      {items.map((item) => (
        <span key={`${item.at} ${item.what} ${item.requestId}`} className="ev-line">
          <span className="k">{formatUtcTime(new Date(item.at))}</span> {item.what} {item.outcome}
          {item.requestId === undefined ? null : (
            <>
              {' '}
              <span className="k">request</span> {item.requestId}
            </>
          )}
        </span>
      ))}
    </CopyBlock>
  );
}

const isOpen = (step: OperationStep) => OPEN_FROM_THE_START.includes(step.status);
const hasEvidence = (step: OperationStep) => step.evidence.length > 0 || step.commands.length > 0;

function evidenceWord(step: OperationStep): string {
  return step.evidence.length === 0
    ? counted(step.commands.length, 'command')
    : counted(step.evidence.length, 'observation');
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

/** A step that dwells observes every few seconds: the newest stand open, the rest behind a line. */
const NEWEST = 8;

function Evidence({ step }: { step: OperationStep }) {
  const earlier = step.evidence.slice(0, -NEWEST);
  return (
    <>
      {earlier.length === 0 ? null : (
        <details className="evidence">
          <summary className="sub link">{earlier.length} earlier</summary>
          <Observations label={`Earlier evidence of step ${step.number}`} items={earlier} />
        </details>
      )}
      {step.evidence.length === 0 ? null : (
        <Observations label={`Evidence of step ${step.number}`} items={step.evidence.slice(-NEWEST)} />
      )}
      {step.commands.length === 0 ? null : <Commands step={step} />}
    </>
  );
}

/** All that a person would type, in a block that scrolls. */
function Commands({ step: { number, commands } }: { step: OperationStep }) {
  return (
    <CopyBlock
      copy={commands.join('\n')}
      label={`Equivalent ${commands.length === 1 ? 'command' : 'commands'} of step ${number}`}
    >
      <ul className="commands">
        {commands.map((command) => (
          <li key={command} className="ev-line">
            <span className="k">$</span> {command}
          </li>
        ))}
      </ul>
    </CopyBlock>
  );
}
