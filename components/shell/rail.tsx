'use client';

import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { Fragment } from 'react';
import { Menu } from '#components/ui/menu.tsx';
import { StatusShape } from '#components/ui/status.tsx';
import { AREA_GROUPS, AREAS, type AreaKey, areaOf, PHONE_TABS } from './areas.ts';
import type { ShellModel } from './model.ts';
import { useConsoleQuery } from './use-console-query.ts';

interface RailProps {
  counts: ShellModel['counts'];
  current?: AreaKey;
  version?: string;
}

/** One flat rail in three groups: watch, change, account. */
export function Rail({ counts, current, version }: RailProps) {
  const path = usePathname();
  const query = useConsoleQuery();
  const here = current ?? areaOf(path);
  return (
    <nav className="rail" aria-label="Main">
      {AREA_GROUPS.map((group) => (
        <Fragment key={group.label ?? 'Watch'}>
          {group.label === null ? null : <div className="group">{group.label}</div>}
          {group.areas.map((area) => (
            <Link
              key={area.key}
              href={area.href(query)}
              aria-current={area.key === here ? 'page' : undefined}
            >
              {area.label}
              <Count count={counts[area.key]} />
            </Link>
          ))}
        </Fragment>
      ))}
      {version === undefined ? null : <div className="foot">{version}</div>}
    </nav>
  );
}

function Count({ count }: { count: ShellModel['counts'][AreaKey] }) {
  if (count === undefined || count.count === 0) return null;
  return (
    <span className="n">
      {count.status === undefined ? null : <StatusShape status={count.status} label={count.status} />}
      {count.count}
    </span>
  );
}

/** The phone's bar at the bottom: four pages, and the rest under More. */
export function PhoneTabs({ current }: { current?: AreaKey }) {
  const path = usePathname();
  const query = useConsoleQuery();
  const here = current ?? areaOf(path);
  const tabs = AREAS.filter((area) => PHONE_TABS.includes(area.key));
  const rest = AREAS.filter((area) => !PHONE_TABS.includes(area.key));
  return (
    <nav className="tabs-phone" aria-label="Pages">
      {tabs.map((area) => (
        <Link key={area.key} href={area.href(query)} aria-current={area.key === here ? 'page' : undefined}>
          {area.short}
        </Link>
      ))}
      <Menu
        className={rest.some((area) => area.key === here) ? 'more here' : 'more'}
        align="end"
        trigger={rest.find((area) => area.key === here)?.short ?? 'More'}
        entries={rest.map((area) => ({
          kind: 'link',
          text: area.label,
          href: area.href(query),
          current: area.key === here,
        }))}
      />
    </nav>
  );
}
