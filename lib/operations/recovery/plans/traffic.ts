import type { PlannedStep, RecoveryClock } from '#lib/domain/operation/plan.ts';
import type { Place } from '../input.ts';
import {
  geographiesServedBy,
  type Keys,
  nodesFor,
  type PlanningFacts,
  rounded,
  switchesOf,
} from '../planning.ts';
import { DEADLINES, makeStep } from './step.ts';

/** Readers: nodes for them, DNS, and what is measured. */
export function trafficSteps(facts: PlanningFacts, keys: Keys) {
  const { estate } = facts;
  return {
    /** In an emergency: what there is, sent for at once and waited for when users can order again. */
    sendForNodes: (code: string, share: number): PlannedStep =>
      makeStep(
        {
          key: keys('send-for-nodes', code),
          title: `Send for nodes in ${code}`,
          action: 'recovery.send-for-nodes',
        },
        {
          region: code,
          input: emergencyNodes(facts, code, share),
          deadlineSeconds: DEADLINES.write,
          needsRegions: [code],
          precondition: 'Its node group takes changes.',
          postcondition: 'EKS has taken the request for as many nodes as it needs or may have.',
        },
      ),
    prescale: (code: string, share: number): PlannedStep =>
      makeStep(
        { key: keys('prescale', code), title: `Nodes in ${code}`, action: 'recovery.prescale' },
        {
          region: code,
          input: emergencyNodes(facts, code, share),
          deadlineSeconds: DEADLINES.nodes,
          needsRegions: [code],
          omissible: true,
          precondition: 'Its node group takes changes.',
          postcondition: 'As many nodes are ready as it needs or may have, or more are on their way.',
        },
      ),
    capacity: (code: string, share: number): PlannedStep =>
      makeStep(
        { key: keys('capacity', code), title: `Enough ready nodes in ${code}`, action: 'capacity.ensure' },
        {
          region: code,
          input: { region: code, share: rounded(share) },
          deadlineSeconds: DEADLINES.nodes,
          needsRegions: [code],
          omissible: true,
          precondition: 'Its node group takes changes.',
          postcondition: 'As many nodes are ready as its share of the load needs.',
        },
      ),
    release: (code: string, raisedBy: string): PlannedStep =>
      makeStep(
        {
          key: keys('release', code),
          title: `Former minimum of nodes in ${code}`,
          action: 'capacity.release',
        },
        {
          region: code,
          input: { region: code, raisedBy },
          deadlineSeconds: DEADLINES.write,
          needsRegions: [code],
          precondition: 'The minimum was raised by this run.',
          postcondition: 'The minimum is what it was, or it is on record why not.',
        },
      ),
    turn: (
      code: string,
      to: 'on' | 'off',
      options: { verb?: string; effort?: 'must' | 'best' } = {},
    ): PlannedStep => {
      const inRegions = switchesOf(facts, code);
      return makeStep(
        {
          key: keys(options.verb ?? `switch-${to}`, code),
          title: to === 'off' ? `Switch ${code} off in DNS` : `Let ${code} back into DNS`,
          action: 'recovery.switch',
        },
        {
          region: code,
          input: { region: code, to, inRegions, ...(options.effort === 'best' ? { bestEffort: true } : {}) },
          deadlineSeconds: DEADLINES.write,
          needsRegions: inRegions,
          precondition:
            inRegions.length > 0
              ? 'Its records carry the switch.'
              : 'No switch is prepared: the health check of its own endpoint has to do it.',
          postcondition:
            to === 'off'
              ? 'At least one of the switches says off.'
              : 'No switch says off: its own health check decides again.',
        },
      );
    },
    awaitDns: (
      code: string,
      answered: boolean,
      options: { verb?: string; fencedBy?: string } = {},
    ): PlannedStep =>
      makeStep(
        {
          key: keys(options.verb ?? 'await-dns', code),
          title: answered ? `DNS answers ${code} again` : `DNS answers ${code} no more`,
          action: 'recovery.await-dns',
        },
        {
          region: code,
          input: {
            region: code,
            answered,
            geographies: answered
              ? geographiesServedBy(facts, code)
              : estate.geographies.map(({ key }) => key),
            ...(options.fencedBy === undefined ? {} : { fencedBy: options.fencedBy }),
          },
          deadlineSeconds: DEADLINES.dns,
          precondition: 'The name servers of the zone answer: they are no part of any Region.',
          postcondition: answered
            ? 'They name it in every geography of which it has a part.'
            : 'They name it in no geography.',
        },
      ),
    verifyReads: (given: {
      verb?: string;
      regions: readonly string[];
      since: string;
      empty?: string;
      onFailure: 'revert' | 'hold';
      clock?: RecoveryClock;
    }): PlannedStep => {
      const { verb = 'verify-reads', regions, since, empty, onFailure, clock } = given;
      return makeStep(
        { key: keys(verb), title: 'Pages are served as fast as ever', action: 'recovery.verify-reads' },
        {
          input: { regions: [...regions], since, onFailure, ...(empty === undefined ? {} : { empty }) },
          deadlineSeconds: DEADLINES.measure,
          needsRegions: regions,
          omissible: true,
          ...(clock === undefined ? {} : { clock }),
          precondition: 'Resolvers have followed: a TTL has passed.',
          postcondition: `Errors and p95 of ${regions.join(' and ')} are within the gate.`,
        },
      );
    },
    checkRegion: (place: Place, from: string, writer: Place | null): PlannedStep =>
      makeStep(
        {
          key: keys('check-region', place.region),
          title: `${place.region} is fit for readers`,
          action: 'recovery.check-region',
        },
        {
          region: place.region,
          input: { ...place, from, writer },
          deadlineSeconds: DEADLINES.dns,
          needsRegions: [place.region, from],
          precondition: 'Its database is available.',
          postcondition: 'Its database replicates, or is the writer, and its shop answers from it.',
        },
      ),
  };
}

function emergencyNodes(facts: PlanningFacts, code: string, share: number): Record<string, unknown> {
  return {
    region: code,
    share: rounded(share),
    nodes: nodesFor(facts, share),
    whenShort: 'take-maximum',
    bestEffort: true,
  };
}
