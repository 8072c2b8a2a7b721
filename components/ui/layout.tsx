import type { ReactNode } from 'react';
import type { Sentence, Status } from './model.ts';
import { Prose } from './prose.tsx';
import { Spoken } from './spoken.tsx';
import { StatusHeading } from './status.tsx';

/** The head of a page: its answer as a sentence, the detail below, the page's acts at the right. */
export function PageHead({
  status,
  answer,
  detail,
  actions,
}: {
  status?: Status;
  answer: Sentence;
  detail?: ReactNode;
  actions?: ReactNode;
}) {
  return (
    <div className="head">
      <div>
        <StatusHeading status={status}>
          <Spoken sentence={answer} />
        </StatusHeading>
        {detail === undefined ? null : <p>{typeof detail === 'string' ? <Prose text={detail} /> : detail}</p>}
      </div>
      {actions === undefined ? null : <div className="acts">{actions}</div>}
    </div>
  );
}

/** Sections side by side that share hairlines. `columns` is a grid-template-columns value. */
export function Cells({ columns, children }: { columns: string; children: ReactNode }) {
  return (
    <div className="cells" style={{ gridTemplateColumns: columns }}>
      {children}
    </div>
  );
}

/** The line above a section: its name, a quiet note, and something at the right (a link, an age). */
export function CellHead({
  title,
  note,
  right,
  padded = false,
  level = 2,
}: {
  title: ReactNode;
  note?: ReactNode;
  right?: ReactNode;
  padded?: boolean;
  level?: 2 | 3;
}) {
  const Heading = level === 2 ? 'h2' : 'h3';
  return (
    <div className={padded ? 'cell-h padded' : 'cell-h'}>
      <Heading>{title}</Heading>
      {note === undefined ? null : <span className="muted small">{note}</span>}
      {right === undefined ? null : <span className="right small">{right}</span>}
    </div>
  );
}

/** Term and description in two columns. */
export function DefinitionList({ items }: { items: readonly { term: string; description: ReactNode }[] }) {
  return (
    <dl className="kv">
      {items.map(({ term, description }) => (
        <div key={term} className="kv-row">
          <dt>{term}</dt>
          <dd>{description}</dd>
        </div>
      ))}
    </dl>
  );
}
