import type { ChartModel } from '#components/charts/model.ts';
import type { ReplicationLink, ReplicationModel } from '#components/replication/model.ts';
import type { Status } from '#components/ui/model.ts';
import type { SeriesResult } from '#lib/data/samples.ts';
import { routes } from '#lib/routes.ts';
import type { VerbContext } from '#lib/services/context.ts';
import { type EstateState, isFresh, type RegionState, readEstateState } from '#lib/services/regions/state.ts';
import { readSharedSeries } from '#lib/web/shared-series.ts';
import { count, readingOf, within, worstStatus } from './common.ts';
import { lagStatus, missingPaths } from './overview.ts';

const HISTORY_POINTS = 60;
const CHART_POINTS = 180;

type Range = { from: Date; to: Date; label: string };

/** Every database link as it is now; the chosen one with its course. */
export async function replicationModel(
  context: VerbContext,
  environment: string,
  range: Range,
  wanted?: string,
): Promise<ReplicationModel> {
  const { now } = context;
  const state = await readEstateState(context, environment);
  const replicas = state.regions.filter(({ lag }) => lag !== null);
  const primary = state.regions.find(
    ({ region, database }) => (database.value?.role ?? region.database.role) === 'primary',
  );
  const history = await readSharedSeries(context.database.pool, {
    subjects: replicas.map(({ region }) => region.code),
    metrics: ['db.lagSeconds'],
    from: range.from,
    to: range.to,
    points: HISTORY_POINTS,
  });
  const links = replicas.map((replica) => linkOf(context, state, replica, primary, history));
  const missing = missingPaths(state);
  const selected = replicas.find(({ region }) => linkId(primary, region.code) === wanted) ?? replicas[0];
  const behind = links.filter(({ status }) => status === 'warning' || status === 'critical');
  const silent = links.filter(({ status }) => status === 'unknown');
  return {
    at: now.toISOString(),
    status: worstStatus([
      ...links.map(({ status }) => status),
      ...(missing.length > 0 ? (['warning'] as const) : []),
    ]),
    answer: answerOf(links.length, behind.length, silent.length, missing.length),
    detail: primary
      ? `Writes in ${primary.region.code}, ${primary.region.database.instanceId}. Database links are measured; storage, cache and queue links come with Recovery.`
      : 'No primary is known.',
    links: { ok: true, value: links },
    missing: missing.map(([from, to]) => ({
      id: `${from}-${to}`,
      from,
      to,
      text: `No active peering with routes both ways, so neither can reach a writer in the other. The strategy document routes it “via US”, which peering cannot do.`,
      finding: 'B-05',
    })),
    selected: selected ? await selectedLink(context, state, selected, primary, range) : null,
  };
}

function answerOf(links: number, behind: number, silent: number, missing: number): string {
  if (links === 0) return 'There is no replica in this environment.';
  const lead =
    behind > 0
      ? `${count(behind, 'database link')} ${behind === 1 ? 'is' : 'are'} behind.`
      : silent > 0
        ? `${count(silent, 'database link')} ${silent === 1 ? 'does' : 'do'} not report.`
        : links === 1
          ? 'The database link keeps up.'
          : `All ${links} database links keep up.`;
  return missing > 0
    ? `${lead} ${count(missing, 'network path')} ${missing === 1 ? 'is' : 'are'} missing.`
    : lead;
}

function linkId(primary: RegionState | undefined, to: string): string {
  return `database-${primary?.region.code ?? 'none'}-${to}`;
}

function linkOf(
  context: VerbContext,
  state: EstateState,
  replica: RegionState,
  primary: RegionState | undefined,
  history: SeriesResult,
): ReplicationLink {
  const { estate, now } = context;
  const limit = state.staleAfterSeconds;
  const lag = replica.lag ?? { value: null, observedAt: null, error: null };
  const fresh = isFresh(lag.observedAt, now, limit * 2);
  const status: Status = fresh ? lagStatus(replica) : 'unknown';
  const id = linkId(primary, replica.region.code);
  const { warning, critical } = estate.thresholds.databaseLagSeconds;
  return {
    id,
    href: routes.replication({ ...within(estate, state.environment.name), link: id }),
    kind: 'database',
    from: primary?.region.code ?? 'none',
    to: replica.region.code,
    status,
    word: wordOf(replica, fresh),
    lagSeconds: readingOf(lag, (value) => value.seconds, limit),
    lagBytes: readingOf(lag, (value) => value.bytes, limit),
    history: history.series.find(({ subject }) => subject === replica.region.code)?.values ?? [],
    targetSeconds: replica.region.database.lagTargetSeconds ?? 1,
    warningSeconds: warning,
    criticalSeconds: critical,
    source: 'measured',
  };
}

function wordOf({ lag, database }: RegionState, fresh: boolean): string {
  if (!fresh || !lag?.value) return lag?.error ?? 'not reporting';
  if (lag.value.class === 'unknown') return database.value?.replication ?? 'not replicating';
  if (lag.value.idle) return 'idle, caught up';
  return lag.value.class === 'ok' ? 'streaming' : 'behind';
}

async function selectedLink(
  context: VerbContext,
  state: EstateState,
  replica: RegionState,
  primary: RegionState | undefined,
  range: Range,
): Promise<NonNullable<ReplicationModel['selected']>> {
  const { estate } = context;
  const code = replica.region.code;
  const data = await readSharedSeries(context.database.pool, {
    subjects: [code, ...(primary ? [primary.region.code] : [])],
    metrics: ['db.lagSeconds', 'db.slotLagBytes'],
    from: range.from,
    to: range.to,
    points: CHART_POINTS,
  });
  const values = (subject: string | undefined, metric: string) =>
    data.series.find((series) => series.subject === subject && series.metric === metric)?.values ?? [];
  const { warning, critical } = estate.thresholds.databaseLagSeconds;
  const target = replica.region.database.lagTargetSeconds ?? 1;
  const database = replica.database.value;
  const chart = (
    title: string,
    unit: string,
    digits: number,
    series: readonly (number | null)[],
    label: string,
  ): ChartModel => ({
    title,
    unit,
    digits,
    times: data.times,
    include: [0],
    series: [{ key: label, label, tone: 1, values: series }],
  });
  return {
    id: linkId(primary, code),
    title: `${primary?.region.code ?? 'no primary'} to ${code}`,
    rangeLabel: range.label,
    seconds: {
      ...chart('Lag', 's', 2, values(code, 'db.lagSeconds'), code),
      limits: [
        { value: target, label: `target ${target} s` },
        { value: warning, label: `warning ${warning} s` },
        { value: critical, label: `critical ${critical} s` },
      ],
    },
    bytes: chart(
      'Withheld in the worst slot of the primary',
      'bytes',
      0,
      values(primary?.region.code, 'db.slotLagBytes'),
      primary?.region.code ?? 'primary',
    ),
    facts: [
      {
        term: 'Replica',
        description: database ? `${database.instanceId}, ${database.status}` : 'not observed',
      },
      { term: 'Replication', description: database?.replication ?? 'not observed' },
      {
        term: 'Class',
        description: database ? `${database.class}, PostgreSQL ${database.engineVersion}` : 'not observed',
      },
      {
        term: 'Backups',
        description: database
          ? database.backupRetentionDays > 0
            ? `${database.backupRetentionDays} days`
            : 'off: it could not be promoted'
          : 'not observed',
      },
      { term: 'Endpoint', description: database?.endpoint ?? 'not observed' },
      { term: 'Environment', description: state.environment.name },
    ],
    reading:
      'RDS computes this lag as now minus the last replayed commit. While nobody writes it rises a second a second though nothing is missing; with an empty slot that is shown as idle. Minus one and missing values are unknown, never zero.',
  };
}
