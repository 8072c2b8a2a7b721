import { CLIENT_METRICS, CLIENTS, type ClientMetric } from '#lib/domain/observation/kinds.ts';
import type { ObservationStore, SamplePoint } from '../observe/store.ts';
import { type ClientReport, readClientReport } from '../services/reports/client-report.ts';
import type { RecoveryParts } from './parts.ts';

const ANSWER_WITHIN_MS = 2_000;
/** Of the figures that are no intervals; downtime is told whole (docs/operations.md). */
const WINDOW_SECONDS = 60;
/** A report lists orders; more than this is none. */
const LARGEST_BYTES = 4 * 1024 * 1024;

/** Asks for what clients measured and keeps it with the operation; what it was is kept where nobody answers now. */
export async function askClients(parts: RecoveryParts, operationId: string): Promise<void> {
  if (!parts.clientReportUrl) return;
  const asked = await fetchReport(parts.clientReportUrl);
  const [value, error] = 'value' in asked ? [JSON.stringify(asked.value), null] : [null, asked.error];
  await parts.database.pool.query(
    `insert into client_report (operation_id, asked_at, value, answered_at, error)
     values ($1, now(), $2, case when $2::jsonb is null then null else now() end, $3)
     on conflict (operation_id) do update set asked_at = excluded.asked_at, error = excluded.error,
       value = coalesce(excluded.value, client_report.value),
       answered_at = coalesce(excluded.answered_at, client_report.answered_at)`,
    [operationId, value, error],
  );
}

/**
 * Keeps how clients fare as series, also while nothing runs: a run that is looked at again begins before its first step.
 * Nothing is kept where nobody measures, or nobody answers.
 */
export async function sampleClients(
  parts: RecoveryParts,
  store: Pick<ObservationStore, 'samples'>,
): Promise<void> {
  if (!parts.clientReportUrl) return;
  const asked = await fetchReport(parts.clientReportUrl, parts.estate.metrics.periodSeconds);
  if (!('value' in asked)) return;
  await store.samples(clientSamples(asked.value, parts.now().getTime()));
}

/** What was acknowledged a second, and which part of the reads was answered, within the report's window. */
export function clientSamples({ windowSeconds, all }: ClientReport, nowMs: number): SamplePoint[] {
  if (windowSeconds === undefined) return [];
  const point = (metric: ClientMetric, value: number): SamplePoint => ({
    subject: CLIENTS,
    metric,
    unit: CLIENT_METRICS[metric],
    atMs: Math.floor(nowMs / 1_000) * 1_000,
    value,
  });
  const { orders, reads } = all;
  return [
    ...(orders ? [point('orders.perSecond', (orders.requests - orders.errors) / windowSeconds)] : []),
    ...(reads && reads.requests > 0 ? [point('reads.answered', 1 - reads.errors / reads.requests)] : []),
  ];
}

type Asked = { value: ClientReport } | { error: string };

async function fetchReport(base: string, windowSeconds = WINDOW_SECONDS): Promise<Asked> {
  const url = new URL('report', base.endsWith('/') ? base : `${base}/`);
  url.searchParams.set('window', String(windowSeconds));
  try {
    const response = await fetch(url, {
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      redirect: 'error',
      headers: { accept: 'application/json' },
    });
    if (!response.ok) return { error: `the clients’ report answered ${response.status}` };
    const text = await response.text();
    if (text.length > LARGEST_BYTES) return { error: 'the clients’ report is larger than any that is kept' };
    const report = readClientReport(JSON.parse(text));
    return report ? { value: report } : { error: 'the clients’ report has another shape than is known here' };
  } catch (error) {
    return {
      error: `the clients’ report did not answer: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
}
