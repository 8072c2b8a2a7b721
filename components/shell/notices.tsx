import Link from 'next/link';
import type { Status } from '#components/ui/model.ts';
import { StatusShape } from '#components/ui/status.tsx';
import type { ShellNotice } from './model.ts';

const TONE = {
  ok: '',
  warning: 'warning',
  critical: 'critical',
  unknown: 'unknown',
  held: 'held',
  running: 'info',
  waiting: '',
} satisfies Record<Status, string>;

/** One line each, above the page: what this person must know wherever they are. */
export function Notices({ notices }: { notices: readonly ShellNotice[] }) {
  return notices.map(({ id, status, title, text, link }) => (
    <section key={id} className={`notice ${TONE[status]}`.trim()} aria-label={title}>
      <StatusShape status={status} label={status} />
      <p>
        <b>{title}</b> {text}
      </p>
      {link === undefined ? null : (
        <Link className="link" href={link.href}>
          {link.label}
        </Link>
      )}
    </section>
  ));
}
