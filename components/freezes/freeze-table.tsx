'use client';

import Link from 'next/link';
import { ActButton } from '#components/shell/act-button.tsx';
import { StatusWord } from '#components/ui/status.tsx';
import { liftPlan } from './lift-plan.ts';
import type { FreezeRow, FreezesActions } from './model.ts';
import { DayTime } from './when.tsx';

interface FreezeTableProps {
  rows: readonly FreezeRow[];
  past: boolean;
  /** A panel stands beside it, which says the rest. */
  compact: boolean;
  lift: FreezesActions['lift'];
}

/** Freezes one under the other: what, where, when, by whom and why. */
export function FreezeTable({ rows, past, compact, lift }: FreezeTableProps) {
  return (
    <div className="scroll">
      <table className="fold one">
        <thead>
          <tr>
            <th>Freeze</th>
            <th>Region</th>
            <th>State</th>
            <th>{past ? 'Was' : 'When'}</th>
            {compact ? null : (
              <>
                <th>Reason</th>
                <th>By</th>
              </>
            )}
            {past ? null : (
              <th>
                <span className="sr">Lift</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id} className={row.current ? 'sel' : undefined}>
              <td>
                <Link
                  className="link"
                  href={row.href}
                  scroll={false}
                  aria-current={row.current ? 'true' : undefined}
                >
                  {row.title}
                </Link>
                <span className="sub">{row.what}</span>
              </td>
              <td data-l="Region">{row.region}</td>
              <td data-l="State">
                <StatusWord status={row.status}>{row.word}</StatusWord>
              </td>
              <td className="full freeze-when" data-l={past ? 'Was' : 'When'}>
                <DayTime at={row.startsAt} /> –{' '}
                {row.endsAt === null ? 'until lifted' : <DayTime at={row.endsAt} />}
                {row.recurs === null ? null : <span className="sub">{row.recurs}</span>}
              </td>
              {compact ? null : (
                <>
                  <td className="soft wide-note full" data-l="Reason">
                    {row.reason}
                  </td>
                  <td data-l="By">{row.by}</td>
                </>
              )}
              {past ? null : (
                <td className="num full">
                  <ActButton
                    tone="quiet"
                    plan={liftPlan(row)}
                    permission={row.lift}
                    run={(reason) => lift(row.id, reason)}
                    of={row.title}
                  >
                    Lift
                  </ActButton>
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
