'use client';

import type { Route } from 'next';
import dynamic from 'next/dynamic';
import Link from 'next/link';
import { useState } from 'react';
import { ActButton } from '#components/shell/act-button.tsx';
import { Button } from '#components/ui/button.tsx';
import { CellHead, DefinitionList } from '#components/ui/layout.tsx';
import { reasonOf } from '#components/ui/model.ts';
import { Prose } from '#components/ui/prose.tsx';
import { StatusWord } from '#components/ui/status.tsx';
import { UsedBy } from './exception-table.tsx';
import { liftPlan } from './lift-plan.ts';
import type { ExceptionRow, FreezeDetail, FreezesActions } from './model.ts';
import { DayTime } from './when.tsx';

const FreezeSheet = dynamic(() => import('./freeze-sheet.tsx'), { ssr: false });
const ExceptSheet = dynamic(() => import('./except-sheet.tsx'), { ssr: false });

interface FreezePanelProps {
  detail: FreezeDetail;
  actions: FreezesActions;
  closeHref: Route;
}

/** One freeze: what it says where it blocks, who set and changed it, what goes through, and what can be done about it. */
export function FreezePanel({ detail, actions, closeHref }: FreezePanelProps) {
  const { row, sentence, history, exceptions, except, change } = detail;
  const [sheet, setSheet] = useState<'change' | 'except' | null>(null);
  return (
    <section className="check-panel" aria-label={`Freeze: ${row.title}`}>
      <CellHead
        title={row.title}
        note={<StatusWord status={row.status}>{row.word}</StatusWord>}
        right={
          <Link className="link" href={closeHref} scroll={false}>
            Close
          </Link>
        }
      />
      {sentence === null ? null : (
        <p>
          <Prose text={sentence} />
        </p>
      )}
      <DefinitionList
        items={[
          { term: 'Holds', description: row.what },
          { term: 'Region', description: row.region },
          {
            term: row.status === 'held' ? 'In force' : row.status === 'waiting' ? 'Next' : 'Was in force',
            description: (
              <>
                <DayTime at={row.startsAt} /> –{' '}
                {row.endsAt === null ? 'until somebody lifts it' : <DayTime at={row.endsAt} />}
              </>
            ),
          },
          ...(row.recurs === null ? [] : [{ term: 'Recurs', description: row.recurs }]),
          { term: 'Reason', description: row.reason },
          ...(row.incidentUrl === null
            ? []
            : [
                {
                  term: 'Incident',
                  description: (
                    <a className="link" href={row.incidentUrl} rel="noreferrer noopener" target="_blank">
                      {row.incidentUrl}
                    </a>
                  ),
                },
              ]),
          ...history.map(({ what, by, at }) => ({
            term: what,
            description: (
              <>
                {by}, <DayTime at={at} />
              </>
            ),
          })),
        ]}
      />
      <div className="inline">
        <Button reason={reasonOf(except.permission)} onClick={() => setSheet('except')}>
          Let a change through
        </Button>
        <Button reason={reasonOf(change.permission)} onClick={() => setSheet('change')}>
          Change it
        </Button>
        <ActButton plan={liftPlan(row)} permission={row.lift} run={(reason) => actions.lift(row.id, reason)}>
          Lift it
        </ActButton>
      </div>
      <div>
        <h3>Exceptions</h3>
        {exceptions.length === 0 ? (
          <p className="small muted">Nothing goes through it.</p>
        ) : (
          <ul className="small spaced-list">
            {exceptions.map((exception) => (
              <Exception key={exception.id} exception={exception} />
            ))}
          </ul>
        )}
      </div>
      {sheet === 'except' ? (
        <ExceptSheet form={except} action={actions.except} onClose={() => setSheet(null)} />
      ) : null}
      {sheet === 'change' ? (
        <FreezeSheet
          title={`Change “${change.title}”`}
          initial={change.values}
          changes={change.freeze}
          actions={actions}
          onClose={() => setSheet(null)}
        />
      ) : null}
    </section>
  );
}

function Exception({ exception }: { exception: ExceptionRow }) {
  return (
    <li>
      <StatusWord status={exception.status}>{exception.word}</StatusWord> {exception.what}, for{' '}
      {exception.who}, {exception.once ? 'once, ' : ''}until <DayTime at={exception.endsAt} />. By{' '}
      {exception.by}: {exception.reason}{' '}
      {exception.usedBy.length === 0 ? null : (
        <>
          Used by <UsedBy row={exception} />.
        </>
      )}
    </li>
  );
}
