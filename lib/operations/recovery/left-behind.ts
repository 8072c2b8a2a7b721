import { estateOf } from '#lib/domain/estate/environments.ts';
import type { DatabaseObservation } from '#lib/domain/observation/kinds.ts';
import { currentDatabase, takesWrites } from '#lib/domain/recovery/topology.ts';
import { UnansweredError } from '../../ports/aws.ts';
import { hearThrottled, isThrottled } from '../../ports/throttling.ts';
import type { StepAction, StepContext, StepOutcome } from '../action.ts';
import { denyAllName, isShut } from './fence.ts';
import { CheckLeftInput, LeftBy, PointWriterInput, UnfenceInput } from './input.ts';
import { instanceIdOf, requireDatabase } from './instance.ts';
import { requireEnvironment } from './place.ts';

/** A Region that says nothing for so long does not keep another's database from being opened, ms: orders are refused. */
const LOOK_MS = 3_000;
/** All of a look, which waits for such Regions too, ms. */
const LOOK_ALL_MS = 6_000;

/**
 * Why a step must not put back what it is about: it stands neither as the left run left it nor as it was before, so somebody
 * else has changed it. Null where it may.
 */
type Guard = (context: StepContext, input: Record<string, unknown>, leftBy: string) => Promise<string | null>;

const GUARDS: Readonly<Record<string, Guard>> = {
  'recovery.unfence-database': mayOpen,
  'recovery.point-writer': mayPoint,
};

/**
 * The same action for a step whose input says `leftBy`: it refuses where somebody else has changed since what it would put
 * back. Looked at before every attempt, also after a crash.
 */
export function putsBackLeft(name: string, action: StepAction): StepAction {
  return {
    async run(context) {
      const left = LeftBy.safeParse(context.step.input).data;
      const refusal = left && (await GUARDS[name]?.(context, context.step.input, left.leftBy));
      return refusal ? refused(refusal) : action.run(context);
    },
  };
}

/** The same action, which finds by its number what the left run has made. */
export function asLeftRun(action: StepAction): StepAction {
  return {
    run: (context) => {
      const left = LeftBy.safeParse(context.step.input).data;
      return action.run(
        left ? { ...context, operation: { ...context.operation, id: left.leftBy } } : context,
      );
    },
  };
}

/** Looks at all that is to be put back before any of it is: half of it would be worse than none. */
export const checkLeft: StepAction = {
  async run(context) {
    const { of } = CheckLeftInput.parse(context.step.input);
    const found = await Promise.all(of.map((step) => lookAt(context, step)));
    for (const { silent } of found) if (silent) await context.evidence({ kind: 'note', text: silent });
    const refusals = found.flatMap(({ refusal }) => refusal ?? []);
    if (refusals.length > 0) return refused(refusals.join(' '));
    const text = 'All that answers stands as it was left, or as it was before';
    await context.evidence({ kind: 'fact', text });
    return { status: 'done', note: `${text}.` };
  },
};

async function lookAt(
  context: StepContext,
  { action, input }: { action: string; input: Record<string, unknown> },
): Promise<{ refusal?: string | null; silent?: string }> {
  const guard = GUARDS[action];
  const left = LeftBy.safeParse(input).data;
  if (!guard || !left) return {};
  const look = () => guard(context, input, left.leftBy);
  const refusal = await answerOf(context, look, LOOK_ALL_MS);
  if (refusal !== undefined) return { refusal };
  return {
    silent: `${String(input.region)} does not answer: what is put back there is looked at once more before`,
  };
}

function refused(why: string): StepOutcome {
  return {
    status: 'fail',
    note: `${why} Nothing of it was changed. See on Recovery what stands now, and go on from there.`,
  };
}

async function mayOpen(
  context: StepContext,
  raw: Record<string, unknown>,
  leftBy: string,
): Promise<string | null> {
  const { region, instance, securityGroupIds } = UnfenceInput.parse(raw);
  const found = await requireDatabase(context, { region, instance });
  const { instanceId } = found;
  if (found.role !== 'primary')
    return `${instanceId} is a replica now, and was the primary that ${leftBy} had shut.`;
  const isOpen = sameGroups(found.securityGroupIds, securityGroupIds);
  if (!isOpen && !(await isShutIn(context, region, found)))
    return `${instanceId} has the security groups ${found.securityGroupIds.join(', ')}, neither those of before nor those that ${leftBy} left: somebody changed them.`;
  const others = await otherWriters(context, region);
  return others.length === 0
    ? null
    : `${others.join(' and ')} takes orders: with ${instanceId} opened there would be two writers.`;
}

/** By the group that lets nothing in, where the Region's VPC has it. */
async function isShutIn(context: StepContext, region: string, found: DatabaseObservation): Promise<boolean> {
  const denyAll = await context.aws.findSecurityGroup(region, denyAllName(context));
  return denyAll !== null && isShut(found, denyAll);
}

function sameGroups(some: readonly string[], others: readonly string[]): boolean {
  return [...some].sort().join() === [...others].sort().join();
}

/** Databases of the environment's other Regions that take orders, as far as those Regions answer. */
async function otherWriters(context: StepContext, besides: string): Promise<string[]> {
  const environment = requireEnvironment(context);
  const regions = estateOf(context.estate, environment).regions.filter(
    ({ code }) => code !== besides && environment.regions.includes(code),
  );
  const found = await Promise.all(
    regions.map(async ({ code, database }) => {
      const look = () => writerIn(context, code, database.instanceId);
      const writer = await answerOf(context, look, LOOK_MS);
      return writer ?? [];
    }),
  );
  return found.flat();
}

async function writerIn(context: StepContext, region: string, declaredId: string): Promise<string | null> {
  const current = currentDatabase(await context.aws.listDatabases(region), declaredId);
  if (!current || !takesWrites(current)) return null;
  return (await isShutIn(context, region, current)) ? null : current.instanceId;
}

/**
 * Undefined where the Region does not answer in time. One that throttles is there, and may have a writer: that rejects, to be
 * asked again.
 */
async function answerOf<T>(
  context: StepContext,
  ask: () => Promise<T>,
  withinMs: number,
): Promise<T | undefined> {
  const silence = Promise.withResolvers<undefined>();
  const listen = () => setTimeout(silence.resolve, withinMs, undefined);
  let timer = listen();
  const hear = () => {
    clearTimeout(timer);
    timer = listen();
  };
  try {
    return await Promise.race([hearThrottled(hear, ask), silence.promise]);
  } catch (error) {
    context.signal.throwIfAborted();
    if (error instanceof UnansweredError && !isThrottled(error)) return undefined;
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function mayPoint(
  context: StepContext,
  raw: Record<string, unknown>,
  leftBy: string,
): Promise<string | null> {
  const { region, namespace, writer } = PointWriterInput.parse(raw);
  if (writer === null) return null;
  const name = instanceIdOf(context, writer);
  const { writerEndpoint } = await context.aws.readShopConfig(region, namespace);
  return writerEndpoint === name
    ? null
    : `shop-config of ${region} names ${writerEndpoint ?? 'no writer'}, and ${leftBy} left it at ${name}: somebody changed it.`;
}
