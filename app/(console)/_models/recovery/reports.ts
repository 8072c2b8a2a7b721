import type { ReportRow, ReportsModel } from '#components/recovery/model.ts';
import type { Status } from '#components/ui/model.ts';
import type { OperationState } from '#lib/domain/operation/state.ts';
import { RECOVERY_CLOCKS } from '#lib/domain/recovery/clocks.ts';
import { routes } from '#lib/routes.ts';
import { listReports, type ReportListItem } from '#lib/services/reports/read.ts';
import { count, STATE_STATUS } from '../common.ts';
import type { Frame } from './frame.ts';

/** Every run of a recovery plan with what it achieved, newest first. */
export async function reportsModel(frame: Frame, cursor: string | undefined): Promise<ReportsModel> {
  const { context, environment, here } = frame;
  const { items, nextCursor } = await listReports(context, { environment, ...(cursor ? { cursor } : {}) });
  return {
    rows: items.map((item) => reportRow(frame, item)),
    summary: count(items.length, 'report'),
    newer: cursor ? routes.recovery({ ...here, tab: 'reports' }) : null,
    older: nextCursor ? routes.recovery({ ...here, tab: 'reports', cursor: nextCursor }) : null,
  };
}

function reportRow({ here }: Frame, report: ReportListItem): ReportRow {
  const { operation, kind, level, state, title, endedAt, emergency, slow } = report;
  const over = report.clocks.some(({ overBudget }) => overBudget);
  const done = state === 'done';
  return {
    id: operation,
    href: routes.operation(operation, here),
    kind: `${kind === 'drill' && level ? `drill, ${level}` : kind}${emergency ? ', emergency' : ''}`,
    what: title.replace(/^[A-Z][a-z]+: /, ''),
    endedAt: endedAt.toISOString(),
    status: done ? (over ? 'warning' : 'ok') : STATE_STATUS[state as OperationState],
    word: done
      ? over
        ? 'done, over budget'
        : slow > 0
          ? `done, ${count(slow, 'slow step')}`
          : 'done'
      : state,
    clocks: RECOVERY_CLOCKS.map((clock) => clockOf(report, clock)),
    orders: ordersOf(report),
    links: {
      html: routes.api.report(operation, 'html'),
      pdf: routes.api.report(operation, 'pdf'),
      json: routes.api.report(operation, 'json'),
    },
    replay: routes.replay(operation, here),
  };
}

function clockOf(report: ReportListItem, wanted: string): ReportRow['clocks'][number] {
  const found = report.clocks.find(({ clock }) => clock === wanted);
  if (!found || found.seconds === null || found.state !== 'stopped') return null;
  return { seconds: found.seconds, status: found.overBudget ? 'critical' : 'ok' };
}

/** What was lost, by the count of whoever measures; else that nobody could say. */
export function ordersOf({ missing, salvaged }: Pick<ReportListItem, 'missing' | 'salvaged'>): {
  status: Status;
  text: string;
} {
  const kept = salvaged > 0 ? `, ${salvaged} to salvage` : '';
  if (missing === null) return { status: 'unknown', text: `not counted${kept}` };
  if (missing > 0) return { status: 'critical', text: `${missing} lost${kept}` };
  return { status: salvaged > 0 ? 'warning' : 'ok', text: `none lost${kept}` };
}
