import type { PlannedStep, RecoveryClock } from '#lib/domain/operation/plan.ts';
import type { InstanceRef, Place } from '../input.ts';
import { hasPath, type Keys, type PlannedDatabase, type PlanningFacts } from '../planning.ts';
import { regionTopology } from '../topology.ts';
import { DEADLINES, makeStep, OUTAGE_SECONDS } from './step.ts';

/** A Region that a step must reach, one that it reaches if it can, or one whose silence ends an outage that was planned. */
export type Effort = 'must' | 'best' | 'in-time';

function effortInput(effort: Effort, seconds: number): Record<string, unknown> {
  switch (effort) {
    case 'must':
      return {};
    case 'best':
      return { bestEffort: true };
    case 'in-time':
      return { failAfterSeconds: seconds };
    default:
      return effort satisfies never;
  }
}

/** The orders of a Region: frozen, pointed at a writer, put back. */
export function writeSteps({ environment, topology }: PlanningFacts, keys: Keys) {
  const { namespace } = environment;

  function point(
    code: string,
    named: {
      verb: string;
      title: string;
      writer: InstanceRef | null;
      writeFreeze: boolean;
      effort: Effort;
      putsBack?: true;
    },
  ): PlannedStep {
    const { verb, title, writer, writeFreeze, effort, putsBack } = named;
    const { write } = OUTAGE_SECONDS;
    return makeStep(
      { key: keys(verb, code), title, action: 'recovery.point-writer' },
      {
        region: code,
        input: {
          region: code,
          namespace,
          writer,
          writeFreeze,
          ...(putsBack ? { putsBack } : {}),
          ...effortInput(effort, write),
        },
        deadlineSeconds: DEADLINES.write,
        needsRegions: [code],
        precondition: `shop-config in ${code} can be read.`,
        postcondition: `shop-config in ${code} names the writer, and orders are ${writeFreeze ? 'frozen' : 'taken'}.`,
      },
    );
  }

  return {
    freeze: (code: string, effort: Effort): PlannedStep =>
      makeStep(
        {
          key: keys('freeze-writes', code),
          title: `Freeze orders in ${code}`,
          action: 'recovery.freeze-writes',
        },
        {
          region: code,
          input: { region: code, namespace, ...effortInput(effort, OUTAGE_SECONDS.write) },
          deadlineSeconds: DEADLINES.write,
          needsRegions: [code],
          precondition: `shop-config in ${code} can be read.`,
          postcondition: `Orders in ${code} get 503 with Retry-After; pages are served as before.`,
        },
      ),
    pointAt: (code: string, writer: Place, effort: Effort): PlannedStep =>
      point(code, {
        verb: 'point-writer',
        title: `Orders of ${code} go to ${writer.region}`,
        writer: writer.instance,
        writeFreeze: false,
        effort,
      }),
    /** As it was when the run was planned. A name that did not stand there then was not changed before the promotion. */
    putBack: (code: string, effort: Effort): PlannedStep => {
      const { shopConfig } = regionTopology(topology, code);
      const endpoint = shopConfig?.writerEndpoint ?? null;
      return point(code, {
        verb: 'restore-writes',
        title: `Orders of ${code} as before`,
        writer: endpoint === null ? null : { instanceId: endpoint },
        writeFreeze: shopConfig?.writeFreeze ?? false,
        effort,
        putsBack: true,
      });
    },
    verifyOrder: (
      from: string,
      writer: Place,
      { clock, effort = 'must' }: { clock?: RecoveryClock; effort?: Effort } = {},
    ): PlannedStep => {
      const path = hasPath(topology, from, writer.region);
      return verifyOrderStep({ key: keys('verify-order', from), from, writer, path, clock, effort });
    },
    /** Longest time from the shop's look at the freeze to a commit: the application's own limit for an order. */
    seal: (writer: PlannedDatabase, target: Place, proveFrom: readonly string[]): PlannedStep =>
      makeStep(
        {
          key: keys('seal', writer.place.region),
          title: `Shut the writer in ${writer.place.region} with nothing left behind`,
          action: 'recovery.seal-writer',
        },
        {
          region: writer.place.region,
          input: {
            writer: writer.place,
            target,
            securityGroupIds: writer.securityGroupIds,
            orderLimitSeconds: ORDER_LIMIT_SECONDS,
            gateSeconds: GATE_SECONDS,
            proveFrom: [...proveFrom],
            failAfterSeconds: OUTAGE_SECONDS.seal,
          },
          deadlineSeconds: DEADLINES.fence,
          needsRegions: [writer.place.region, target.region, ...proveFrom],
          precondition: 'Orders are frozen in every Region, and a token just went through.',
          postcondition:
            'No session is left on the writer, none can come from any Region, and the target has the last row committed there.',
        },
      ),
  };
}

/** An order placed in a Region, which proves that orders are taken there. */
export function verifyOrderStep(of: {
  key: string;
  from: string;
  writer: Place;
  /** Whether the Region reaches the writer's (aws-facts B-05). */
  path: boolean;
  clock?: RecoveryClock | undefined;
  effort?: Effort;
}): PlannedStep {
  const { key, from, writer, path, clock, effort = 'must' } = of;
  return makeStep(
    { key, title: `A test order placed in ${from}`, action: 'recovery.verify-order' },
    {
      region: from,
      input: { from, writer, path, ...effortInput(effort, OUTAGE_SECONDS.write) },
      deadlineSeconds: DEADLINES.order,
      needsRegions: path ? [from, writer.region] : [],
      omissible: true,
      ...(clock === undefined ? {} : { clock }),
      precondition: `The shop in ${from} sends orders to ${writer.region}.`,
      postcondition: path
        ? `A synthetic order placed in ${from} was taken and stands on the writer.`
        : `It is on record that ${from} has no network path to ${writer.region} (aws-facts B-05).`,
    },
  );
}

/** The new writer must have the token within this (aws-facts 2.4, step 5). */
const GATE_SECONDS = 60;
/** The shop gives up an order after two seconds; a second is left for its commit. */
const ORDER_LIMIT_SECONDS = 3;
