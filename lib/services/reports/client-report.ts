import { z } from 'zod';

const Downtime = z.object({
  start: z.string(),
  /** Null while it lasts. */
  end: z.string().nullable(),
  seconds: z.number().min(0),
});

const MissingOrder = z.object({ orderId: z.string(), region: z.string(), at: z.string() });
export type MissingOrder = z.infer<typeof MissingOrder>;

const Downtimes = z.object({ reads: z.array(Downtime), orders: z.array(Downtime) });
const Figures = z.object({ requests: z.int().min(0), errors: z.int().min(0) });

/**
 * What clients measured themselves, as `MERIDIAN_CLIENT_REPORT_URL` answers: when they could not read or order, what was
 * answered within the window that was asked for, and which acknowledged orders are gone. More may stand in it.
 */
export const ClientReport = z.object({
  at: z.string(),
  windowSeconds: z.number().positive().optional(),
  all: z.object({ downtime: Downtimes, reads: Figures.optional(), orders: Figures.optional() }),
  /** By the estate's geographies; a service that does not tell them apart leaves them out. */
  geographies: z.record(z.string(), z.object({ downtime: Downtimes })).optional(),
  orders: z.object({
    acknowledged: z.int().min(0),
    checked: z.int().min(0).nullable(),
    missing: z.int().min(0).nullable(),
    /** Those of them that are listed; a service may leave the list out. */
    missingOrders: z.array(MissingOrder).default([]),
    reason: z.string().nullable().default(null),
  }),
});
export type ClientReport = z.infer<typeof ClientReport>;

export type ClientDowntime = z.infer<typeof Downtime>;

/** The stored answer, or null where it is of a shape that this version does not know. */
export function readClientReport(value: unknown): ClientReport | null {
  const parsed = ClientReport.safeParse(value);
  return parsed.success ? parsed.data : null;
}

/** What was down between two times; where it began before or ended after, only the part in between counts. */
export function downtimeWithin(
  intervals: readonly ClientDowntime[],
  fromIso: string,
  untilIso: string,
): { seconds: number; lasts: boolean; intervals: ClientDowntime[] } {
  const [from, until] = [Date.parse(fromIso), Date.parse(untilIso)];
  const within = intervals.flatMap((interval) => {
    const start = Math.max(from, Date.parse(interval.start));
    const end = Math.min(until, interval.end === null ? until : Date.parse(interval.end));
    if (end <= start) return [];
    const lasts = interval.end === null;
    return {
      start: new Date(start).toISOString(),
      end: lasts ? null : new Date(end).toISOString(),
      seconds: (end - start) / 1_000,
    };
  });
  return {
    seconds: within.reduce((sum, { seconds }) => sum + seconds, 0),
    lasts: within.some(({ end }) => end === null),
    intervals: within,
  };
}

/**
 * Acknowledged orders that are gone, of those acknowledged after that moment: what an earlier run lost is that run's. The
 * report lists only some of very many; `more` are then not told apart. A null count: nobody could say.
 */
export function missingSince(
  { orders: { missing, missingOrders } }: ClientReport,
  sinceIso: string | null,
): { count: number | null; more: number; orders: MissingOrder[] } {
  const since = sinceIso === null ? Number.NEGATIVE_INFINITY : Date.parse(sinceIso);
  const orders = missingOrders.filter(({ at }) => Date.parse(at) > since);
  if (missing === null) return { count: null, more: 0, orders };
  const more = Math.max(0, missing - missingOrders.length);
  return { count: orders.length + more, more, orders };
}
