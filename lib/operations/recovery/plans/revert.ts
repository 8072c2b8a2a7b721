import { z } from 'zod';
import type { Environment } from '#lib/domain/estate/estate.ts';
import type { PlannedStep } from '#lib/domain/operation/plan.ts';
import { begunSteps, type LeftRun, leftSteps, restsOn, thingsOf } from '#lib/domain/recovery/left-run.ts';
import { RaisedMinimum } from '#lib/domain/traffic/raised.ts';
import { ReleaseCapacityInput } from '../../traffic-shift/input.ts';
import { AttachCheckInput, SealWriterInput } from '../input.ts';
import { type Planned, refuse } from '../planning.ts';
import { DEADLINES, makeStep, together } from './step.ts';
import { verifyOrderStep } from './writes.ts';

/** A run that came after the one that left something, with the steps of it that have changed something, or may have. */
export interface LaterRun {
  id: string;
  title: string;
  changed: readonly PlannedStep[];
}

export interface RevertFacts {
  environment: Environment;
  left: LeftRun;
  /** In the order in which they began. */
  later: readonly LaterRun[];
}

/**
 * Puts back what a recovery has left that was superseded, or whose compensation a person left, by the steps that it had
 * planned for that. First a look whether anything is another way than it left it; then databases, so that nobody is let
 * order before there is a writer; then all the rest at once, for one Region that is silent is not to keep the others waiting.
 */
export function planRecoveryRevert({ environment, left, later }: RevertFacts): Planned {
  const kept = leftSteps(left).filter((step) => !isLeftToLater(step, later));
  if (kept.length === 0)
    return refuse('nothing-left', 'What it has left was changed by later operations, or put back since.');
  const conflict = later.find(({ changed }) => overlaps(kept.flatMap(restsOn), changed));
  if (conflict) {
    return refuse(
      'moved-on',
      `${conflict.id}, ${conflict.title}, has changed the same since. See on Recovery what stands now, and go on from there.`,
    );
  }
  const back = kept.flatMap((step) => ofLeftRun(step, left));
  if (back.length === 0) return refuse('nothing-left', 'It has left nothing that would have to be put back.');
  const isDatabase = (step: PlannedStep) => thingsOf(step).some((thing) => thing.startsWith('database/'));
  const databases = back.filter(isDatabase).map(({ group: _, ...step }) => step);
  const rest = back.filter((step) => !isDatabase(step)).map(({ group: _, ...step }) => step);
  const steps = [
    lookFirst(left, back),
    ...databases,
    ...together('put-back', rest),
    ...verifyOrders(environment, left, rest),
  ];
  return {
    ok: true,
    plan: {
      version: 1,
      kind: 'recovery-revert',
      environment: environment.name,
      title: `Put back what ${left.id} left: ${left.title}`,
      steps,
      compensation: [],
    },
  };
}

/** Machines and switches: what a later run wants of them holds, and is no reason to leave orders refused. */
function isLeftToLater(step: PlannedStep, later: readonly LaterRun[]): boolean {
  const things = thingsOf(step).filter((thing) => /^(nodes|switch)\//.test(thing));
  return later.some(({ changed }) => overlaps(things, changed));
}

function overlaps(things: readonly string[], changed: readonly PlannedStep[]): boolean {
  const others = new Set(changed.flatMap(thingsOf));
  return things.some((thing) => others.has(thing));
}

function lookFirst(left: LeftRun, back: readonly PlannedStep[]): PlannedStep {
  return makeStep(
    {
      key: 'check-left',
      title: `Check that all stands as ${left.id} left it`,
      action: 'recovery.check-left',
    },
    {
      input: { of: back.map(({ action, input }) => ({ action, input })) },
      deadlineSeconds: DEADLINES.look,
      precondition: `${left.id} has ended, and no later operation has changed the same.`,
      postcondition:
        'Whatever answers is as it was left, or as it was before; no second database takes orders.',
    },
  );
}

/** The step, with what it would have found in the outputs of the left run; none where that run had nothing to put back. */
function ofLeftRun(step: PlannedStep, left: LeftRun): PlannedStep[] {
  const found = resolved(step, left);
  return found ? [{ ...step, input: { ...found, leftBy: left.id } }] : [];
}

function resolved(step: PlannedStep, left: LeftRun): Record<string, unknown> | undefined {
  const { input } = step;
  const outputs = new Map(left.steps.map(({ key, output }) => [key, output]));
  switch (step.action) {
    case 'recovery.point-writer': {
      // The name that stood there when orders were frozen: seen later than the one that the run was planned with.
      const name = stoodThere(step, left);
      return name === undefined ? input : { ...input, writer: { instanceId: name } };
    }
    case 'capacity.release': {
      const asked = ReleaseCapacityInput.parse(input);
      if ('raised' in asked) return input;
      const raised = RaisedMinimum.safeParse(outputs.get(asked.raisedBy)).data;
      return raised && { region: asked.region, raised };
    }
    case 'recovery.attach-check': {
      const known = AttachCheckInput.parse(input).known.map((ref) => outputs.get(ref)?.id ?? ref);
      return { ...input, known };
    }
    default:
      return input;
  }
}

const Frozen = z.object({ writerEndpoint: z.string() });

function stoodThere(step: PlannedStep, left: LeftRun): string | undefined {
  const things = thingsOf(step);
  const frozen = begunSteps(left).find(
    (begun) =>
      begun.action === 'recovery.freeze-writes' && thingsOf(begun).some((thing) => things.includes(thing)),
  );
  const output = left.steps.find(({ key }) => key === frozen?.key)?.output;
  return Frozen.safeParse(output).data?.writerEndpoint;
}

/** Where the run had sealed a writer, or was about to: an order placed there is taken again. */
function verifyOrders(
  environment: Environment,
  { plan }: LeftRun,
  back: readonly PlannedStep[],
): PlannedStep[] {
  const seal = plan.steps.find(({ action }) => action === 'recovery.seal-writer');
  const writer = SealWriterInput.safeParse(seal?.input).data?.writer;
  const isBack = back.some((step) => thingsOf(step).includes(`orders/${writer?.region}`));
  if (!writer || !isBack || !environment.regions.includes(writer.region)) return [];
  return [verifyOrderStep({ key: `verify-order-${writer.region}`, from: writer.region, writer, path: true })];
}
