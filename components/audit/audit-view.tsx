import Link from 'next/link';
import { Fragment } from 'react';
import { Button } from '#components/ui/button.tsx';
import { CopyBlock } from '#components/ui/code.tsx';
import { EMPTY, formatNumber, formatUtcDay, formatUtcFull, formatUtcTime } from '#components/ui/format.ts';
import { DefinitionList, PageHead } from '#components/ui/layout.tsx';
import { type ActionResult, reasonOf } from '#components/ui/model.ts';
import { Pager } from '#components/ui/pager.tsx';
import { Empty } from '#components/ui/states.tsx';
import { StatusWord } from '#components/ui/status.tsx';
import { AuditFilters } from './audit-filters.tsx';
import type { AuditEntry, AuditModel, AuditRow } from './model.ts';
import { VerifyButton } from './verify-button.tsx';

const COLUMNS = 9;

/** The log: dense, filtered by the server, one row open with exactly what was hashed. */
export function AuditView({
  audit,
  actions,
}: {
  audit: AuditModel;
  actions: { verify: () => Promise<ActionResult> };
}) {
  const { exports, open } = audit;
  return (
    <>
      <PageHead
        status={audit.status}
        answer={audit.answer}
        detail={
          <>
            <StatusWord status={audit.chain.status}>{audit.chain.word}</StatusWord> {audit.chain.detail}
          </>
        }
        actions={
          <>
            <VerifyButton reason={reasonOf(audit.verify)} verify={actions.verify} />
            {exports.permission.allowed ? (
              <>
                <a className="btn" href={exports.csv} download>
                  {exports.label}
                </a>
                <a className="btn" href={exports.json} download>
                  JSON
                </a>
              </>
            ) : (
              <Button reason={exports.permission.reason}>{exports.label}</Button>
            )}
          </>
        }
      />
      <AuditFilters filters={audit.filters} query={audit.query} counts={audit.counts} />
      {audit.rows.length === 0 ? (
        <div className="pad">
          <Empty title="No row matches.">
            Take a filter away, or look further back. Nothing is ever deleted from this log.
          </Empty>
        </div>
      ) : (
        <div className="scroll">
          <table className="tight fold one">
            <thead>
              <tr>
                <th className="num">Row</th>
                <th>Time, UTC</th>
                <th>Actor</th>
                <th>Action</th>
                <th>Object</th>
                <th>Region</th>
                <th>Outcome</th>
                <th className="reason-cell">Reason or evidence</th>
                <th>Hash</th>
              </tr>
            </thead>
            <tbody>
              {audit.rows.map((row) => (
                <Fragment key={row.row}>
                  <Row row={row} open={open?.row === row.row} today={audit.at.slice(0, 10)} />
                  {open?.row === row.row ? <Entry entry={open} held={row.status === 'held'} /> : null}
                </Fragment>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Pager
        summary={audit.summary}
        hint="keys: J K move, Enter opens, / searches"
        newer={audit.newer}
        older={audit.older}
      />
    </>
  );
}

function Row({ row, open, today }: { row: AuditRow; open: boolean; today: string }) {
  const date = new Date(row.at);
  const classes = [row.status === 'held' ? 'refused' : '', open ? 'sel' : ''].join(' ').trim();
  return (
    <tr className={classes === '' ? undefined : classes}>
      <td className="num muted off">{formatNumber(row.row)}</td>
      <td className="mono full" data-l="Time">
        <Link
          className="row-link"
          href={row.href}
          data-row
          scroll={false}
          aria-label={`Row ${row.row}, ${formatUtcFull(date)}, ${row.action}`}
        >
          <time dateTime={row.at} title={formatUtcFull(date)}>
            {row.at.startsWith(today) ? '' : `${formatUtcDay(date)} `}
            {formatUtcTime(date)}
          </time>
        </Link>
      </td>
      <td data-l="Actor">{row.actor}</td>
      <td data-l="Action" title={row.verb}>
        {row.action}
        <span className="sr"> {row.verb}</span>
      </td>
      <td className="full wrap" data-l="Object">
        {row.object}
      </td>
      <td className="soft" data-l="Region">
        {row.region ?? <span className="muted">{EMPTY}</span>}
      </td>
      <td data-l="Outcome">
        <StatusWord status={row.status}>{row.outcome}</StatusWord>
      </td>
      <td className="soft full wide-note">{row.reason}</td>
      <td className="hash off">{row.hash.slice(0, 8)}</td>
    </tr>
  );
}

function Entry({ entry, held }: { entry: AuditEntry; held: boolean }) {
  const equal = entry.recomputed === 'equal';
  return (
    <tr className={held ? 'sel refused' : 'sel'}>
      <td className="off" />
      <td colSpan={COLUMNS - 1} className="full entry-cell">
        <div className="entry">
          <CopyBlock copy={entry.canonical} label={`Canonical form of row ${entry.row}`}>
            {entry.canonical}
          </CopyBlock>
          <DefinitionList
            items={[
              ...entry.facts,
              { term: 'Previous', description: <span className="mono">{shorten(entry.previousHash)}</span> },
              {
                term: 'This row',
                description: (
                  <>
                    <span className="mono">{shorten(entry.hash)}</span>{' '}
                    <StatusWord status={equal ? 'ok' : 'critical'}>
                      {equal ? 'recomputed, equal' : 'recomputed, different'}
                    </StatusWord>
                  </>
                ),
              },
              ...(entry.operation === null
                ? []
                : [
                    {
                      term: 'Follow',
                      description: (
                        <Link className="link" href={entry.operation.href}>
                          all {entry.operation.rows} rows of {entry.operation.id}
                        </Link>
                      ),
                    },
                  ]),
              {
                term: 'Close',
                description: (
                  <Link className="link" href={entry.closeHref} scroll={false}>
                    this row
                  </Link>
                ),
              },
            ]}
          />
        </div>
      </td>
    </tr>
  );
}

const shorten = (hash: string) => `${hash.slice(0, 12)}…${hash.slice(-4)}`;
