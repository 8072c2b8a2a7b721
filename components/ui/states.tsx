import type { ReactNode } from 'react';
import type { Problem, Section } from './model.ts';
import { Retry } from './retry.tsx';
import { StatusWord } from './status.tsx';

/** Nothing here yet: says what would be here and how to begin. */
export function Empty({
  title,
  children,
  action,
}: {
  title: string;
  children: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className="empty">
      <b>{title}</b>
      <p>{children}</p>
      {action}
    </div>
  );
}

/** Widths of the quiet lines, percent: uneven, as text is. */
const LINES = [46, 82, 64, 73, 58, 77] as const;

/** Up to six quiet lines in the room the content will take. They appear after 300 ms, so a fast answer never flickers. */
export function Loading({ rows = 4, label = 'Loading' }: { rows?: number; label?: string }) {
  return (
    <div className="loading" aria-busy="true" role="status">
      <span className="sr">{label}</span>
      {LINES.slice(0, rows).map((percent) => (
        <span key={percent} className="skel" style={{ width: `${percent}%` }} />
      ))}
    </div>
  );
}

/** What could not be read, why, and what to do. The rest of the page stays. */
export function ProblemState({ problem }: { problem: Problem }) {
  return (
    <div className="empty" role="alert">
      <StatusWord status="critical">{problem.title}</StatusWord>
      <p>{problem.message}</p>
      <div className="inline">
        <Retry />
        {problem.requestId === undefined ? null : (
          <span className="mono small muted">{problem.requestId}</span>
        )}
      </div>
    </div>
  );
}

/** Renders the section, or its problem in the same place. */
export function SectionContent<T>({
  section,
  children,
}: {
  section: Section<T>;
  children: (value: T) => ReactNode;
}) {
  return section.ok ? children(section.value) : <ProblemState problem={section.problem} />;
}
