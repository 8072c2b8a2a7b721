import type { PlannedStep } from '../operation/plan.ts';
import { CONTROL_PLANE_REGION, type Outlook } from './facts.ts';
import { losesPath, losesRegion, losesRoute53, type Scenario, scenarioTitle } from './scenario.ts';
import { pathBetween } from './topology.ts';

/** A step that cannot work as it is planned, or not safely, with the row of the AWS facts and what to do instead. */
export interface Trap {
  stepKey: string;
  title: string;
  /** `refused`: the plan must not run so. `warning`: it works, and somebody should know. */
  severity: 'refused' | 'warning';
  code: 'lost-region' | 'route53' | 'path' | 'unfenced-promotion' | 'second-promotion' | 'early-delete';
  message: string;
  correction: string;
  source: string;
}

/** Steps that change records or health checks: Route 53's control plane has to answer (B-06). */
const ROUTE53_ACTION = /^traffic\.(recheck|set-weights|restore-weights)$|-(records?|checks?)$/;

/** Whether the step needs Route 53's control plane, wherever its Regions are. */
export function needsRoute53(step: Pick<PlannedStep, 'action' | 'needsRegions'>): boolean {
  return ROUTE53_ACTION.test(step.action) && step.needsRegions.includes(CONTROL_PLANE_REGION);
}

/** Tried once and recorded, whatever comes of it: a fence of a Region that may not answer. */
function isBestEffort({ input }: Pick<PlannedStep, 'input'>): boolean {
  return input.bestEffort === true;
}

/**
 * Finds the dependency traps of a plan for what may be lost (PRODUCT.md, idea 4): steps that need what is gone, paths that
 * lead nowhere, a promotion without a fence, a second one, an old primary deleted before the new topology stands.
 */
export function lintPlan(outlook: Outlook, steps: readonly PlannedStep[], scenario: Scenario): Trap[] {
  return steps.flatMap((step, i) => {
    const before = steps.slice(0, i);
    return [
      ...lostRegionTraps(step, scenario),
      ...route53Traps(step, scenario),
      ...pathTraps(outlook, step, scenario),
      ...promotionTraps(step, before, scenario),
      ...deletionTraps(step, before),
    ];
  });
}

/** Whether nothing of the plan is refused. */
export function isSound(traps: readonly Trap[]): boolean {
  return traps.every(({ severity }) => severity !== 'refused');
}

function trap(step: PlannedStep, found: Omit<Trap, 'stepKey' | 'title'>): Trap {
  return { stepKey: step.key, title: step.title, ...found };
}

function lostRegionTraps(step: PlannedStep, scenario: Scenario): Trap[] {
  if (isBestEffort(step) || needsRoute53(step)) return [];
  const lost = step.needsRegions.find((region) => losesRegion(scenario, region));
  if (!lost) return [];
  return [
    trap(step, {
      severity: 'refused',
      code: 'lost-region',
      message: `“${step.title}” needs ${lost} to answer, and it is what is lost.`,
      correction: `Act in a Region that survives; what has to be tried in ${lost} is tried once, recorded as unreachable, and tried again when it answers.`,
      source: 'aws-facts 2.0, rule 5',
    }),
  ];
}

function route53Traps(step: PlannedStep, scenario: Scenario): Trap[] {
  if (!losesRoute53(scenario) || !needsRoute53(step) || isBestEffort(step)) return [];
  return [
    trap(step, {
      severity: 'refused',
      code: 'route53',
      message: `“${step.title}” changes Route 53, whose control plane is in ${CONTROL_PLANE_REGION} and is gone: ${scenarioTitle(scenario)}.`,
      correction:
        'Move traffic by what was prepared in advance and needs no control plane: health checks on the records, and the switch, an object in a bucket of two peers.',
      source: 'B-06',
    }),
  ];
}

/** Regions between which the effect of a step has to travel. */
function pathsOf({ action, input, region }: PlannedStep): { from: string; to: string }[] {
  if (action !== 'recovery.verify-order' && action !== 'recovery.point-writer') return [];
  const from = text(input.from) ?? text(input.region) ?? region;
  const to = writerOfInput(input.writer);
  return from && to && from !== to ? [{ from, to }] : [];
}

function writerOfInput(writer: unknown): string | undefined {
  if (typeof writer === 'string') return /^[a-z]{2}(-[a-z]+)+-\d$/.test(writer) ? writer : undefined;
  return writer && typeof writer === 'object' && 'region' in writer ? text(writer.region) : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** A step of which the plan itself knows that there is no path (`path: false`) only says so. */
function pathTraps(outlook: Outlook, step: PlannedStep, scenario: Scenario): Trap[] {
  if (isBestEffort(step) && step.input.path !== false) return [];
  return pathsOf(step).flatMap(({ from, to }) => {
    const path = pathBetween(outlook, from, to);
    const cut = losesPath(scenario, from, to);
    if (!cut && path.state !== 'missing') return [];
    const why = cut ? `${scenarioTitle(scenario)}.` : path.message;
    return [
      trap(step, {
        severity: cut && step.input.path !== false ? 'refused' : 'warning',
        code: 'path',
        message: `“${step.title}” has to get from ${from} to ${to}, and cannot: ${why}`,
        correction: `Connect ${from} and ${to} beforehand: a peering between just these two, and routes on both sides. A way through a third Region is none.`,
        source: 'B-05',
      }),
    ];
  });
}

function promotionTraps(step: PlannedStep, before: readonly PlannedStep[], scenario: Scenario): Trap[] {
  if (step.action !== 'recovery.promote') return [];
  const fenced = before.some(({ action }) => /^recovery\.(fence-database|seal-writer)$/.test(action));
  const earlier = before.find(({ action }) => action === 'recovery.promote');
  return [
    ...(fenced
      ? []
      : [
          trap(step, {
            severity: 'refused',
            code: 'unfenced-promotion',
            message: `“${step.title}” promotes while nothing has tried to fence the old primary${scenario.kind === 'region' ? ` in ${scenario.region}` : ''}: both would take orders that the other never sees.`,
            correction:
              'Fence first, by every means that answers, each with its evidence; what is unreachable is fenced the moment it answers.',
            source: 'B-20',
          }),
        ]),
    ...(earlier
      ? [
          trap(step, {
            severity: 'refused',
            code: 'second-promotion',
            message: `“${step.title}” makes a second primary after “${earlier.title}”.`,
            correction: 'Promote one; rebuild the others as its replicas.',
            source: 'aws-facts 2.5',
          }),
        ]
      : []),
  ];
}

const DELETION = /^recovery\.delete-/;

function deletionTraps(step: PlannedStep, before: readonly PlannedStep[]): Trap[] {
  if (!DELETION.test(step.action)) return [];
  const verified = before.some(({ action }) => /^recovery\.verify-/.test(action));
  if (verified) return [];
  return [
    trap(step, {
      severity: 'refused',
      code: 'early-delete',
      message: `“${step.title}” deletes a database before anything has proven that the new topology works.`,
      correction:
        'Delete nothing before replication from the new primary was observed: the replicas of a deleted source are terminated, not promoted.',
      source: 'R-11',
    }),
  ];
}
