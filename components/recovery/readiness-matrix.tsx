'use client';

import Link from 'next/link';
import { Fragment } from 'react';
import { ageOf } from '#components/ui/age.tsx';
import { useNow } from '#components/ui/clock.tsx';
import { gridCell, LinkGrid } from '#components/ui/link-grid.tsx';
import type { Status } from '#components/ui/model.ts';
import { StatusShape, StatusWord, statusText } from '#components/ui/status.tsx';
import type { CheckDetail, CheckGroup, ReadinessCell, Scenario } from './model.ts';

const SPOKEN = {
  ok: 'passes',
  warning: 'warns',
  critical: 'fails',
  unknown: 'unknown',
  held: 'held',
  running: 'being evaluated',
  waiting: 'not evaluated',
} satisfies Record<Status, string>;

interface MatrixProps {
  scenarios: readonly Scenario[];
  groups: readonly CheckGroup[];
  chosen: CheckDetail | null;
}

/** Checks down, scenarios across; what passes is quiet, what does not says in a few characters why. */
export function ReadinessMatrix({ scenarios, groups, chosen }: MatrixProps) {
  const now = useNow();
  const rows = groups.flatMap(({ checks }) => checks);
  const start = {
    row: Math.max(
      0,
      rows.findIndex(({ id }) => id === chosen?.checkId),
    ),
    column: Math.max(
      0,
      scenarios.findIndex(({ id }) => id === chosen?.scenarioId),
    ),
  };
  return (
    <LinkGrid rows={rows.length} columns={scenarios.length} start={start}>
      {(tabIndexOf) => (
        <div className="scroll">
          <table className="tight matrix" style={{ minWidth: 188 + 92 * scenarios.length }}>
            <colgroup>
              <col className="check-col" />
              {scenarios.map(({ id }) => (
                <col key={id} />
              ))}
            </colgroup>
            <thead>
              <tr>
                <th>
                  <span className="sr">Check</span>
                </th>
                {scenarios.map((scenario) => (
                  <th key={scenario.id} scope="col">
                    <b>{scenario.name}</b>
                    <span className="sub">{scenario.what}</span>
                  </th>
                ))}
              </tr>
              <tr className="verdicts">
                <th scope="row">Verdict</th>
                {scenarios.map((scenario) => (
                  <th key={scenario.id}>
                    <StatusWord status={scenario.status}>{scenario.word}</StatusWord>
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {groups.map((group) => (
                <Fragment key={group.name}>
                  <tr className="group">
                    <th scope="rowgroup" colSpan={scenarios.length + 1}>
                      {group.name}
                    </th>
                  </tr>
                  {group.checks.map((check) => {
                    const row = rows.indexOf(check);
                    return (
                      <tr key={check.id}>
                        <th scope="row">{check.name}</th>
                        {check.cells.map((cell, column) => {
                          const scenario = scenarios[column];
                          const open = check.id === chosen?.checkId && scenario?.id === chosen.scenarioId;
                          return (
                            <td
                              key={scenario?.id}
                              data-l={scenario?.name}
                              className={open ? 'open' : undefined}
                            >
                              {cell === null ? (
                                <span className="muted" title="It says nothing about this scenario.">
                                  ·<span className="sr">does not apply</span>
                                </span>
                              ) : (
                                <Link
                                  {...gridCell({ row, column })}
                                  href={cell.href}
                                  scroll={false}
                                  tabIndex={tabIndexOf({ row, column })}
                                  aria-current={open ? 'true' : undefined}
                                >
                                  <Cell cell={cell} now={now} />
                                </Link>
                              )}
                            </td>
                          );
                        })}
                      </tr>
                    );
                  })}
                </Fragment>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </LinkGrid>
  );
}

function Cell({ cell, now }: { cell: ReadinessCell; now: number }) {
  const { stale } = ageOf(cell.at, cell.withinSeconds, now);
  const status: Status = stale ? 'unknown' : cell.status;
  const className = stale ? 'stale' : status === 'ok' ? 'muted' : statusText(status);
  return (
    <>
      <StatusShape status={status} label={SPOKEN[status]} />
      {cell.figure === '' ? null : <span className={className}>{cell.figure}</span>}
    </>
  );
}
