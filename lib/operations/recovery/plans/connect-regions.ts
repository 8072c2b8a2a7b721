import type { ConnectRegionsParams } from '#lib/domain/recovery/params.ts';
import { hasPath, keysOf, type Planned, type PlanningFacts, refuse, toPlan } from '../planning.ts';
import { DEADLINES, makeStep, together } from './step.ts';

/** A path between two Regions that had none (aws-facts B-05). Nothing is put back: a path harms nobody. */
export function planConnectRegions(facts: PlanningFacts, { from, to }: ConnectRegionsParams): Planned {
  const { environment, topology } = facts;
  const foreign = [from, to].find((code) => !environment.regions.includes(code));
  if (foreign) return refuse('not-here', `${foreign} is not a Region of ${environment.name}.`);
  if (from === to) return refuse('same-region', `${from} reaches itself. Name two Regions.`);
  if (hasPath(topology, from, to) && hasPath(topology, to, from))
    return refuse('connected', `Nothing says that ${from} and ${to} do not reach each other.`);
  const keys = keysOf();
  const createdBy = keys('create-peering', from, to);
  const ways = [
    { here: from, there: to },
    { here: to, there: from },
  ];
  return toPlan(facts, 'connect-regions', `Connect ${from} and ${to}`, {
    steps: [
      makeStep(
        { key: createdBy, title: `A peering between ${from} and ${to}`, action: 'recovery.create-peering' },
        {
          region: from,
          input: { from, to },
          deadlineSeconds: DEADLINES.write,
          needsRegions: [from],
          precondition: 'Their address ranges do not overlap.',
          postcondition: 'EC2 has the peering, asked for or active.',
        },
      ),
      makeStep(
        { key: keys('accept-peering', to), title: `${to} accepts it`, action: 'recovery.accept-peering' },
        {
          region: to,
          input: { from, to, createdBy },
          deadlineSeconds: DEADLINES.dns,
          needsRegions: [from, to],
          precondition: `The peering is asked for in ${to}.`,
          postcondition: 'It is active on both sides.',
        },
      ),
      ...together(
        'routes',
        ways.map(({ here, there }) =>
          makeStep(
            {
              key: keys('route', here),
              title: `Routes from ${here} to ${there}`,
              action: 'recovery.ensure-route',
            },
            {
              region: here,
              input: { region: here, to: there, createdBy },
              deadlineSeconds: DEADLINES.write,
              needsRegions: [here],
              precondition: 'The peering is active.',
              postcondition: `Every private route table of ${here} leads to ${there}.`,
            },
          ),
        ),
      ),
      ...together(
        'paths',
        ways.map(({ here, there }) =>
          makeStep(
            {
              key: keys('verify-path', here),
              title: `${here} reaches ${there}`,
              action: 'recovery.verify-path',
            },
            {
              region: here,
              input: { from: here, to: there },
              deadlineSeconds: DEADLINES.dns,
              needsRegions: [here, there],
              precondition: 'Routes lead both ways.',
              postcondition: `A page of the shop in ${there} was fetched from inside ${here}.`,
            },
          ),
        ),
      ),
    ],
    compensation: [],
  });
}
