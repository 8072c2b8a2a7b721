import Link from 'next/link';
import { Moment } from '#components/ui/age.tsx';
import { EMPTY, formatClock } from '#components/ui/format.ts';
import { PageHead } from '#components/ui/layout.tsx';
import { Pager } from '#components/ui/pager.tsx';
import { LinkTabs } from '#components/ui/segmented.tsx';
import { Empty } from '#components/ui/states.tsx';
import { StatusWord } from '#components/ui/status.tsx';
import type { OperationRow, OperationsModel } from './model.ts';

/** Every operation of the environment, newest first. */
export function OperationsView({ operations }: { operations: OperationsModel }) {
  return (
    <>
      <PageHead
        status={operations.status}
        answer={operations.answer}
        detail={operations.detail}
        actions={<LinkTabs label="Which operations" items={operations.filters} />}
      />
      {operations.rows.length === 0 ? (
        <div className="pad">
          <Empty title="No operation here.">{operations.emptyText}</Empty>
        </div>
      ) : (
        <div className="scroll">
          <table className="fold one">
            <thead>
              <tr>
                <th>Operation</th>
                <th>What</th>
                <th>State</th>
                <th>Requested by</th>
                <th>Approved by</th>
                <th className="num">Began</th>
                <th className="num">Took</th>
              </tr>
            </thead>
            <tbody>
              {operations.rows.map((row) => (
                <Row key={row.id} row={row} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Pager
        summary={operations.summary}
        hint="keys: J K move, Enter opens"
        newer={operations.newer}
        older={operations.older}
      />
    </>
  );
}

function Row({ row }: { row: OperationRow }) {
  return (
    <tr className={row.status === 'held' ? 'refused' : undefined}>
      <td>
        <Link className="row-link" href={row.href} data-row>
          <b>{row.id}</b>
        </Link>
        <span className="sub">{row.kind}</span>
      </td>
      <td className="full wrap">{row.what}</td>
      <td data-l="State">
        <StatusWord status={row.status}>{row.word}</StatusWord>
      </td>
      <td data-l="Requested by">{row.requestedBy}</td>
      <td className="soft" data-l="Approved by">
        {row.approvedBy === '' ? EMPTY : row.approvedBy}
      </td>
      <td className="num soft" data-l="Began">
        <Moment at={row.startedAt} />
      </td>
      <td className="num" data-l="Took">
        {row.tookSeconds === null ? EMPTY : formatClock(row.tookSeconds)}
      </td>
    </tr>
  );
}
