import type { PrepareSwitchParams } from '#lib/domain/recovery/params.ts';
import { keysOf, type Planned, type PlanningFacts, refuse, requireRegion, toPlan } from '../planning.ts';
import { switchPeers } from '../switch-peers.ts';
import { regionTopology } from '../topology.ts';
import { proving } from './proves.ts';
import { DEADLINES, makeStep, together } from './step.ts';
import { trafficSteps } from './traffic.ts';

/** Where Route 53's control plane lives: checks and records are changed there, in quiet times (aws-facts B-06). */
const ROUTE53_CONTROL_PLANE = 'us-east-1';

/**
 * Makes the switch that takes a Region out of DNS without any control plane: an inverted check on an object in each of two
 * peers' buckets, and one on all of them and the endpoint, on every weighted record of the Region (DECISIONS, The data-plane
 * switch).
 */
export function planPrepareSwitch(facts: PlanningFacts, { region }: PrepareSwitchParams): Planned {
  const { estate, environment, topology } = facts;
  if (!environment.regions.includes(region))
    return refuse('not-here', `${region} is not a Region of ${environment.name}.`);
  if (regionTopology(topology, region).switchIn.length > 0)
    return refuse('prepared', `The records of ${region} carry the switch already.`);
  const peers = switchPeers(environment, region);
  if (peers.length === 0)
    return refuse('no-peers', `${environment.name} has no other Region whose bucket could hold the switch.`);
  const keys = keysOf();
  const endpoint = requireRegion(estate, region).healthCheckId;
  const checks = peers.map((peer) =>
    makeStep(
      {
        key: keys('switch-check', peer),
        title: `Health check on the switch in ${peer}`,
        action: 'recovery.create-switch-check',
      },
      {
        region: peer,
        input: { region, inRegion: peer },
        deadlineSeconds: DEADLINES.write,
        needsRegions: [ROUTE53_CONTROL_PLANE, peer],
        precondition: `The bucket of ${peer} does not switch ${region} off.`,
        postcondition: 'Route 53 has the check.',
      },
    ),
  );
  const calculated = keys('calculated-check', region);
  const attach = (key: string, title: string, input: Record<string, unknown>) =>
    makeStep(
      { key, title, action: 'recovery.attach-check' },
      {
        region,
        input: { region, ...input },
        deadlineSeconds: DEADLINES.dns,
        needsRegions: [ROUTE53_CONTROL_PLANE],
        precondition: 'The records carry a check that this plan knows.',
        postcondition: `Every weighted record of ${region} carries it, and Route 53 is in sync.`,
      },
    );
  return toPlan(facts, 'prepare-switch', `Prepare the switch that takes ${region} out of DNS`, {
    steps: [
      ...together('checks', checks),
      makeStep(
        {
          key: calculated,
          title: 'One check over the endpoint and the switches',
          action: 'recovery.create-calculated-check',
        },
        {
          region,
          input: { region, children: [endpoint, ...checks.map(({ key }) => key)] },
          deadlineSeconds: DEADLINES.write,
          needsRegions: [ROUTE53_CONTROL_PLANE],
          precondition: 'The checks that it counts exist.',
          postcondition: 'Route 53 has it; it is healthy while all of them are.',
        },
      ),
      attach(keys('attach-check', region), `The switch on every record of ${region}`, {
        check: { createdBy: calculated },
        known: [endpoint],
      }),
      ...proving([trafficSteps(facts, keys).awaitDns(region, true)]),
    ],
    compensation: [
      attach(keys('detach-check', region), `The former check on every record of ${region}`, {
        check: { id: endpoint },
        known: [calculated],
      }),
    ],
  });
}
