import type { Route } from 'next';
import Link from 'next/link';
import { CellHead } from '#components/ui/layout.tsx';
import { Prose } from '#components/ui/prose.tsx';
import { StatusWord } from '#components/ui/status.tsx';
import type { CellDetail } from './model.ts';

/** One kind of action in one Region: which freezes hold it, by the words that stand at every button they block. */
export function CellPanel({ cell, closeHref }: { cell: CellDetail; closeHref: Route }) {
  return (
    <section className="check-panel" aria-label={`${cell.kindLabel} in ${cell.region}`}>
      <CellHead
        title={`${cell.kindLabel} in ${cell.region}`}
        note={<StatusWord status={cell.status}>{cell.word}</StatusWord>}
        right={
          <Link className="link" href={closeHref} scroll={false}>
            Close
          </Link>
        }
      />
      {cell.sentences.map(({ text, href }) => (
        <p key={text}>
          <Prose text={text} />{' '}
          {href === null ? null : (
            <Link className="link nowrap" href={href} scroll={false}>
              The freeze
            </Link>
          )}
        </p>
      ))}
      {cell.next === null ? null : (
        <p>
          <Prose text={cell.next.text} />{' '}
          <Link className="link nowrap" href={cell.next.href} scroll={false}>
            The freeze
          </Link>
        </p>
      )}
      <p className="small muted">{cell.holds}</p>
    </section>
  );
}
