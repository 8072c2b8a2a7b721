import type { Route } from 'next';
import { routes } from '#lib/routes.ts';

export type AreaKey =
  | 'overview'
  | 'traffic'
  | 'replication'
  | 'network'
  | 'deployments'
  | 'recovery'
  | 'operations'
  | 'approvals'
  | 'freezes'
  | 'cost'
  | 'audit'
  | 'settings';

interface Area {
  key: AreaKey;
  label: string;
  /** Shorter, for the phone's tab bar. */
  short: string;
  href: (query?: { environment?: string; range?: string }) => Route;
  /** Paths that belong to it, besides its own. */
  prefixes: readonly string[];
  /** Second key after G. */
  key2: string;
}

/** The rail: watch, change, account. A new page is one line here. */
export const AREA_GROUPS: readonly { label: string | null; areas: readonly Area[] }[] = [
  {
    label: null,
    areas: [
      {
        key: 'overview',
        label: 'Overview',
        short: 'Overview',
        href: routes.overview,
        prefixes: ['/regions'],
        key2: 'o',
      },
      { key: 'traffic', label: 'Traffic', short: 'Traffic', href: routes.traffic, prefixes: [], key2: 't' },
      {
        key: 'replication',
        label: 'Replication',
        short: 'Replication',
        href: routes.replication,
        prefixes: [],
        key2: 'r',
      },
      { key: 'network', label: 'Network', short: 'Network', href: routes.network, prefixes: [], key2: 'n' },
    ],
  },
  {
    label: 'Change',
    areas: [
      {
        key: 'deployments',
        label: 'Deployments',
        short: 'Deploy',
        href: routes.deployments,
        prefixes: [],
        key2: 'd',
      },
      {
        key: 'recovery',
        label: 'Recovery',
        short: 'Recovery',
        href: routes.recovery,
        prefixes: ['/findings'],
        key2: 'v',
      },
      {
        key: 'operations',
        label: 'Operations',
        short: 'Runs',
        href: routes.operations,
        prefixes: [],
        key2: 'p',
      },
      {
        key: 'approvals',
        label: 'Approvals',
        short: 'Approve',
        href: routes.approvals,
        prefixes: [],
        key2: 'a',
      },
      {
        key: 'freezes',
        label: 'Freezes',
        short: 'Freezes',
        href: routes.freezes,
        prefixes: [],
        key2: 'f',
      },
    ],
  },
  {
    label: 'Account',
    areas: [
      { key: 'cost', label: 'Cost', short: 'Cost', href: routes.cost, prefixes: [], key2: 'c' },
      { key: 'audit', label: 'Audit', short: 'Audit', href: routes.audit, prefixes: [], key2: 'l' },
      {
        key: 'settings',
        label: 'Settings',
        short: 'Settings',
        href: routes.settings,
        prefixes: ['/settings'],
        key2: 's',
      },
    ],
  },
];

export const AREAS: readonly Area[] = AREA_GROUPS.flatMap((group) => group.areas);

/** What the thumb reaches first: deciding and aborting before composing. */
export const PHONE_TABS: readonly AreaKey[] = ['overview', 'recovery', 'operations', 'approvals'];

/** The area a path belongs to. */
export function areaOf(path: string): AreaKey | undefined {
  if (path === '/') return 'overview';
  const within = (prefix: string) => path === prefix || path.startsWith(`${prefix}/`);
  return AREAS.find((area) => {
    const own = area.href().split('?')[0] ?? '';
    return (own !== '/' && within(own)) || area.prefixes.some(within);
  })?.key;
}
