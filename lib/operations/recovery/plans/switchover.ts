import type { PlannedStep } from '#lib/domain/operation/plan.ts';
import type { SwitchoverParams } from '#lib/domain/recovery/params.ts';
import { regionOfArn } from '../instance.ts';
import {
  type Keys,
  keysOf,
  type Layout,
  layoutOf,
  othersOf,
  type Planned,
  type PlannedDatabase,
  type PlanningFacts,
  refuse,
  type Steps,
  servingWith,
  servingWithout,
  switchesOf,
  toPlan,
  withDatabase,
} from '../planning.ts';
import { regionTopology } from '../topology.ts';
import { leftBesideDatabase } from './beside-database.ts';
import { copySteps } from './copies.ts';
import { summaryOf } from './failover.ts';
import { oldPrimarySteps } from './old-primary.ts';
import { proving } from './proves.ts';
import { omissible, together } from './step.ts';
import { trafficSteps } from './traffic.ts';
import { writerSteps } from './writer.ts';
import { writeSteps } from './writes.ts';

/** Moves the writer to a healthy Region with no order lost (aws-facts 2.4). Can be put back until the promotion. */
export function planSwitchover(facts: PlanningFacts, { target }: SwitchoverParams): Planned {
  const { writer } = facts.topology;
  const refusal = whyNot(facts, target);
  if (refusal || writer === null) return refusal ?? refuse('no-writer', NO_WRITER);
  const part = switchoverPart(facts, layoutOf(facts, writer), { target });
  if (!part.ok) return part;
  const { steps, compensation } = part;
  return toPlan(facts, 'switchover', `Switchover: orders move from ${writer} to ${target}`, {
    steps: [...proving(steps), summaryOf('summary', steps, leftBesideDatabase(facts, target))],
    compensation,
  });
}

const NO_WRITER =
  'No single Region is known to take the orders, so there is nothing to move. See the readiness page for what stands where.';

function whyNot({ environment, topology }: PlanningFacts, target: string): Planned | undefined {
  const { writer } = topology;
  if (!environment.regions.includes(target))
    return refuse('not-here', `${target} is not a Region of ${environment.name}.`);
  if (writer === null) return refuse('no-writer', NO_WRITER);
  if (writer === target) return refuse('already-writer', `Orders are written in ${target} already.`);
  const { database } = regionTopology(topology, target);
  const source = regionOfArn(database?.sourceArn ?? '');
  if (!database || source !== writer) {
    return refuse(
      'not-its-copy',
      `The database in ${target} ${database ? `replicates from ${source || 'nothing'}` : 'was never seen'}, and orders are written in ${writer}. Rebuild ${target} first.`,
    );
  }
  return undefined;
}

export interface SwitchoverPart {
  target: string;
  /** Name of the part in a longer plan. */
  part?: string;
  /** A part's clocks do not stop those of the whole. */
  clocks?: boolean;
}

export type PartOf = ({ ok: true; after: Layout } & Steps) | Extract<Planned, { ok: false }>;

/** The steps of a switchover from that layout on, and the layout that they leave. */
export function switchoverPart(facts: PlanningFacts, layout: Layout, given: SwitchoverPart): PartOf {
  const { target, part, clocks = true } = given;
  const leaving = layout.databases[layout.writer];
  const candidate = layout.databases[target];
  if (!leaving || !candidate) {
    const code = leaving ? target : layout.writer;
    return {
      ok: false,
      code: 'unseen',
      message: `The database in ${code} was never seen; there is no plan without it.`,
    };
  }
  const keys = keysOf(part);
  const moving = { layout, leaving, taking: withBackupsOf(candidate, leaving), keys, clocks };
  const readers = readersLeave(facts, moving);
  const before = preparation(facts, moving);
  const outage = outageSteps(facts, moving);
  const rest = rebuilding(facts, moving, { isLast: part === undefined });
  return {
    ok: true,
    steps: [
      ...before,
      ...readers.away,
      ...readiness(moving),
      ...outage.steps,
      ...rest.steps,
      ...readers.back,
    ],
    compensation: [...outage.compensation, ...readers.compensation],
    after: rest.after,
  };
}

interface Moving {
  layout: Layout;
  leaving: PlannedDatabase;
  taking: PlannedDatabase;
  keys: Keys;
  clocks: boolean;
}

/** All that takes time and keeps nobody from ordering comes first. */
function preparation(facts: PlanningFacts, { layout, taking, keys }: Moving): PlannedStep[] {
  const onCopies = copySteps(keys);
  const onWriter = writerSteps(keys);
  return [
    onWriter.recheck(layout, facts.environment.regions),
    onCopies.parity(taking, { multiAz: layout.writerMultiAz, deletionProtection: true }),
  ];
}

/**
 * The Region that the writer leaves has no database until its new copy is made, which takes hours on AWS. Where a switch is
 * prepared its readers go elsewhere for so long; else its health check takes it out once it fails, and they see errors
 * until then.
 */
function readersLeave(
  facts: PlanningFacts,
  { layout, taking, keys }: Moving,
): Steps & {
  away: PlannedStep[];
  back: PlannedStep[];
} {
  const traffic = trafficSteps(facts, keys);
  const from = layout.writer;
  const target = taking.place.region;
  const { switchedOff } = regionTopology(facts.topology, from);
  if (switchedOff || switchesOf(facts, from).length === 0) {
    const away = [traffic.capacity(target, servingWithout(facts).shares[target] ?? 0)];
    return { steps: away, away, back: [], compensation: [traffic.release(target, keys('capacity', target))] };
  }
  const { shares, serving } = servingWithout(facts, from);
  const receivers = serving.length > 0 ? serving : [target];
  const away = [
    ...together(
      keys('nodes'),
      receivers.map((code) => traffic.capacity(code, shares[code] ?? 0)),
    ),
    traffic.turn(from, 'off'),
    traffic.awaitDns(from, false),
    traffic.verifyReads({
      verb: 'verify-reads-away',
      regions: receivers,
      since: keys('await-dns', from),
      empty: from,
      onFailure: 'revert',
    }),
  ];
  const back = [
    traffic.turn(from, 'on'),
    traffic.awaitDns(from, true, { verb: 'await-dns-back' }),
    traffic.verifyReads({
      verb: 'verify-reads-back',
      regions: servingWith(facts, from).serving,
      since: keys('await-dns-back', from),
      onFailure: 'hold',
    }),
  ];
  return {
    steps: [...away, ...back],
    away,
    back,
    compensation: [
      traffic.turn(from, 'on', { verb: 'readmit' }),
      ...receivers.map((code) => traffic.release(code, keys('capacity', code))),
    ],
  };
}

/** The last look before anybody is kept from ordering. */
function readiness({ leaving, taking, keys }: Moving): PlannedStep[] {
  return [writerSteps(keys).verifyReplication(leaving.place, taking.place)];
}

/** From the freeze to the first order on the new writer: nothing in here that could have been done before or after. */
function outageSteps(facts: PlanningFacts, { leaving, taking, keys, clocks }: Moving): Steps {
  const writes = writeSteps(facts, keys);
  const onOldPrimary = oldPrimarySteps(keys);
  const onWriter = writerSteps(keys);
  const { regions } = facts.environment;
  const target = taking.place.region;
  return {
    steps: [
      ...together(
        keys('freeze'),
        regions.map((code) => writes.freeze(code, 'in-time')),
      ),
      writes.seal(leaving, taking.place, regions),
      onWriter.promote(taking, { irreversible: true }),
      ...together(
        keys('point'),
        regions.map((code) => writes.pointAt(code, taking.place, 'must')),
      ),
      writes.verifyOrder(target, taking.place, clocks ? { clock: 'writes' } : {}),
      ...together(
        keys('verify-orders'),
        othersOf(facts, target).map((code) => writes.verifyOrder(code, taking.place)),
      ),
    ],
    compensation: [
      onOldPrimary.unfence(leaving, 'must'),
      ...regions.map((code) => writes.putBack(code, 'must')),
    ],
  };
}

/** A copy in the Region that was left, under its own name, and new ones in the others: RDS re-points none (aws-facts B-03). */
function rebuilding(
  facts: PlanningFacts,
  moving: Moving,
  { isLast }: { isLast: boolean },
): { steps: PlannedStep[]; after: Layout } {
  const { layout, leaving, taking, keys, clocks } = moving;
  const onCopies = copySteps(keys);
  const onOldPrimary = oldPrimarySteps(keys);
  const from = leaving.place.region;
  const others = othersOf(facts, from, taking.place.region).flatMap((code) => layout.databases[code] ?? []);
  const copies = [leaving, ...others];
  const made = (code: string) => ({ createdBy: keys('create-replica', code) });
  // A later part of the plan promotes one of these copies: it does not go on without them.
  const copied = (step: PlannedStep) => (isLast ? omissible(step) : step);
  const steps = [
    onOldPrimary.retire(leaving),
    ...together(
      keys('copies'),
      copies.map((database) => copied(onCopies.createReplica(database, taking.place))),
    ),
    onCopies.verifyRedundancy(
      taking.place,
      copies.map(({ place }) => place.region),
      clocks ? 'redundancy' : undefined,
    ),
    ...together(
      keys('settings'),
      copies.map((database) =>
        copied(
          onCopies.parity(database, { instance: made(database.place.region), deletionProtection: false }),
        ),
      ),
    ),
    // Not read: each followed the very database that was sealed, and the new writer had all of that before it was promoted.
    ...together(
      keys('old-copies'),
      others.map(({ place }) =>
        onCopies.deleteReplica(place, { replacedBy: keys('create-replica', place.region) }),
      ),
    ),
  ];
  const start: Layout = {
    ...layout,
    writer: taking.place.region,
    databases: { ...layout.databases, [taking.place.region]: taking },
  };
  const after = copies.reduce(
    (known, { place }) => withDatabase(known, place.region, made(place.region)),
    start,
  );
  return { steps, after };
}

function withBackupsOf(database: PlannedDatabase, former: PlannedDatabase): PlannedDatabase {
  return {
    ...database,
    backupRetentionDays: Math.max(database.backupRetentionDays, former.backupRetentionDays),
  };
}
