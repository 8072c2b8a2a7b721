import type { Route } from 'next';
import type { ReactNode } from 'react';
import { ButtonLink } from './button.tsx';

/** Keyset paging: the server gave the two cursors. A missing one is the end, and says so. */
export function Pager({
  summary,
  hint,
  newer,
  older,
}: {
  summary: ReactNode;
  hint?: ReactNode;
  newer: Route | null;
  older: Route | null;
}) {
  return (
    <nav className="pager" aria-label="Pages of the list">
      <span>{summary}</span>
      <span className="grow" />
      {hint === undefined ? null : <span className="muted hide-phone">{hint}</span>}
      <ButtonLink
        href={newer ?? ('/' as Route)}
        rel="prev"
        reason={newer === null ? 'These are the newest.' : undefined}
      >
        Newer
      </ButtonLink>
      <ButtonLink
        href={older ?? ('/' as Route)}
        rel="next"
        reason={older === null ? 'There is nothing older.' : undefined}
      >
        Older
      </ButtonLink>
    </nav>
  );
}
