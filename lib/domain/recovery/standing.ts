/** One value for each of the times; null where nothing was sampled. */
export type Course = readonly (number | null)[];

/** What was sampled of one Region. Gauges are 1 for yes and 0 for no; averaged, the part of the time for which it was so. */
export interface StandingSamples {
  /** Epoch seconds, ascending. */
  times: readonly number[];
  requests: Course;
  errorRate: Course;
  p95Ms: Course;
  /** Route 53's checkers see it healthy. */
  healthUp: Course;
  /** Its current database takes orders; it is a replica that replicates. */
  writer: Course;
  follows: Course;
}

/** A time within which something is known to have been so; `until` is null while it lasts. Epoch seconds. */
export interface Span {
  from: number;
  until: number | null;
}

/** What the log and the run's own steps say of one Region. */
export interface StandingEvents {
  /** Declared failing by the elected worker. */
  failing: readonly Span[];
  /** Switched off in DNS by a step. */
  off: readonly Span[];
  /** Its database is being promoted. */
  promoting: readonly Span[];
}

export type ServingState = 'serving' | 'slow' | 'erring' | 'failing-checks' | 'failing' | 'off' | 'silent';
export type DatabaseState = 'writer' | 'replica' | 'promoting' | 'none' | 'unknown';

/** How a Region stood from that moment on, until the next. */
export interface Standing {
  from: number;
  serving: ServingState;
  database: DatabaseState;
}

/** Above it a Region errs, or is slow (aws-facts 1A: reverts above 1 % or 500 ms). */
const ERRS_ABOVE = 0.01;
const SLOW_ABOVE_MS = 500;

/** A metric counts this long, s: what is not sampled any more is not known. */
const METRIC_SECONDS = 20;
/** What RDS and Route 53 say is asked for every few seconds, and by the minute on AWS: it counts this long, s. */
const GAUGE_SECONDS = 75;

/** How a Region stood over the time, a standing for each change. What was declared counts before what was sampled. */
export function standingsOf(samples: StandingSamples, events: StandingEvents): Standing[] {
  const { times } = samples;
  const requests = held(samples.requests, times, METRIC_SECONDS);
  const errorRate = held(samples.errorRate, times, METRIC_SECONDS);
  const p95Ms = held(samples.p95Ms, times, METRIC_SECONDS);
  const healthUp = held(samples.healthUp, times, GAUGE_SECONDS);
  const writer = held(samples.writer, times, GAUGE_SECONDS);
  const follows = held(samples.follows, times, GAUGE_SECONDS);
  const standings: Standing[] = [];
  times.forEach((from, i) => {
    const serving = servingAt(from, events, {
      requests: requests[i] ?? null,
      errorRate: errorRate[i] ?? null,
      p95Ms: p95Ms[i] ?? null,
      healthUp: healthUp[i] ?? null,
    });
    const database = databaseAt(from, events, writer[i] ?? null, follows[i] ?? null);
    const last = standings.at(-1);
    if (last?.serving !== serving || last.database !== database) standings.push({ from, serving, database });
  });
  return standings;
}

function servingAt(
  at: number,
  events: StandingEvents,
  seen: Record<'requests' | 'errorRate' | 'p95Ms' | 'healthUp', number | null>,
): ServingState {
  if (isWithin(events.off, at)) return 'off';
  if (isWithin(events.failing, at)) return 'failing';
  if (seen.healthUp !== null && seen.healthUp < 0.5) return 'failing-checks';
  if (seen.requests === null) return 'silent';
  if ((seen.errorRate ?? 0) > ERRS_ABOVE) return 'erring';
  return (seen.p95Ms ?? 0) > SLOW_ABOVE_MS ? 'slow' : 'serving';
}

function databaseAt(
  at: number,
  events: StandingEvents,
  writer: number | null,
  follows: number | null,
): DatabaseState {
  if (writer !== null && writer >= 0.5) return 'writer';
  if (isWithin(events.promoting, at)) return 'promoting';
  if (follows !== null && follows >= 0.5) return 'replica';
  return writer === null && follows === null ? 'unknown' : 'none';
}

export function isWithin(spans: readonly Span[], at: number): boolean {
  return spans.some(({ from, until }) => from <= at && (until === null || at < until));
}

/** The course with each value held over what is missing behind it, no longer than so many seconds. */
export function held(course: Course, times: readonly number[], seconds: number): (number | null)[] {
  let last: { value: number; at: number } | null = null;
  return times.map((at, i) => {
    const value = course[i] ?? null;
    if (value !== null) {
      last = { value, at };
      return value;
    }
    return last !== null && at - last.at <= seconds ? last.value : null;
  });
}

/** For each time the Region that took the orders: the one that is seen to, else the one that was seen last. */
export function writersOf(
  regions: readonly { code: string; standings: readonly Standing[] }[],
  times: readonly number[],
): (string | null)[] {
  let last: string | null = null;
  return times.map((at) => {
    const writing = regions.find(
      ({ standings }) => standings.findLast(({ from }) => from <= at)?.database === 'writer',
    );
    last = writing?.code ?? last;
    return last;
  });
}
