import type { ObservationKind, ObservationValues } from '#lib/domain/observation/kinds.ts';
import { announceChange } from '../data/audit.ts';
import type { AmbientPool } from '../data/pool.ts';

export interface Seen<K extends ObservationKind = ObservationKind> {
  kind: K;
  name: string;
  value: ObservationValues[K];
}

export interface SamplePoint {
  subject: string;
  metric: string;
  unit: string;
  atMs: number;
  value: number;
}

export interface ServiceHealth {
  service: string;
  state: 'closed' | 'open' | 'probing';
  failures: number;
  lastOkAt: Date | null;
  lastError: string | null;
  calls: number;
  cycleMs: number;
}

/** Writes of one elected collector. A write under an older epoch changes nothing: another collector has taken over. */
export interface ObservationStore {
  seen(region: string, observed: readonly Seen[], at: Date): Promise<void>;
  /** The last value stays, with why there is no newer one. */
  failed(
    region: string,
    kinds: readonly { kind: ObservationKind; name: string }[],
    error: string,
    at: Date,
  ): Promise<void>;
  /** Resolves with how many were refused, because their time is outside of every partition. */
  samples(points: readonly SamplePoint[]): Promise<number>;
  health(region: string, services: readonly ServiceHealth[]): Promise<void>;
  announce(region: string): Promise<void>;
}

export interface StoredValue {
  region: string;
  kind: ObservationKind;
  name: string;
  value: ObservationValues[ObservationKind];
}

/** The latest values of these kinds, whoever stored them, however old. */
export async function readStored(
  pool: AmbientPool,
  kinds: readonly ObservationKind[],
): Promise<StoredValue[]> {
  const { rows } = await pool.query<StoredValue>(
    'select region, kind, name, value from observation where kind = any ($1) and value is not null',
    [kinds],
  );
  return rows;
}

/** Partitions are made this many days ahead, and from yesterday on (DECISIONS, Data). */
export const DAYS_AHEAD = 7;

const GUARD = `exists (select 1 from lease where name = 'collector' and epoch = $1)`;

export function createObservationStore(pool: AmbientPool, epoch: string): ObservationStore {
  const seriesIds = new Map<string, number>();

  async function seriesId({ subject, metric, unit }: SamplePoint): Promise<number> {
    const key = `${subject} ${metric}`;
    const known = seriesIds.get(key);
    if (known !== undefined) return known;
    const { rows } = await pool.query<{ id: number }>(
      `with made as (insert into series (subject, metric, unit) values ($1, $2, $3)
         on conflict on constraint series_once do nothing returning id)
       select id from made union all select id from series where subject = $1 and metric = $2 limit 1`,
      [subject, metric, unit],
    );
    const id = rows[0]?.id;
    if (id === undefined) throw new Error(`The series ${key} could not be made.`);
    seriesIds.set(key, id);
    return id;
  }

  return {
    async seen(region, observed, at) {
      if (observed.length === 0) return;
      await pool.query(
        `insert into observation (region, kind, name, value, observed_at, attempted_at, epoch)
         select $2, o.kind, o.name, o.value, $3, $3, $1 from jsonb_to_recordset($4) as o (kind text, name text, value jsonb)
         where ${GUARD}
         on conflict (region, kind, name) do update set value = excluded.value, observed_at = excluded.observed_at,
           attempted_at = excluded.attempted_at, error = null, error_since = null, epoch = excluded.epoch
         where observation.epoch <= excluded.epoch`,
        [epoch, region, at, JSON.stringify(observed)],
      );
    },
    async failed(region, kinds, error, at) {
      await pool.query(
        `insert into observation (region, kind, name, attempted_at, error, error_since, epoch)
         select $2, o.kind, o.name, $3, $5, $3, $1 from jsonb_to_recordset($4) as o (kind text, name text)
         where ${GUARD}
         on conflict (region, kind, name) do update set attempted_at = excluded.attempted_at, error = excluded.error,
           error_since = coalesce(observation.error_since, excluded.error_since), epoch = excluded.epoch
         where observation.epoch <= excluded.epoch`,
        [epoch, region, at, JSON.stringify(kinds), error.slice(0, 500)],
      );
    },
    async samples(points) {
      if (points.length === 0) return 0;
      const ids: number[] = [];
      for (const point of points) ids.push(await seriesId(point));
      const { rows } = await pool.query<{ refused: number }>(
        `with point as materialized (
           select distinct on (p.id, p.at) p.id, to_timestamp(p.at / 1000.0) as at, p.value,
             to_timestamp(p.at / 1000.0) >= current_date - 1 and to_timestamp(p.at / 1000.0) < current_date + 1 + ${DAYS_AHEAD} as fits
           from unnest($2::int[], $3::float8[], $4::float8[]) as p (id, at, value)
         ), kept as (
           insert into sample (series_id, at, value)
           select id, at, value from point where fits and ${GUARD}
           on conflict (series_id, at) do update set value = excluded.value where sample.value <> excluded.value
         )
         select count(*)::int as refused from point where not fits`,
        [epoch, ids, points.map(({ atMs }) => atMs), points.map(({ value }) => value)],
      );
      return rows[0]?.refused ?? 0;
    },
    async health(region, services) {
      await pool.query(
        `insert into collector_health (region, service, state, failures, last_ok_at, last_error, calls, cycle_ms, updated_at)
         select $2, h.service, h.state, h.failures, h."lastOkAt", h."lastError", h.calls, h."cycleMs", now()
         from jsonb_to_recordset($3) as h (service text, state text, failures int, "lastOkAt" timestamptz, "lastError" text, calls int, "cycleMs" int)
         where ${GUARD}
         on conflict (region, service) do update set state = excluded.state, failures = excluded.failures,
           last_ok_at = coalesce(excluded.last_ok_at, collector_health.last_ok_at), last_error = excluded.last_error,
           calls = excluded.calls, cycle_ms = excluded.cycle_ms, updated_at = excluded.updated_at`,
        [epoch, region, JSON.stringify(services)],
      );
    },
    announce: (region) => announceChange(pool, 'observation', region),
  };
}
