import type { ChartModel } from '#components/charts/model.ts';
import type { ReplicationModel } from '#components/replication/model.ts';
import type { SeriesResult } from '#lib/data/samples.ts';
import type { VerbContext } from '#lib/services/context.ts';
import type { DatabaseLink } from '#lib/services/links/database.ts';
import type { ReplicationLink } from '#lib/services/links/list.ts';
import type { EstateState } from '#lib/services/regions/state.ts';
import { readSharedSeries } from '#lib/web/shared-series.ts';
import { everyWords } from './replication-links.ts';
import { readSection } from './sections.ts';

const CHART_POINTS = 180;

type Selected = NonNullable<ReplicationModel['selected']>;
type Fact = Selected['facts'][number];
type Range = { from: Date; to: Date; label: string };

/** One link over the range: its lag against what it is held to, what is not there yet, and how that is known. */
export async function selectedLink(
  context: VerbContext,
  state: EstateState,
  link: ReplicationLink,
  range: Range,
): Promise<Selected> {
  return {
    id: link.id,
    title: `${link.from} to ${link.to}, ${link.kind}`,
    rangeLabel: range.label,
    charts: await readSection({ context }, 'The course of this link could not be read', async () => {
      const data = await readCourse(context, link, range);
      return { seconds: lagChart(data, link), waiting: waitingChart(data, link) };
    }),
    facts: [
      ...factsOf(state, link),
      { term: 'Read', description: everyWords(context, link.kind) },
      { term: 'Environment', description: state.environment.name },
    ],
    reading: READING[link.kind],
  };
}

function readCourse(context: VerbContext, link: ReplicationLink, range: Range): Promise<SeriesResult> {
  const waiting = WAITING[link.kind];
  return readSharedSeries(context, {
    subjects: link.kind === 'database' ? [link.to, link.from] : [link.id],
    metrics: [lagMetric(link), ...(waiting ? [waiting.metric] : [])],
    from: range.from,
    to: range.to,
    points: CHART_POINTS,
  });
}

/** A database's series are its Region's; the others have their own. */
export function lagSubject({ kind, id, to }: ReplicationLink): string {
  return kind === 'database' ? to : id;
}

export function lagMetric({ kind }: ReplicationLink): 'db.lagSeconds' | 'lagSeconds' {
  return kind === 'database' ? 'db.lagSeconds' : 'lagSeconds';
}

const WAITING = {
  database: { metric: 'db.slotLagBytes', title: 'Withheld in the worst slot of the primary', unit: 'bytes' },
  storage: { metric: 'pendingOperations', title: 'Objects on their way', unit: 'operations' },
  cache: null,
  queue: { metric: 'pendingMessages', title: 'Messages on their way', unit: 'messages' },
} as const satisfies Record<ReplicationLink['kind'], { metric: string; title: string; unit: string } | null>;

function lagChart(data: SeriesResult, link: ReplicationLink): ChartModel {
  const target = link.targetSeconds ?? 1;
  const { warning, critical } = link.thresholds;
  return {
    ...chart(data, { subject: lagSubject(link), metric: lagMetric(link), label: link.to }),
    title: 'Lag',
    unit: 's',
    digits: 2,
    limits: [
      { value: target, label: `target ${target} s` },
      { value: warning, label: `warning ${warning} s` },
      ...(critical === null ? [] : [{ value: critical, label: `critical ${critical} s` }]),
    ],
  };
}

function waitingChart(data: SeriesResult, link: ReplicationLink): ChartModel | null {
  const waiting = WAITING[link.kind];
  if (!waiting) return null;
  const { metric, title, unit } = waiting;
  const ofPrimary = link.kind === 'database';
  const subject = ofPrimary ? link.from : link.id;
  return {
    ...chart(data, { subject, metric, label: ofPrimary ? link.from : link.to }),
    title,
    unit,
    digits: 0,
  };
}

function chart(
  data: SeriesResult,
  { subject, metric, label }: { subject: string; metric: string; label: string },
): Pick<ChartModel, 'times' | 'include' | 'series'> {
  const values =
    data.series.find((series) => series.subject === subject && series.metric === metric)?.values ?? [];
  return { times: data.times, include: [0], series: [{ key: metric, label, tone: 1, values }] };
}

function factsOf(state: EstateState, link: ReplicationLink): Fact[] {
  switch (link.kind) {
    case 'database':
      return databaseFacts(state, link);
    case 'storage':
      return [
        { term: 'From', description: link.source.bucket },
        { term: 'To', description: link.replica.bucket },
        {
          term: 'Rule',
          description: link.rule ? `${link.rule.id}, ${link.state ?? 'not observed'}` : orUnseen(link.state),
        },
        { term: 'Versions', description: link.versioned === null ? 'not observed' : yesNo(link.versioned) },
        { term: 'Time control', description: link.rule ? yesNo(link.rule.timeControl) : 'no rule' },
        { term: 'Delete markers', description: link.rule ? yesNo(link.rule.deleteMarkers) : 'no rule' },
        { term: 'KMS objects', description: link.rule ? yesNo(link.rule.encrypted) : 'no rule' },
      ];
    case 'cache':
      return [
        { term: 'Global Datastore', description: link.globalDatastore ?? 'none' },
        { term: 'Role', description: orUnseen(link.role) },
        { term: 'State', description: orUnseen(link.state) },
        { term: 'Primary', description: orUnseen(link.source.replicationGroup) },
        { term: 'Secondary', description: orUnseen(link.replica.replicationGroup) },
      ];
    case 'queue':
      return [
        { term: 'Replicator', description: link.replicator ?? orUnseen(link.state) },
        { term: 'State', description: orUnseen(link.state) },
        { term: 'From', description: orUnseen(link.source.cluster) },
        { term: 'Into', description: orUnseen(link.replica.cluster) },
      ];
    default:
      return link satisfies never;
  }
}

function databaseFacts({ regions }: EstateState, link: DatabaseLink): Fact[] {
  const replica = regions.find(({ region }) => region.code === link.to)?.database.value;
  const fact = (term: string, description: string | null | undefined) => ({
    term,
    description: description ?? 'not observed',
  });
  return [
    fact('Replica', replica && `${replica.instanceId}, ${replica.status}`),
    fact('Replication', link.replication),
    fact('Class', replica && `${replica.class}, PostgreSQL ${replica.engineVersion}`),
    fact('Backups', replica && backupWords(replica.backupRetentionDays)),
    fact('Endpoint', replica?.endpoint),
  ];
}

function backupWords(days: number): string {
  return days > 0 ? `${days} days` : 'off: it could not be promoted';
}

function orUnseen(text: string | null): string {
  return text ?? 'not observed';
}

function yesNo(value: boolean): string {
  return value ? 'yes' : 'no';
}

const READING = {
  database:
    'RDS computes this lag as now minus the last replayed commit. While nobody writes it rises a second a second though nothing is missing; with an empty slot that is shown as idle. Minus one and missing values are unknown, never zero.',
  storage:
    'S3 measures ReplicationLatency and what is on its way in the source’s Region, for new objects of rules with metrics or time control alone. Where it says nothing, nothing is known: objects that a rule does not send are in no number.',
  cache:
    'ElastiCache measures GlobalDatastoreReplicationLag at the secondary. A secondary takes no writes until it is failed over, which never happens across Regions by itself.',
  queue:
    'MSK measures ReplicationLatency and MessageLag of a replicator in its target’s Region. Events written in another Region than it reads from do not come along.',
} as const satisfies Record<ReplicationLink['kind'], string>;
