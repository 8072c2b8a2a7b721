'use client';

import Link from 'next/link';
import { Fragment } from 'react';
import { Button } from '#components/ui/button.tsx';
import { FailureNote } from '#components/ui/failure-note.tsx';
import { type ActionResult, reasonOf } from '#components/ui/model.ts';
import { StatusWord } from '#components/ui/status.tsx';
import { useAction } from '#components/ui/use-action.ts';
import type { ExceptionRow } from './model.ts';
import { DayTime } from './when.tsx';

interface ExceptionTableProps {
  rows: readonly ExceptionRow[];
  end: (id: string) => Promise<ActionResult>;
}

/** What may go through, whose, until when; what went through by it. */
export function ExceptionTable({ rows, end }: ExceptionTableProps) {
  const { busy, failure, run } = useAction();
  return (
    <>
      <FailureNote failure={failure} verb="Not taken back" />
      <div className="scroll">
        <table className="fold one">
          <thead>
            <tr>
              <th>What</th>
              <th>Through</th>
              <th>For</th>
              <th>State</th>
              <th>Until</th>
              <th>Reason</th>
              <th>By</th>
              <th>Used by</th>
              <th>
                <span className="sr">Take back</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.id}>
                <td>
                  <b>{row.what}</b>
                </td>
                <td data-l="Through">
                  <Link className="link" href={row.freeze.href} scroll={false}>
                    {row.freeze.title}
                  </Link>
                </td>
                <td className="full" data-l="For">
                  {row.who}
                  <span className="sub">{row.once ? 'one operation' : 'until it ends'}</span>
                </td>
                <td data-l="State">
                  <StatusWord status={row.status}>{row.word}</StatusWord>
                </td>
                <td data-l="Until">
                  <DayTime at={row.endsAt} />
                </td>
                <td className="soft wide-note full" data-l="Reason">
                  {row.reason}
                </td>
                <td data-l="By">{row.by}</td>
                <td data-l="Used by">
                  <UsedBy row={row} />
                </td>
                <td className="num full">
                  <Button
                    tone="quiet"
                    busy={busy}
                    reason={reasonOf(row.end)}
                    onClick={() => run(() => end(row.id))}
                  >
                    Take back{' '}
                    <span className="sr">
                      {row.what} through {row.freeze.title}, for {row.who}
                    </span>
                  </Button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

export function UsedBy({ row }: { row: Pick<ExceptionRow, 'usedBy'> }) {
  if (row.usedBy.length === 0) return <span className="muted">nothing yet</span>;
  return row.usedBy.map(({ id, href }, index) => (
    <Fragment key={id}>
      {index === 0 ? '' : ', '}
      <Link className="link nowrap" href={href}>
        {id}
      </Link>
    </Fragment>
  ));
}
