import Link from 'next/link';
import { Age } from './age.tsx';
import type { Check, Status } from './model.ts';
import { Prose } from './prose.tsx';
import { StatusShape } from './status.tsx';

const SPOKEN = {
  ok: 'passes',
  warning: 'warning',
  critical: 'fails',
  unknown: 'unknown',
  held: 'refused',
  running: 'running',
  waiting: 'waiting',
} satisfies Record<Status, string>;

/** Checks with their reasons and ages: the second part of every dangerous act. */
export function CheckList({ checks }: { checks: readonly Check[] }) {
  return (
    <ul className="checks">
      {checks.map((check) => (
        <li key={`${check.id} ${check.text}`}>
          <StatusShape status={check.status} label={SPOKEN[check.status]} />
          <div>
            <Prose text={check.text} />{' '}
            {check.reason === undefined ? null : (
              <span className="r">
                <Prose text={check.reason} />
              </span>
            )}
            {check.link === undefined ? null : (
              <>
                {' '}
                <Link className="link nowrap" href={check.link.href}>
                  {check.link.label}
                </Link>
              </>
            )}
          </div>
          {check.at === undefined ? <span /> : <Age at={check.at} withinSeconds={check.withinSeconds} />}
        </li>
      ))}
    </ul>
  );
}
