import type { Route } from 'next';

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
  traffic: (query?: ConsoleQuery & { compose?: ShiftMode; region?: string; geography?: string }) =>
    at('/traffic', query),
  replication: (query?: ConsoleQuery & { link?: string }) => at('/replication', query),
  operations: (query?: ConsoleQuery & { state?: string; kind?: string; cursor?: string }) =>
    at('/operations', query),
  operation: (id: string, query?: ConsoleQuery & { step?: number }) =>
    at(`/operations/${segment(id)}`, query),
  approvals: (query?: ConsoleQuery & { tab?: ApprovalTab; operation?: string; cursor?: string }) =>
    at('/approvals', query),
  cost: (query?: ConsoleQuery & { month?: string }) => at('/cost', query),
  audit: (query?: ConsoleQuery & AuditQuery) => at('/audit', query),
  settings: (query?: ConsoleQuery & { tab?: SettingsTab; person?: string; after?: string }) =>
    at('/settings/people', query),
  gallery: (view: string, state?: string, query?: Query) =>
    at(`/gallery/${segment(view)}${state === undefined ? '' : `/${segment(state)}`}`, query),
  api: {
    events: () => '/api/v1/events',
    auditExport: (query: AuditQuery & { format: 'csv' | 'json' }) =>
      at('/api/v1/audit/export', query) as string,
  },
} as const;

export type ShiftMode = 'geography' | 'target' | 'drain';
export type ApprovalTab = 'waiting' | 'mine' | 'closed';
export type SettingsTab = 'people' | 'tokens' | 'freezes';
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
