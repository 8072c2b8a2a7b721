import type { Route } from 'next';
import type { RecoveryKind } from './domain/recovery/params.ts';

type QueryValue = string | number | boolean | null | undefined;
export type Query = Readonly<Record<string, QueryValue>>;

/** What every console page carries in its URL besides its own filters. */
export type ConsoleQuery = Query & { environment?: string; range?: string };

/** The one place where a path becomes a `Route`: every path below has its page under app/. */
function at(path: string, query: Query = {}): Route {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== '' && value !== false)
      search.set(key, String(value));
  }
  const text = search.toString();
  return (text === '' ? path : `${path}?${text}`) as Route;
}

const segment = encodeURIComponent;

/** The one builder of URLs of the console. */
export const routes = {
  signIn: (query?: { next?: string; error?: string }) => at('/sign-in', query),
  overview: (query?: ConsoleQuery) => at('/', query),
  region: (code: string, query?: ConsoleQuery) => at(`/regions/${segment(code)}`, query),
  traffic: (
    query?: ConsoleQuery & {
      compose?: ShiftMode;
      region?: string;
      geography?: string;
      /** The shift that it begins with, as that was asked for. */
      revise?: string;
    },
  ) => at('/traffic', query),
  replication: (query?: ConsoleQuery & { link?: string }) => at('/replication', query),
  network: (query?: ConsoleQuery & RequestQuery) => at('/network', query),
  recovery: (query?: ConsoleQuery & RecoveryQuery) => at('/recovery', query),
  decide: (query?: ConsoleQuery & { lost?: string; option?: DecideOptionKey; target?: string }) =>
    at('/recovery/decide', query),
  findings: (
    query?: ConsoleQuery & {
      tab?: FindingTab;
      severity?: string;
      finding?: string;
      cursor?: string;
    },
  ) => at('/findings', query),
  operations: (query?: ConsoleQuery & { state?: string; kind?: string; cursor?: string }) =>
    at('/operations', query),
  operation: (id: string, query?: ConsoleQuery & { step?: number; orders?: OrderSet; cursor?: string }) =>
    at(`/operations/${segment(id)}`, query),
  replay: (id: string, query?: ConsoleQuery & { from?: number }) =>
    at(`/operations/${segment(id)}/replay`, query),
  deployments: (query?: ConsoleQuery & DeploymentsQuery) => at('/deployments', query),
  release: (version: string, query?: ConsoleQuery) => at(`/deployments/releases/${segment(version)}`, query),
  approvals: (
    query?: ConsoleQuery & {
      tab?: ApprovalTab;
      operation?: string;
      review?: string;
      outcome?: string;
      person?: string;
      cursor?: string;
    },
  ) => at('/approvals', query),
  freezes: (query?: ConsoleQuery & FreezesQuery) => at('/freezes', query),
  cost: (query?: ConsoleQuery) => at('/cost', query),
  audit: (query?: ConsoleQuery & AuditQuery) => at('/audit', query),
  settings: (
    query?: ConsoleQuery & { tab?: SettingsTab; person?: string; after?: string; before?: string },
  ) => at('/settings/people', query),
  gallery: (view: string, state?: string, query?: Query) =>
    at(`/gallery/${segment(view)}${state === undefined ? '' : `/${segment(state)}`}`, query),
  api: {
    events: () => '/api/v1/events',
    auditExport: (query: AuditQuery & { format: 'csv' | 'json' }) =>
      at('/api/v1/audit/export', query) as string,
    report: (id: string, format: ReportFormat) =>
      at(`/api/v1/operations/${segment(id)}/report`, { format }) as string,
    breakGlass: ({ plan, environment }: { plan: string; environment?: string }) =>
      at(`/api/v1/breakglass/${segment(plan)}`, { environment }) as string,
  },
} as const;

export type ShiftMode = 'geography' | 'target' | 'drain';
export type ApprovalTab = 'waiting' | 'mine' | 'closed' | 'reviews';
export type RecoveryTab = 'now' | 'readiness' | 'plans' | 'runbook' | 'drills' | 'reports';
export type DecideOptionKey = 'wait' | 'reads' | 'full';
export type FindingTab = 'open' | 'dismissed' | 'gone';
export type ReportFormat = 'html' | 'pdf' | 'json';
/** Orders that were acknowledged and are missing; orders committed in the lost Region after the promotion. */
export type OrderSet = 'lost' | 'salvage';
/** The sheet that stands open over a page, and what is asked for in it. */
export type RequestQuery = Query & {
  act?: RecoveryKind;
  region?: string;
  target?: string;
  from?: string;
  to?: string;
  level?: string;
};
export type RecoveryQuery = RequestQuery & {
  tab?: RecoveryTab;
  scenario?: string;
  check?: string;
  plan?: string;
  verdict?: string;
  cursor?: string;
};
export type DeploymentsTab = 'deployments' | 'releases' | 'versions' | 'numbers';
export type DeploymentsQuery = Query & {
  tab?: DeploymentsTab;
  state?: string;
  cursor?: string;
  /** The sheet that stands open over the page, and what it begins with. */
  act?: 'deploy';
  version?: string;
  region?: string;
};
export type FreezesTab = 'now' | 'calendar' | 'exceptions' | 'past';
export type FreezesQuery = {
  tab?: FreezesTab;
  /** One freeze, whatever else is shown. */
  freeze?: string;
  /** One cell of the matrix. */
  region?: string;
  kind?: string;
  /** Of the calendar: "2026-11", and the zone of its days. */
  month?: string;
  zone?: string;
  /** Exceptions that are over, too. */
  state?: string;
  cursor?: string;
};
export type SettingsTab = 'people' | 'tokens' | 'freezes' | 'policies' | 'notifications';
export type AuditQuery = Query & {
  q?: string;
  actor?: string;
  action?: string;
  region?: string;
  outcome?: string;
  operation?: string;
  from?: string;
  to?: string;
  cursor?: string;
  row?: number;
};
