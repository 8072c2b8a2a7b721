import { describe, expect, it } from 'vitest';
import { AP, EU, meshed, outlook, US } from '#test/recovery-facts.ts';
import type { PlannedStep } from '../operation/plan.ts';
import type { Outlook } from './facts.ts';
import { isSound, lintPlan, needsRoute53 } from './lint.ts';
import {
  findScenario,
  losesPath,
  type Scenario,
  scenarioId,
  scenariosOf,
  scenarioTitle,
} from './scenario.ts';

const LOSE_US: Scenario = { kind: 'region', region: US };
const LOSE_ROUTE53: Scenario = { kind: 'route53' };

function step(key: string, action: string, changes: Partial<PlannedStep> = {}): PlannedStep {
  return {
    key,
    title: key,
    action,
    region: null,
    input: {},
    deadlineSeconds: 60,
    irreversible: false,
    needsRegions: [],
    ...changes,
  };
}

const fence = step('fence', 'recovery.fence-database', { needsRegions: [US], input: { bestEffort: true } });
const promote = step('promote', 'recovery.promote', { region: EU, needsRegions: [EU] });
const weights = step('weights', 'traffic.set-weights', { needsRegions: [US] });
const order = (from: string, changes: Record<string, unknown> = {}) =>
  step(`order-${from}`, 'recovery.verify-order', {
    region: from,
    input: { from, writer: { region: EU }, ...changes },
    needsRegions: [from, EU],
  });

describe('the traps of a plan', () => {
  it.each<[string, PlannedStep[], Scenario, Outlook, [string, string, string, string][]]>([
    ['none in a sound failover', [fence, promote, order(AP)], LOSE_US, outlook(meshed()), []],
    [
      'a step that needs the lost Region',
      [step('snapshot', 'recovery.snapshot', { needsRegions: [US] })],
      LOSE_US,
      outlook(),
      [['snapshot', 'lost-region', 'refused', 'aws-facts 2.0, rule 5']],
    ],
    ['not what is tried once and recorded', [fence], LOSE_US, outlook(), []],
    [
      'not when another is lost',
      [step('snapshot', 'recovery.snapshot', { needsRegions: [US] })],
      { kind: 'region', region: EU },
      outlook(),
      [],
    ],
    [
      'records, when us-east-1 is lost',
      [weights],
      LOSE_US,
      outlook(),
      [['weights', 'route53', 'refused', 'B-06']],
    ],
    [
      'records, when their control plane alone is lost',
      [weights],
      LOSE_ROUTE53,
      outlook(),
      [['weights', 'route53', 'refused', 'B-06']],
    ],
    [
      'nothing else in us-east-1, when that alone is lost',
      [step('snapshot', 'recovery.snapshot', { needsRegions: [US] })],
      LOSE_ROUTE53,
      outlook(),
      [],
    ],
    ['not records, when EU is lost', [weights], { kind: 'region', region: EU }, outlook(), []],
    [
      'an order that has no path',
      [order(AP)],
      LOSE_US,
      outlook(),
      [['order-ap-southeast-1', 'path', 'warning', 'B-05']],
    ],
    [
      'also where the plan knows',
      [order(AP, { path: false, bestEffort: true })],
      LOSE_US,
      outlook(),
      [['order-ap-southeast-1', 'path', 'warning', 'B-05']],
    ],
    [
      'an order over the link that is cut',
      [order(AP)],
      { kind: 'link', between: [AP, EU] },
      outlook(meshed()),
      [['order-ap-southeast-1', 'path', 'refused', 'B-05']],
    ],
    [
      'a promotion without a fence',
      [promote],
      LOSE_US,
      outlook(),
      [['promote', 'unfenced-promotion', 'refused', 'B-20']],
    ],
    [
      'not one behind a sealed writer',
      [step('seal', 'recovery.seal-writer'), promote],
      LOSE_ROUTE53,
      outlook(),
      [],
    ],
    [
      'a second promotion',
      [fence, promote, step('again', 'recovery.promote', { needsRegions: [AP] })],
      LOSE_US,
      outlook(),
      [['again', 'second-promotion', 'refused', 'aws-facts 2.5']],
    ],
    [
      'a database deleted too early',
      [step('delete', 'recovery.delete-replica')],
      LOSE_US,
      outlook(),
      [['delete', 'early-delete', 'refused', 'R-11']],
    ],
    [
      'not one deleted once replication was seen',
      [step('verify', 'recovery.verify-redundancy'), step('delete', 'recovery.delete-replica')],
      LOSE_US,
      outlook(),
      [],
    ],
  ])('%s', (_, steps, scenario, given, expected) => {
    const traps = lintPlan(given, steps, scenario);
    expect(traps.map(({ stepKey, code, severity, source }) => [stepKey, code, severity, source])).toEqual(
      expected,
    );
    expect(isSound(traps)).toBe(expected.every(([, , severity]) => severity !== 'refused'));
    for (const { message, correction } of traps) expect(`${message}|${correction}`).toMatch(/\.\|.+\.$/);
  });

  it('are said in words', () => {
    expect(lintPlan(outlook(), [weights], LOSE_ROUTE53)[0]?.message).toBe(
      '“weights” changes Route 53, whose control plane is in us-east-1 and is gone: Route 53’s control plane is lost.',
    );
    expect(lintPlan(outlook(), [order(AP)], LOSE_US)[0]?.message).toBe(
      '“order-ap-southeast-1” has to get from ap-southeast-1 to eu-west-1, and cannot: ap-southeast-1 and eu-west-1 have no active peering between them.',
    );
    expect(lintPlan(outlook(), [promote], LOSE_US)[0]?.message).toMatch(
      /^“promote” promotes while nothing has tried to fence the old primary in us-east-1: /,
    );
  });

  it.each([
    ['traffic.set-weights', [US], true],
    ['traffic.restore-weights', [US], true],
    ['recovery.attach-switch-checks', [US], true],
    ['recovery.create-health-check', [US, EU], true],
    ['recovery.attach-check', [US], true],
    ['recovery.check-region', [US], false],
    ['traffic.verify', [US, EU, AP], false],
    ['recovery.switch', [EU, AP], false],
    ['recovery.fence-database', [US], false],
  ])('%s in %j needs Route 53: %s', (action, needsRegions, needed) => {
    expect(needsRoute53({ action, needsRegions })).toBe(needed);
  });
});

describe('what can be lost', () => {
  it('is every Region, every link there is, and Route 53’s control plane', () => {
    expect(scenariosOf(outlook()).map(scenarioId)).toEqual([
      'lose-us-east-1',
      'lose-eu-west-1',
      'lose-ap-southeast-1',
      'cut-eu-west-1-us-east-1',
      'cut-ap-southeast-1-us-east-1',
      'lose-route53',
    ]);
    expect(scenariosOf(outlook(meshed())).map(scenarioId)).toContain('cut-ap-southeast-1-eu-west-1');
  });

  it('is found by its id, and has a title', () => {
    const found = findScenario(outlook(), 'cut-eu-west-1-us-east-1');
    expect(found && scenarioTitle(found)).toBe('us-east-1 and eu-west-1 do not reach each other');
    expect(scenarioTitle(LOSE_US)).toBe('us-east-1 is lost');
    expect(findScenario(outlook(), 'lose-mars')).toBeUndefined();
  });

  it.each<[Scenario, string, string, boolean]>([
    [LOSE_US, US, EU, true],
    [LOSE_US, EU, AP, false],
    [{ kind: 'link', between: [US, EU] }, EU, US, true],
    [{ kind: 'link', between: [US, EU] }, EU, AP, false],
    [LOSE_ROUTE53, US, EU, false],
  ])('%j takes the path %s to %s: %s', (scenario, from, to, lost) => {
    expect(losesPath(scenario, from, to)).toBe(lost);
  });
});
