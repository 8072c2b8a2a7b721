import type { OrderRow } from '../../ports/recovery.ts';
import type { StepContext } from '../action.ts';
import { compareOrdersCommand } from '../commands/sql.ts';
import type { Place } from './input.ts';
import { instanceIdOf } from './instance.ts';
import { untilAnswered } from './until-answered.ts';

const ASK = { everyMs: 500, longestMs: 5_000 };
const PAGE = 500;
/** Rows kept with the run; the rest is counted. */
const MOST_ROWS = 1_000;
/** Nobody can accept to lose more (`RpoContract`): what only an old database has is of the last day of its orders. */
const DAY_MS = 86_400_000;
/** What was committed shortly before the target's last transaction may be missing there too. */
const MARGIN_MS = 60_000;

/** ISO time from which on orders are compared that were lost with a database, given the last commit that the writer had of it. */
export function fromLastCommit(lastCommitAt: string): string {
  return new Date(Date.parse(lastCommitAt) - MARGIN_MS).toISOString();
}

/**
 * ISO time from which on the orders of an old database are compared, given the last commit up to which the writer is known to
 * have had everything when it took over. A database whose orders end before that was left earlier, at a time that is not
 * known: then, as without any such commit, it is the day before its own last order.
 */
export async function comparedFrom(
  context: StepContext,
  old: Place,
  lastCommitAt: string | null,
): Promise<string> {
  const instanceId = instanceIdOf(context, old.instance);
  const last = await untilAnswered(context, { what: `the last order on ${instanceId}`, ...ASK }, () =>
    context.aws.lastOrder(old.region, instanceId),
  );
  const lastAtMs = last ? Date.parse(last.createdAt) : context.now().getTime();
  const dayBefore = new Date(lastAtMs - DAY_MS).toISOString();
  if (lastCommitAt === null) return dayBefore;
  const from = fromLastCommit(lastCommitAt);
  return lastAtMs < Date.parse(from) ? dayBefore : from;
}

/** Orders of a database that the writer does not have. */
export interface MissingOrders {
  /** The first thousand of them. */
  rows: OrderRow[];
  count: number;
  /** How many were looked at. */
  compared: number;
}

/** Compares all orders since then, page by page. */
export async function missingOrders(
  context: StepContext,
  { old, writer, since }: { old: Place; writer: Place; since: string },
): Promise<MissingOrders> {
  const oldId = instanceIdOf(context, old.instance);
  const writerId = instanceIdOf(context, writer.instance);
  await context.cli(
    compareOrdersCommand(
      { region: old.region, instanceId: oldId },
      { region: writer.region, instanceId: writerId },
      since,
    ),
  );
  const rows: OrderRow[] = [];
  let count = 0;
  let compared = 0;
  for (let after: OrderRow | undefined; ; ) {
    context.signal.throwIfAborted();
    const page = await untilAnswered(context, { what: `the orders on ${oldId}`, ...ASK }, () =>
      context.aws.ordersSince(old.region, oldId, since, PAGE, after),
    );
    compared += page.length;
    if (page.length > 0) {
      const ids = page.map(({ id }) => id);
      const missing = new Set(await context.aws.missingOrders(writer.region, writerId, ids));
      const lost = page.filter(({ id }) => missing.has(id));
      count += lost.length;
      rows.push(...lost.slice(0, MOST_ROWS - rows.length));
    }
    if (page.length < PAGE) return { rows, count, compared };
    after = page.at(-1);
  }
}
