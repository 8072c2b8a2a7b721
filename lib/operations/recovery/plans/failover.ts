import type { PlannedStep } from '#lib/domain/operation/plan.ts';
import type { FailoverParams } from '#lib/domain/recovery/params.ts';
import { regionOfArn } from '../instance.ts';
import {
  keysOf,
  type Layout,
  layoutOf,
  othersOf,
  type Planned,
  type PlannedDatabase,
  type PlanningFacts,
  refuse,
  type Steps,
  servingWithout,
  toPlan,
} from '../planning.ts';
import { regionTopology } from '../topology.ts';
import { leftBesideDatabase } from './beside-database.ts';
import { copySteps } from './copies.ts';
import { oldPrimarySteps } from './old-primary.ts';
import { leftInTime, makeStep, together } from './step.ts';
import { trafficSteps } from './traffic.ts';
import { writerSteps } from './writer.ts';
import { writeSteps } from './writes.ts';

/**
 * Leaves a Region that is lost (aws-facts 2.5). Nothing needs that Region to answer, nor Route 53's control plane; what is
 * tried in it is tried once and recorded. Until the promotion it can be put back, from there on it goes forward.
 */
export function planFailover(facts: PlanningFacts, params: FailoverParams): Planned {
  const { lost, target } = params;
  const refusal = whyNot(facts, params);
  if (refusal) return refusal;
  const layout = layoutOf(facts, lost);
  const taking = layout.databases[target];
  if (!taking) return refuse('target-unseen', `${target} has no database that was ever seen.`);
  const steps = failoverSteps(facts, { ...params, layout, taking });
  return toPlan(facts, 'failover', `Failover: ${lost} is lost, ${target} takes the orders`, steps);
}

function whyNot(
  { environment, topology }: PlanningFacts,
  { lost, target }: FailoverParams,
): Planned | undefined {
  const foreign = [lost, target].find((code) => !environment.regions.includes(code));
  if (foreign) return refuse('not-here', `${foreign} is not a Region of ${environment.name}.`);
  if (lost === target)
    return refuse('same-region', `${target} cannot take over from itself. Choose another Region.`);
  const { database } = regionTopology(topology, target);
  if (!database) {
    return refuse('target-unseen', `${target} has no database that was ever seen. Choose another Region.`);
  }
  if (database.role === 'primary') {
    return refuse(
      'already-writer',
      `The database in ${target} is a primary already. Look at who promoted it.`,
    );
  }
  const source = regionOfArn(database.sourceArn ?? '');
  if (source !== lost) {
    return refuse(
      'not-its-copy',
      `The database in ${target} replicates from ${source || 'nothing'}, not from ${lost}: it has none of its orders to go on with. To send readers away from ${lost}, evacuate it.`,
    );
  }
  return undefined;
}

interface Failing extends FailoverParams {
  layout: Layout;
  taking: PlannedDatabase;
}

function failoverSteps(facts: PlanningFacts, { lost, target, accept, layout, taking }: Failing): Steps {
  const keys = keysOf();
  const writes = writeSteps(facts, keys);
  const onCopies = copySteps(keys);
  const onOldPrimary = oldPrimarySteps(keys);
  const onWriter = writerSteps(keys);
  const traffic = trafficSteps(facts, keys);
  const others = othersOf(facts, lost, target);
  const survivors = [target, ...others];
  const { shares, serving } = servingWithout(facts, lost);
  const receivers = serving.length > 0 ? serving : [target];
  const scaled = [...new Set([target, ...receivers])];
  const left = layout.databases[lost];
  const geographies = facts.estate.geographies.map(({ key }) => key);
  const rebuilt = others.flatMap((code) => layout.databases[code] ?? []);
  const effortFor = (code: string) => (code === target ? 'must' : 'best');

  // All at once: none rests on another, and the fence is not to wait for machines.
  const prepare = [
    ...survivors.map((code) => writes.freeze(code, effortFor(code))),
    ...scaled.map((code) => traffic.sendForNodes(code, shares[code] ?? 0)),
    writes.freeze(lost, 'best'),
    ...(left ? [onOldPrimary.fence(left, 'best')] : []),
    traffic.turn(lost, 'off', { effort: 'best' }),
  ];
  const copies = rebuilt.map((database) => leftInTime(onCopies.createReplica(database, taking.place)));
  const settled = rebuilt.map((database) =>
    leftInTime(
      onCopies.parity(database, {
        instance: { createdBy: keys('create-replica', database.place.region) },
        deletionProtection: false,
      }),
    ),
  );
  const removed = rebuilt.map(({ place }) =>
    onCopies.deleteReplica(place, {
      replacedBy: keys('create-replica', place.region),
      compare: {
        writer: taking.place,
        ...(followed(facts, place.region, lost)
          ? { declaredBy: keys('declare', target) }
          : { since: facts.topology.divergedAt }),
      },
    }),
  );

  const steps: PlannedStep[] = [
    onWriter.declare(taking.place, lost, {
      accept,
      writesEndedAt: facts.topology.writesEndedAt,
      geographies,
    }),
    ...together('prepare', prepare),
    traffic.awaitDns(lost, false, left ? { fencedBy: keys('fence-database', lost) } : {}),
    onWriter.promote(taking, {
      irreversible: true,
      bound: {
        accept,
        declaredBy: keys('declare', target),
        leftBy: keys('await-dns', lost),
        ...(left ? { fencedBy: keys('fence-database', lost) } : {}),
        frozenBy: keys('freeze-writes', lost),
        lost,
        geographies,
      },
    }),
    ...together('point-writer', [
      ...survivors.map((code) => writes.pointAt(code, taking.place, effortFor(code))),
    ]),
    writes.verifyOrder(target, taking.place, { clock: 'writes' }),
    ...together('others', [
      ...scaled.map((code) => traffic.prescale(code, shares[code] ?? 0)),
      writes.pointAt(lost, taking.place, 'best'),
      ...others.map((code) => writes.verifyOrder(code, taking.place, { effort: 'best' })),
    ]),
    traffic.verifyReads({
      regions: receivers,
      since: keys('await-dns', lost),
      onFailure: 'hold',
      clock: 'reads',
    }),
    ...together('copies', copies),
    onCopies.verifyRedundancy(taking.place, others, 'redundancy'),
    ...together('settings', settled),
    ...together('old-copies', removed),
    onCopies.parity(taking, { multiAz: layout.writerMultiAz, deletionProtection: true }),
  ];
  return {
    steps: [...steps, summaryOf(keys('summary'), steps, leftBesideDatabase(facts, target, lost))],
    compensation: [
      ...(traffic.turn(lost, 'on').needsRegions.length > 0
        ? [traffic.turn(lost, 'on', { effort: 'best' })]
        : []),
      ...(left ? [onOldPrimary.unfence(left, 'best')] : []),
      writes.putBack(lost, 'best'),
      ...survivors.map((code) => writes.putBack(code, effortFor(code))),
      ...scaled.map((code) => traffic.release(code, keys('send-for-nodes', code))),
    ],
  };
}

/** Whether the copy followed the database that is lost, as the target did: what it has beyond the target is of these last moments. */
function followed({ topology }: PlanningFacts, region: string, lost: string): boolean {
  const { database } = regionTopology(topology, region);
  const source = regionTopology(topology, lost).database;
  return database !== null && source !== null && database.sourceArn === source.arn;
}

/** The last step of a run: what it came to, and what it leaves to be done, `besides` what its steps did. */
export function summaryOf(
  key: string,
  steps: readonly PlannedStep[],
  besides: readonly string[] = [],
): PlannedStep {
  return makeStep(
    { key, title: 'What it came to, and what is left to do', action: 'recovery.summary' },
    {
      input: { of: steps.map((step) => step.key), ...(besides.length > 0 ? { besides } : {}) },
      deadlineSeconds: 30,
      precondition: 'Every step before it has passed.',
      postcondition: 'Facts and debts of the run stand in one place.',
    },
  );
}
