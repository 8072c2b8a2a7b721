import type { ClientSeenModel, Milestone } from '#components/operations/recovery-model.ts';
import type { Section } from '#components/ui/model.ts';
import { CLIENT_METRICS, CLIENTS } from '#lib/domain/observation/kinds.ts';
import type { VerbContext } from '#lib/services/context.ts';
import type { RunRecords } from '#lib/services/recovery/records.ts';
import type { ClientDowntime, ClientReport } from '#lib/services/reports/client-report.ts';
import { readSharedSeries } from '#lib/web/shared-series.ts';

/** Shown before 0:00, for what was usual, and behind the end, for what stayed. */
const BEFORE_SECONDS = 45;
const AFTER_SECONDS = 20;
/** Clients are asked every few seconds while a recovery runs; what is older says nothing of now. */
const WITHIN_SECONDS = 15;
/** Of a run that has ended, what was asked last stands. */
const FOR_EVER_SECONDS = 86_400 * 3_650;
const POINTS = 120;

interface Asked {
  records: RunRecords;
  zeroAt: string | null;
  endedAt: Date | null;
  marks: readonly Milestone[];
}

/** What clients saw, by their own report; where nobody reports, that. */
export async function clientSeenOf(
  context: VerbContext,
  { records: { clients }, zeroAt, endedAt, marks }: Asked,
): Promise<Section<ClientSeenModel> | null> {
  if (zeroAt === null) return null;
  const report = clients?.value;
  if (!clients || !report) {
    return {
      ok: false,
      problem: {
        title: 'What clients saw is not known.',
        message: clients?.error
          ? `${sentence(clients.error)} The clocks above do not depend on it.`
          : 'No report of clients was read: workers ask for one where MERIDIAN_CLIENT_REPORT_URL names a source. The clocks above do not depend on it.',
      },
    };
  }
  const zero = Date.parse(zeroAt);
  const seconds = (ms: number) => (ms - zero) / 1_000;
  const until = endedAt?.getTime() ?? context.now.getTime();
  const to = endedAt === null ? seconds(until) : seconds(until) + AFTER_SECONDS;
  const { times, series } = await readSharedSeries(context, {
    subjects: [CLIENTS],
    metrics: Object.keys(CLIENT_METRICS),
    from: new Date(zero - BEFORE_SECONDS * 1_000),
    to: new Date(zero + to * 1_000),
    points: POINTS,
  });
  const sampled = times.map((time) => time - zero / 1_000);
  const values = (metric: keyof typeof CLIENT_METRICS) =>
    series.find((one) => one.metric === metric)?.values ?? [];
  return {
    ok: true,
    value: {
      at: report.at,
      withinSeconds: endedAt === null ? WITHIN_SECONDS : FOR_EVER_SECONDS,
      source: 'clients said',
      zeroAt,
      fromSeconds: -BEFORE_SECONDS,
      toSeconds: to,
      orders: { seconds: sampled, perSecond: values('orders.perSecond') },
      reads: { seconds: sampled, answered: values('reads.answered') },
      geographies: geographiesOf(context, report, { seconds, to }),
      marks,
    },
  };
}

function geographiesOf(
  { estate }: VerbContext,
  report: ClientReport,
  axis: { seconds: (ms: number) => number; to: number },
): ClientSeenModel['geographies'] {
  const told = report.geographies ?? {};
  const named = estate.geographies
    .filter(({ key, plannedShare }) => key in told && plannedShare > 0)
    .map(({ key, name }) => ({ name, downtime: told[key]?.downtime }));
  const shown = named.length > 0 ? named : [{ name: 'Everywhere', downtime: report.all.downtime }];
  return shown.map(({ name, downtime }) => ({
    name,
    reads: spansOf(downtime?.reads ?? [], axis),
    orders: spansOf(downtime?.orders ?? [], axis),
  }));
}

/** Intervals on the run's axis; what was over before it, or began after, is left out. */
function spansOf(
  intervals: readonly ClientDowntime[],
  { seconds, to }: { seconds: (ms: number) => number; to: number },
): (readonly [number, number | null])[] {
  return intervals.flatMap(({ start, end }) => {
    const from = seconds(Date.parse(start));
    const until = end === null ? null : seconds(Date.parse(end));
    if (from > to || (until !== null && until < -BEFORE_SECONDS)) return [];
    return [[Math.max(from, -BEFORE_SECONDS), until] as const];
  });
}

function sentence(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}
