import type { ReactNode } from 'react';
import type { Status } from './model.ts';
import { StatusShape } from './status.tsx';

const TONE = {
  ok: 'ok',
  warning: 'warning',
  critical: 'critical',
  unknown: 'unknown',
  held: 'held',
  running: 'info',
  waiting: '',
} satisfies Record<Status, string>;

/** One sentence in line with the page: what, in bold, then why and what next. */
export function Note({ status, title, children }: { status: Status; title: string; children?: ReactNode }) {
  return (
    <div className={`note ${TONE[status]}`} role={status === 'critical' ? 'alert' : undefined}>
      <StatusShape status={status} />
      <div>
        <b>{title}</b> {children}
      </div>
    </div>
  );
}
