'use client';

import Link from 'next/link';
import { useNow } from '#components/ui/clock.tsx';
import { formatClock, plural } from '#components/ui/format.ts';
import type { Status } from '#components/ui/model.ts';
import { Prose } from '#components/ui/prose.tsx';
import { StatusShape, statusText } from '#components/ui/status.tsx';
import type { RecoveryClock } from '#lib/domain/operation/plan.ts';
import type { DecideOption, ProjectedClock } from './decide-model.ts';
import { type Projection, project } from './projection.ts';

const CLOCKS: readonly { key: RecoveryClock; name: string }[] = [
  { key: 'writes', name: 'Writes restored' },
  { key: 'reads', name: 'Reads normal' },
  { key: 'redundancy', name: 'Redundancy restored' },
];

/** The bars of all options share this axis: 0–15 min, as on the run’s page. */
const AXIS_SECONDS = 15 * 60;

/** The ways on, side by side: what each clock would show, and what else it means. The chosen column is the request’s. */
export function DecideOptions({ options, zeroAt }: { options: readonly DecideOption[]; zeroAt: string }) {
  const elapsed = Math.max(0, (useNow() - Date.parse(zeroAt)) / 1000);
  const terms = options[0]?.lines.map(({ term }) => term) ?? [];
  const column = (option: DecideOption) => (option.selected ? 'chosen' : undefined);
  return (
    <div className="scroll">
      <table className="tight options">
        <colgroup>
          <col className="term-col" />
          {options.map(({ key }) => (
            <col key={key} />
          ))}
        </colgroup>
        <thead>
          <tr>
            <th>
              <span className="sr">What it means</span>
            </th>
            {options.map((option) => (
              <th key={option.key} className={column(option)} scope="col">
                <OptionHead option={option} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {CLOCKS.map(({ key, name }) => (
            <tr key={key}>
              <th scope="row">{name}</th>
              {options.map((option) => (
                <td key={option.key} className={column(option)}>
                  <ClockCell clock={option.clocks[key]} elapsed={elapsed} />
                </td>
              ))}
            </tr>
          ))}
          {terms.map((term, index) => (
            <tr key={term}>
              <th scope="row">{term}</th>
              {options.map((option) => {
                const line = option.lines[index];
                return (
                  <td key={option.key} className={column(option)}>
                    {line === undefined ? null : <Line status={line.status} text={line.text} />}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function OptionHead({ option }: { option: DecideOption }) {
  return (
    <Link
      href={option.href}
      scroll={false}
      replace
      className="option-head"
      aria-current={option.selected ? 'true' : undefined}
      data-row
    >
      <span className="inline tight-gap">
        <i className={option.selected ? 'radio on' : 'radio'} />
        <b>{option.title}</b>
      </span>
      <span className="sub">
        {!option.permission.allowed ? (
          <Prose text={option.permission.reason} />
        ) : option.recommended === null ? null : (
          <>
            <b>Recommended:</b> <Prose text={option.recommended} />
          </>
        )}
      </span>
    </Link>
  );
}

function Line({ status, text }: { status: Status; text: string }) {
  if (status === 'ok') return <Prose text={text} />;
  return (
    <span className="st regular st-top">
      <StatusShape status={status} label={status} />
      <span>
        <Prose text={text} />
      </span>
    </span>
  );
}

const VERDICT = { within: 'ok', 'may-miss': 'warning', misses: 'critical' } as const;

function ClockCell({ clock, elapsed }: { clock: ProjectedClock; elapsed: number }) {
  const projection = project(clock, elapsed);
  const { history, note } = clock;
  return (
    <>
      <span className="spread">
        <Figure projection={projection} note={note} />
        <span className="muted nowrap">budget {formatClock(clock.budgetSeconds)}</span>
      </span>
      <ProjectionBar projection={projection} elapsed={elapsed} budget={clock.budgetSeconds} />
      <span className="sub">
        {projection.kind === 'projected' && history !== null
          ? `own median ${formatClock(history.medianSeconds)}, p95 ${formatClock(history.p95Seconds)}, ${plural(history.runs, 'run')}${note === null ? '' : `; ${note}`}`
          : projection.kind === 'stopped'
            ? 'already so'
            : ' '}
      </span>
    </>
  );
}

function Figure({ projection, note }: { projection: Projection; note: string | null }) {
  if (projection.kind === 'none') return <span className="t-unknown">{note ?? 'not by this'}</span>;
  if (projection.kind === 'stopped')
    return (
      <span className={projection.met ? 't-ok' : 't-critical'}>
        <b>{formatClock(projection.seconds)}</b>
      </span>
    );
  const status = VERDICT[projection.verdict];
  return (
    <span className={`st ${status === 'ok' ? '' : statusText(status)}`}>
      {status === 'ok' ? null : <StatusShape status={status} label={projection.verdict} />}
      {formatClock(projection.low)}–{formatClock(projection.high)}
    </span>
  );
}

interface BarProps {
  projection: Projection;
  elapsed: number;
  budget: number;
}

/** Solid: passed already. Hatched: projected, median to p95. Tick: the budget. */
function ProjectionBar({ projection, elapsed, budget }: BarProps) {
  const percent = (seconds: number) => Math.min(100, (seconds / AXIS_SECONDS) * 100);
  const passed = projection.kind === 'stopped' ? projection.seconds : elapsed;
  return (
    <span className="bar projection" aria-hidden="true">
      <i
        className={projection.kind === 'stopped' ? undefined : 'a'}
        style={{ width: `${percent(passed)}%` }}
      />
      {projection.kind === 'projected' ? (
        <>
          <i
            className="hatch-a"
            style={{ left: `${percent(elapsed)}%`, width: `${percent(projection.high) - percent(elapsed)}%` }}
          />
          <s style={{ left: `${percent(projection.low)}%` }} />
        </>
      ) : null}
      <u style={{ left: `${percent(budget)}%` }} />
    </span>
  );
}
