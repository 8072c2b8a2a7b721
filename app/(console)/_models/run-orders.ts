import type { OrderRow, OrdersModel } from '#components/operations/recovery-model.ts';
import { EMPTY, formatNumber, formatSeconds, plural } from '#components/ui/format.ts';
import type { Section } from '#components/ui/model.ts';
import { RpoContract } from '#lib/domain/recovery/params.ts';
import { type OrderSet, routes } from '#lib/routes.ts';
import type { VerbContext } from '#lib/services/context.ts';
import type { OperationDetail } from '#lib/services/operations/read.ts';
import { findFormerPromotion, type RunRecords } from '#lib/services/recovery/records.ts';
import { missingSince } from '#lib/services/reports/client-report.ts';
import { listSalvage } from '#lib/services/salvage/list.ts';
import { within } from './common.ts';

const PAGE = 50;

interface Asked {
  detail: OperationDetail;
  records: RunRecords;
  query: { orders?: string | undefined; cursor?: string | undefined };
}

type Gone = ReturnType<typeof missingSince>;

/** What a run lost and what it found again; null for a run that can do neither, or has not come so far. */
export async function ordersOf(
  context: VerbContext,
  { detail, records, query }: Asked,
): Promise<Section<OrdersModel> | null> {
  const { operation } = detail;
  const step = (action: string) => operation.steps.find((found) => found.action === action);
  const promoted = step('recovery.promote')?.state === 'done';
  const read = step('recovery.salvage');
  if (!promoted && records.salvaged === 0 && read?.state !== 'done') return null;
  const report = records.clients?.value ?? null;
  const former = await findFormerPromotion(context.database, operation);
  const gone = report && missingSince(report, former?.toISOString() ?? null);
  const set: OrderSet =
    query.orders === 'salvage' || (!promoted && records.salvaged > 0) ? 'salvage' : 'lost';
  const at = (orders: OrderSet, cursor?: string) =>
    routes.operation(operation.id, {
      ...within(context.estate, operation.environment),
      orders,
      ...(cursor ? { cursor } : {}),
    });
  const page =
    set === 'salvage' ? await salvagePage(context, operation.id, query.cursor) : lostPage(gone, query.cursor);
  return {
    ok: true,
    value: {
      ...statementOf(gone, records),
      tabs: [
        {
          label: gone?.count == null ? 'Lost, not known' : `Lost ${formatNumber(gone.count)}`,
          href: at('lost'),
          current: set === 'lost',
        },
        {
          label: `Salvage ${formatNumber(records.salvaged)}`,
          href: at('salvage'),
          current: set === 'salvage',
        },
      ],
      rows: page.rows,
      summary: page.summary,
      newer: query.cursor ? at(set) : null,
      older: page.next ? at(set, page.next) : null,
      none: set === 'lost' ? noneLost(gone, records) : noneSalvaged(read?.state),
    },
  };
}

interface Page {
  rows: OrderRow[];
  summary: string;
  next: string | null;
}

function lostPage(gone: Gone | null, cursor: string | undefined): Page {
  const orders = gone?.orders ?? [];
  const from = /^\d{1,6}$/.test(cursor ?? '') ? Number(cursor) : 0;
  const rows = orders.slice(from, from + PAGE);
  const next = from + PAGE < orders.length ? String(from + PAGE) : null;
  const more = gone && gone.more > 0 ? `; ${formatNumber(gone.more)} more are not listed by the clients` : '';
  return {
    rows: rows.map(({ orderId, region, at }) => ({
      id: orderId,
      region,
      acknowledgedAt: at,
      product: EMPTY,
      amount: EMPTY,
      status: 'critical',
      word: 'missing',
    })),
    summary: `${from + 1} to ${from + rows.length} of ${plural(orders.length, 'order')}${more}`,
    next,
  };
}

async function salvagePage(context: VerbContext, id: string, cursor: string | undefined): Promise<Page> {
  const { items, total, nextCursor } = await listSalvage(context, {
    operation: id,
    limit: PAGE,
    ...(cursor ? { cursor } : {}),
  });
  return {
    rows: items.map((order) => ({
      id: order.id,
      region: order.region,
      acknowledgedAt: order.createdAt.toISOString(),
      product: `product ${order.product}`,
      amount: order.amount,
      status: 'held',
      word: `kept for salvage, found in ${order.foundIn}`,
    })),
    summary: `${items.length} shown of ${plural(total, 'order')}`,
    next: nextCursor,
  };
}

function statementOf(gone: Gone | null, records: RunRecords): Pick<OrdersModel, 'statement' | 'status'> {
  const accepted = RpoContract.safeParse(records.accepted).data;
  const bound = accepted
    ? `; at most ${formatSeconds(accepted.seconds)} s of them were accepted to be lost`
    : '';
  if (!gone || gone.count === null) return { status: 'unknown', statement: 'what was lost is not known' };
  if (gone.count === 0) return { status: 'ok', statement: 'no acknowledged order is missing' };
  return {
    status: 'critical',
    statement: `${plural(gone.count, 'acknowledged order')} ${gone.count === 1 ? 'is' : 'are'} missing${bound}`,
  };
}

function noneLost(gone: Gone | null, { clients }: RunRecords): string {
  const orders = clients?.value?.orders;
  if (!clients || !orders)
    return 'Nothing tells which orders were acknowledged: no report of clients was read. Compare with the shop’s own books.';
  if (!gone || gone.count === null)
    return `Clients hold ${plural(orders.acknowledged, 'acknowledged order')}; whether the writer has them is not known: ${orders.reason ?? clients.error ?? 'nobody could be asked'}.`;
  return `Clients hold ${plural(orders.acknowledged, 'acknowledged order')}, and the writer has every one of the ${formatNumber(orders.checked ?? 0)} that were looked for.`;
}

function noneSalvaged(state: string | undefined): string {
  return state === 'done'
    ? 'Every order on the database that was left is on the writer too.'
    : 'Nothing was read of the database that was left: it is read when its Region is rebuilt, and what the writer lacks is listed here.';
}
