import type { OrderRow } from '../../ports/recovery.ts';
import type { StepAction, StepContext } from '../action.ts';
import { modifyCommand } from './commands.ts';
import { isShut, requireDenyAll, shutDoor } from './fence.ts';
import { type Place, SalvageInput } from './input.ts';
import { instanceIdOf, requireDatabase } from './instance.ts';
import { reachState } from './reach-state.ts';
import { messageOf } from './refusal.ts';
import { untilAnswered } from './until-answered.ts';

const PAGE = 500;
/** Rows kept with the run; the rest is counted, and is in the snapshot. */
const MOST_ROWS = 1_000;
const DAY_MS = 86_400_000;
/** What was committed shortly before the target's last transaction may be missing there too. */
const MARGIN_MS = 60_000;
/** The old primary gets this long to let us read, ms: a rebuild does not wait for it. */
const READ_WITHIN_MS = 5 * 60_000;
const SHUT_WITHIN_MS = 60_000;

/**
 * Orders on the old primary that the writer does not have: acknowledged to users, and in no report of the shop until a
 * person decides about each (aws-facts 2.5). The old primary is shut and renamed by then; it is opened for the reading
 * alone, under a name that no shop knows, and shut again whatever happens.
 */
export const salvage: StepAction = {
  async run(context) {
    const input = SalvageInput.parse(context.step.input);
    const { region, writer } = input;
    const old = await requireDatabase(context, input);
    const { instanceId } = old;
    const denyAll = await requireDenyAll(context, region);
    const since =
      input.since === null ? context.now().getTime() - DAY_MS : Date.parse(input.since) - MARGIN_MS;
    const from = new Date(since).toISOString();
    let found: Salvaged | undefined;
    let why = '';
    try {
      if (isShut(old, denyAll)) await open(context, { region, instanceId, denyAll });
      const limited = {
        ...context,
        signal: AbortSignal.any([context.signal, AbortSignal.timeout(READ_WITHIN_MS)]),
      };
      found = await readMissing(limited, { old: { region, instance: { instanceId } }, writer, since: from });
    } catch (error) {
      why = messageOf(error);
    }
    // Also when the step is told to stop: an open old primary would be a second writer for whoever finds it.
    await shutDoor(
      { ...context, signal: AbortSignal.timeout(SHUT_WITHIN_MS) },
      { region, instanceId, denyAll },
    );
    context.signal.throwIfAborted();
    if (!found) {
      const note = `What is on ${instanceId} could not be read: ${why} It is kept, with its snapshot; read it later.`;
      await context.evidence({ kind: 'note', text: note });
      return { status: 'done', note, output: { salvaged: false, instanceId, since: from, why } };
    }
    const { rows, count, compared } = found;
    const text = `${count} of ${compared} orders on ${instanceId} since ${from} are not on ${instanceIdOf(context, writer.instance)}`;
    await context.evidence({ kind: 'fact', text, data: { count, compared, since: from } });
    return {
      status: 'done',
      note:
        count === 0
          ? `${text}: nothing to salvage.`
          : `${text}. They are listed; somebody decides about each.`,
      output: {
        salvaged: true,
        instanceId,
        since: from,
        compared,
        count,
        orders: rows,
        complete: count === rows.length,
      },
    };
  },
};

interface Salvaged {
  rows: OrderRow[];
  count: number;
  compared: number;
}

async function readMissing(
  context: StepContext,
  { old, writer, since }: { old: Place; writer: Place; since: string },
): Promise<Salvaged> {
  const oldId = instanceIdOf(context, old.instance);
  const writerId = instanceIdOf(context, writer.instance);
  const seen = new Set<string>();
  const rows: OrderRow[] = [];
  let count = 0;
  for (let from = since; ; ) {
    context.signal.throwIfAborted();
    const page = await untilAnswered(
      context,
      { what: `the orders on ${oldId}`, everyMs: 500, longestMs: 5_000 },
      () => context.aws.ordersSince(old.region, oldId, from, PAGE),
    );
    const fresh = page.filter(({ id }) => !seen.has(id));
    for (const { id } of fresh) seen.add(id);
    if (fresh.length > 0) {
      const ids = fresh.map(({ id }) => id);
      const missing = new Set(await context.aws.missingOrders(writer.region, writerId, ids));
      const lost = fresh.filter(({ id }) => missing.has(id));
      count += lost.length;
      rows.push(...lost.slice(0, MOST_ROWS - rows.length));
    }
    const last = page.at(-1);
    if (!last || page.length < PAGE || fresh.length === 0) return { rows, count, compared: seen.size };
    // The next page begins just before the last one's end: what comes twice is counted once.
    from = new Date(Date.parse(last.createdAt) - 1).toISOString();
  }
}

async function open(
  context: StepContext,
  { region, instanceId, denyAll }: { region: string; instanceId: string; denyAll: string },
): Promise<void> {
  const name = `${context.estate.estate}-database`;
  const group = await context.aws.findSecurityGroup(region, name);
  if (!group) throw new Error(`The VPC of ${region} has no security group named ${name} to open it with.`);
  await context.cli(modifyCommand(region, instanceId, { securityGroupIds: [group] }));
  await reachState(context, {
    what: `the security groups of ${instanceId}`,
    everyMs: 250,
    longestMs: 2_000,
    read: () => requireDatabase(context, { region, instance: { instanceId } }),
    isSo: (found) => !isShut(found, denyAll),
    write: () => context.aws.modifyDatabase(region, instanceId, { securityGroupIds: [group] }),
  });
}
