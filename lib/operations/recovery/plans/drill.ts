import type { PlannedStep } from '#lib/domain/operation/plan.ts';
import type { DrillParams } from '#lib/domain/recovery/params.ts';
import { asDry } from '../dry.ts';
import {
  keysOf,
  layoutOf,
  type Planned,
  type PlanningFacts,
  refuse,
  type Steps,
  toPlan,
} from '../planning.ts';
import { copySteps } from './copies.ts';
import { evacuateSteps, planEvacuate, returnSteps, whyNotEvacuate } from './evacuate.ts';
import { planFailover, summaryOf } from './failover.ts';
import { proving } from './proves.ts';
import { makeStep } from './step.ts';
import { switchoverPart } from './switchover.ts';
import { writerSteps } from './writer.ts';

export interface DrillFacts extends PlanningFacts {
  /** What readiness said when the drill was planned; classes and sentences without numbers that move. */
  evaluation: readonly { verdict: string; text: string }[];
  /** Region that would take the orders if the drilled one were lost; null where none could. */
  target: string | null;
}

/** A drill of that level (aws-facts 2.9). No level promotes a copy that production would need. */
export function planDrill(facts: DrillFacts, params: DrillParams): Planned {
  if (!facts.environment.regions.includes(params.region))
    return refuse('not-here', `${params.region} is not a Region of ${facts.environment.name}.`);
  switch (params.level) {
    case 'readiness':
      return planReadiness(facts, params);
    case 'tabletop':
      return planTabletop(facts, params);
    case 'promotion':
      return planPromotion(facts, params);
    case 'evacuation':
      return planEvacuation(facts, params);
    case 'switchover':
      return planThereAndBack(facts, params);
    default:
      return params.level satisfies never;
  }
}

function planReadiness(facts: DrillFacts, { region }: DrillParams): Planned {
  const step = makeStep(
    { key: 'record', title: `Readiness for the loss of ${region}`, action: 'recovery.record' },
    {
      region,
      input: { lines: facts.evaluation.map(({ verdict, text }) => ({ verdict, text })) },
      deadlineSeconds: 30,
      precondition: 'Readiness was evaluated when the drill was planned.',
      postcondition: 'Each of its verdicts is on record.',
    },
  );
  return toPlan(facts, 'drill', `Drill: readiness for the loss of ${region}`, {
    steps: [step],
    compensation: [],
  });
}

/** Every step of the plan that the loss would be answered with, tried without being carried out. */
function planTabletop(facts: DrillFacts, { region }: DrillParams): Planned {
  const drilled = drilledPlan(facts, region);
  if (!drilled.ok) return drilled;
  const { plan } = drilled;
  const tried = plan.steps
    .filter(({ action }) => action !== 'recovery.summary')
    .map((step) => asDry(step, `dry-${step.key}`));
  const verdict = makeStep(
    { key: 'verdict', title: 'How much of it would work', action: 'recovery.verdict' },
    {
      region,
      input: { of: tried.map(({ key }) => key) },
      deadlineSeconds: 30,
      precondition: 'Every step was tried.',
      postcondition: 'All of them would work, or it is on record which would not.',
    },
  );
  return toPlan(facts, 'drill', `Drill: “${plan.title}”, tried without doing it`, {
    steps: [...tried, verdict],
    compensation: [],
  });
}

function drilledPlan(facts: DrillFacts, region: string): Planned {
  if (region !== facts.topology.writer) return planEvacuate(facts, { region });
  if (facts.target === null)
    return refuse('no-target', `No Region could take the orders of ${region}: there is no plan to try.`);
  // Nothing is promoted: any bound is accepted.
  const accept = { seconds: 86_400, bytes: null, measuredAt: '2000-01-01T00:00:00.000Z' };
  return planFailover(facts, { lost: region, target: facts.target, accept });
}

/** How long a promotion takes, on a throw-away copy: a copy that production would need is never promoted to find out. */
function planPromotion(facts: DrillFacts, { region }: DrillParams): Planned {
  const { writer } = facts.topology;
  const layout = writer === null ? undefined : layoutOf(facts, writer);
  const source = layout?.databases[layout.writer];
  const model = layout?.databases[region];
  if (!source || !model)
    return refuse(
      'unseen',
      `The databases of the writer and of ${region} must have been seen to make a copy of.`,
    );
  const onCopies = copySteps(keysOf());
  const onWriter = writerSteps(keysOf());
  const made = { createdBy: `create-drill-${region}` };
  const copy = { ...model, place: { region, instance: made }, backupRetentionDays: 1 };
  const steps = [
    insteadOf(
      'create-replica',
      onCopies.createReplica(model, source.place, {
        key: `create-drill-${region}`,
        title: `A throw-away copy in ${region}`,
        throwaway: true,
      }),
    ),
    insteadOf(
      'promote',
      onWriter.promote(copy, {
        key: `promote-drill-${region}`,
        title: `Promote the throw-away copy in ${region}`,
      }),
    ),
    insteadOf(
      'delete-replica',
      reversible(
        onCopies.deleteReplica(copy.place, {
          key: `delete-drill-${region}`,
          title: 'Delete the throw-away copy',
          copyOf: source.place,
        }),
      ),
    ),
  ];
  return toPlan(facts, 'drill', `Drill: promotion of a throw-away copy in ${region}`, {
    steps: [...steps, summaryOf('summary', steps)],
    compensation: [
      makeStep(
        {
          key: `discard-drill-${region}`,
          title: 'Delete the throw-away copy',
          action: 'recovery.discard-drill',
        },
        {
          region,
          input: { region, declaredId: model.declaredId, copyOf: source.place },
          deadlineSeconds: 3_600,
          needsRegions: [region],
          precondition: 'The copy was made by this drill.',
          postcondition: 'RDS has it no more.',
        },
      ),
    ],
  });
}

/** The same call as that step of a real plan, on another instance. */
function insteadOf(verb: string, step: PlannedStep): PlannedStep {
  return { ...step, proves: [keysOf()(verb, ...(step.region === null ? [] : [step.region]))] };
}

/** Nobody needs what it deletes: a drill that is stopped here still puts back, which is deleting it. */
function reversible(step: PlannedStep): PlannedStep {
  return { ...step, irreversible: false };
}

/** Readers away and back, for real. */
function planEvacuation(facts: DrillFacts, { region }: DrillParams): Planned {
  const refusal = whyNotEvacuate(facts, region);
  if (refusal) return refusal;
  const { writer } = facts.topology;
  const layout = writer === null ? undefined : layoutOf(facts, writer);
  const database = layout?.databases[region];
  if (!layout || !database)
    return refuse('unseen', `The databases of the writer and of ${region} must have been seen.`);
  const away = evacuateSteps(facts, region);
  const back = returnSteps(facts, { layout, database }, keysOf('return'));
  const steps: Steps = {
    steps: [...proving(away.steps), ...proving(back.steps, 'return').map(({ clock: _, ...step }) => step)],
    compensation: away.compensation,
  };
  return toPlan(facts, 'drill', `Drill: readers of ${region} away and back`, {
    ...steps,
    steps: [...steps.steps, summaryOf('summary', steps.steps)],
  });
}

/** The writer to that Region and back, for real, with every copy made anew each time. */
function planThereAndBack(facts: DrillFacts, { region }: DrillParams): Planned {
  const { writer } = facts.topology;
  if (writer === null) return refuse('no-writer', 'No single Region is known to take the orders.');
  if (writer === region)
    return refuse(
      'already-writer',
      `Orders are written in ${region}: name the Region that they are to move to.`,
    );
  const there = switchoverPart(facts, layoutOf(facts, writer), { target: region, part: 'there' });
  if (!there.ok) return there;
  const back = switchoverPart(facts, there.after, { target: writer, part: 'back', clocks: false });
  if (!back.ok) return back;
  const steps = [...proving(there.steps, 'there'), ...proving(back.steps, 'back')];
  return toPlan(facts, 'drill', `Drill: orders move from ${writer} to ${region} and back`, {
    steps: [...steps, summaryOf('summary', steps)],
    compensation: there.compensation,
  });
}
