import { createDowntimeTracker, type DowntimeInterval, type DowntimeTracker } from './downtime.ts';
import type { Outcome } from './visit.ts';

/** Figures of the requests that ended within a window. */
export interface Figures {
  requests: number;
  errors: number;
  /** Errors of all requests; null without any. */
  errorShare: number | null;
  /** Of answered requests, ms; null without any. */
  p50Ms: number | null;
  p95Ms: number | null;
}

export interface WindowReport extends Figures {
  reads: Figures;
  orders: Figures;
  /** Answered requests by the Region that answered, as a share of all answered ones. */
  shareByRegion: Record<string, number>;
  shareByVersion: Record<string, number>;
}

export interface Second {
  /** Wall clock, ms, of the second's start. */
  atMs: number;
  requests: number;
  errors: number;
  orders: number;
  orderErrors: number;
  p50Ms: number | null;
  p95Ms: number | null;
  answeredByRegion: Record<string, number>;
}

/** What one version answered in one Region since a moment. Times are wall clock, ms, of the visitors' requests. */
export interface VersionServed {
  region: string;
  version: string;
  requests: number;
  /** Answers that were the shop's own failure (5xx). */
  errors: number;
  orders: number;
  orderErrors: number;
  /** End of the first and of the last answer. */
  firstAt: number;
  lastAt: number;
}

export interface Tally {
  add(outcome: Outcome): void;
  /** Of the last `seconds`, of one geography or of all. */
  window(seconds: number, geography?: string): WindowReport;
  downtime(geography?: string): { reads: DowntimeInterval[]; orders: DowntimeInterval[] };
  /** One entry for each second that had a request, oldest first. */
  recent(): Second[];
  /** Versions that answered requests begun at that moment or later, by Region; reaches back as far as figures do. */
  versionsSince(sinceMs: number): VersionServed[];
  /** Since the start or the last clear. */
  total(): { requests: number; errors: number; sinceMs: number };
  clear(): void;
}

/** How far back figures reach. */
export const KEPT_SECONDS = 900;
const EVERYWHERE = '';
/** Results in a row that begin or end a downtime. Reads of all: more, as the loss of one Region hits half of them. */
const RUN = 3;
const RUN_OF_ALL_READS = 10;

type Downtimes = Map<string, { reads: DowntimeTracker; orders: DowntimeTracker }>;

export function createTally(now: () => number): Tally {
  let seconds = new Map<number, Outcome[]>();
  let downtimes: Downtimes = new Map();
  let totals = { requests: 0, errors: 0, sinceMs: now() };

  function forgetOld() {
    const oldest = Math.floor(now() / 1000) - KEPT_SECONDS;
    for (const second of seconds.keys()) {
      if (second >= oldest) return; // keys come in the order of time
      seconds.delete(second);
    }
  }

  function trackers(geography: string) {
    const known = downtimes.get(geography);
    if (known) return known;
    const fresh = {
      reads: createDowntimeTracker(geography === EVERYWHERE ? RUN_OF_ALL_READS : RUN),
      orders: createDowntimeTracker(RUN),
    };
    downtimes.set(geography, fresh);
    return fresh;
  }

  return {
    add(outcome) {
      const second = Math.floor(now() / 1000);
      const bucket = seconds.get(second);
      if (bucket) bucket.push(outcome);
      else {
        seconds.set(second, [outcome]);
        forgetOld();
      }
      totals.requests += 1;
      if (outcome.failed) totals.errors += 1;
      const kind = outcome.kind === 'order' ? 'orders' : 'reads';
      for (const geography of [EVERYWHERE, outcome.geography]) trackers(geography)[kind].observe(outcome);
    },
    window(length, geography) {
      const from = Math.floor(now() / 1000) - length;
      const outcomes = [...seconds]
        .filter(([second]) => second >= from)
        .flatMap(([, bucket]) => bucket)
        .filter((outcome) => geography === undefined || outcome.geography === geography);
      return windowReport(outcomes);
    },
    downtime(geography = EVERYWHERE) {
      const { reads, orders } = trackers(geography);
      return { reads: reads.intervals(), orders: orders.intervals() };
    },
    recent() {
      forgetOld();
      return [...seconds].map(([second, outcomes]) => secondOf(second * 1000, outcomes));
    },
    versionsSince(sinceMs) {
      forgetOld();
      return servedBy([...seconds.values()].flat().filter(({ startedAt }) => startedAt >= sinceMs));
    },
    total: () => ({ ...totals }),
    clear() {
      seconds = new Map();
      downtimes = new Map();
      totals = { requests: 0, errors: 0, sinceMs: now() };
    },
  };
}

function windowReport(outcomes: Outcome[]): WindowReport {
  const answered = outcomes.filter((outcome) => outcome.status !== undefined);
  return {
    ...figuresOf(outcomes),
    reads: figuresOf(outcomes.filter((outcome) => outcome.kind === 'read')),
    orders: figuresOf(outcomes.filter((outcome) => outcome.kind === 'order')),
    shareByRegion: shares(answered.map((outcome) => outcome.region)),
    shareByVersion: shares(answered.map((outcome) => outcome.version)),
  };
}

function figuresOf(outcomes: Outcome[]): Figures {
  const errors = outcomes.filter((outcome) => outcome.failed).length;
  const latencies = outcomes
    .filter((outcome) => outcome.status !== undefined)
    .map((outcome) => outcome.latencyMs)
    .sort((a, b) => a - b);
  return {
    requests: outcomes.length,
    errors,
    errorShare: outcomes.length > 0 ? errors / outcomes.length : null,
    p50Ms: percentile(latencies, 0.5),
    p95Ms: percentile(latencies, 0.95),
  };
}

function secondOf(atMs: number, outcomes: Outcome[]): Second {
  const { requests, errors, p50Ms, p95Ms } = figuresOf(outcomes);
  const orders = outcomes.filter((outcome) => outcome.kind === 'order');
  return {
    atMs,
    requests,
    errors,
    orders: orders.length,
    orderErrors: orders.filter((outcome) => outcome.failed).length,
    p50Ms,
    p95Ms,
    answeredByRegion: counts(
      outcomes.filter((outcome) => outcome.status !== undefined).map((outcome) => outcome.region),
    ),
  };
}

function servedBy(outcomes: Outcome[]): VersionServed[] {
  const found = new Map<string, VersionServed>();
  for (const { kind, region, version, failed, endedAt } of outcomes) {
    if (region === undefined || version === undefined) continue;
    const key = `${region} ${version}`;
    const known = found.get(key);
    const served = known ?? newlyServed(region, version, endedAt);
    if (!known) found.set(key, served);
    served.requests += 1;
    if (failed) served.errors += 1;
    if (kind === 'order') served.orders += 1;
    if (kind === 'order' && failed) served.orderErrors += 1;
    served.firstAt = Math.min(served.firstAt, endedAt);
    served.lastAt = Math.max(served.lastAt, endedAt);
  }
  return [...found.values()].sort((a, b) => a.region.localeCompare(b.region) || a.firstAt - b.firstAt);
}

function newlyServed(region: string, version: string, at: number): VersionServed {
  return { region, version, requests: 0, errors: 0, orders: 0, orderErrors: 0, firstAt: at, lastAt: at };
}

function counts(names: (string | undefined)[]): Record<string, number> {
  const result: Record<string, number> = {};
  for (const name of names) if (name !== undefined) result[name] = (result[name] ?? 0) + 1;
  return result;
}

function shares(names: (string | undefined)[]): Record<string, number> {
  const counted = counts(names);
  const all = Object.values(counted).reduce((sum, count) => sum + count, 0);
  return Object.fromEntries(Object.entries(counted).map(([name, count]) => [name, count / all]));
}

/** Nearest rank, to a tenth of a millisecond. */
function percentile(sorted: number[], q: number): number | null {
  const value = sorted[Math.max(0, Math.ceil(sorted.length * q) - 1)];
  return value === undefined ? null : Math.round(value * 10) / 10;
}
