import { setTimeout as delay } from 'node:timers/promises';
import type { LabDescription } from '#lab/description.ts';
import type { LoadReport } from '#lab/load/report.ts';
import { downtimeWithin } from '#lib/services/reports/client-report.ts';

type Place = Pick<LabDescription, 'ledgerUrl'>;

/** A request that hangs is known so late: until then the shoppers' last intervals are provisional (lab/load/downtime.ts), ms. */
const SETTLED_MS = 13_000;
const POLL_MS = 250;

export async function readLedger({ ledgerUrl }: Place): Promise<LoadReport> {
  const response = await fetch(new URL('/report', ledgerUrl), { signal: AbortSignal.timeout(10_000) });
  if (!response.ok) throw new Error(`The ledger answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as LoadReport;
}

export interface ClientView {
  /** Shoppers could not order, from the first order that failed to the first that was taken again, s. */
  downSeconds: number;
  /** When the last of these outages ended. */
  restoredAtMs: number;
  /** Acknowledged orders that are gone, with when they were acknowledged. */
  lostAtMs: number[];
  acknowledged: number;
}

/** What shoppers saw from that moment on, once they can order again and nothing about it is provisional. */
export async function untilOrdersFlow(lab: Place, sinceMs: number, withinMs: number): Promise<ClientView> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const report = await readLedger(lab);
    const intervals = report.all.downtime.orders.filter(
      ({ start, end }) => Date.parse(start) >= sinceMs - 3_000 || end === null,
    );
    const last = intervals.at(-1);
    const over = last?.end != null && Date.now() - Date.parse(last.end) > SETTLED_MS;
    if (over && report.orders.missing !== null) {
      return {
        downSeconds: downtimeWithin(intervals, new Date(sinceMs).toISOString(), report.at).seconds,
        restoredAtMs: Date.parse(last.end ?? ''),
        lostAtMs: report.orders.missingOrders.map(({ at }) => Date.parse(at)),
        acknowledged: report.orders.acknowledged,
      };
    }
    if (Date.now() > deadline)
      throw new Error(
        `Shoppers could not order again within ${withinMs / 1_000} s: ${JSON.stringify(report.orders)}`,
      );
    await delay(POLL_MS);
  }
}
