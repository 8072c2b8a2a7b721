import type { RecordTargets } from '#lib/domain/observation/kinds.ts';
import type { StepAction, StepContext, StepOutcome } from '../action.ts';
import { pollUntil } from '../poll.ts';
import { RecheckInput, type RecordWeights, RestoreWeightsInput, SetWeightsInput } from './input.ts';
import { differences, readSets, targetDifferences, targetsOf, weightsOf, withWeights } from './records.ts';

const SYNC_POLL_MS = 500;

/** The records still are what the plan was made from: otherwise someone else changed them, and nothing is touched. */
export const recheck: StepAction = {
  async run(context) {
    const { expect, targets } = RecheckInput.parse(context.step.input);
    const geographies = Object.keys(expect);
    const records = await readSets(context.aws, context.estate, geographies);
    const drift = [
      ...differences(expect, weightsOf(context.estate, geographies, records)),
      ...targetDifferences(targets, targetsOf(context.estate, geographies, records)),
    ];
    if (drift.length > 0) return driftRefusal(drift);
    await context.evidence({
      kind: 'fact',
      text: 'Live weights, targets and health checks are those the plan was made from',
      data: { weights: expect, targets },
    });
    return {
      status: 'done',
      note: 'The live records are those the plan was made from.',
      output: { snapshot: expect },
    };
  },
};

export const setWeights: StepAction = {
  async run(context) {
    const { expect, weights, targets } = SetWeightsInput.parse(context.step.input);
    return changeWeights(context, { weights, known: [expect], targets });
  },
};

export const restoreWeights: StepAction = {
  async run(context) {
    return changeWeights(context, RestoreWeightsInput.parse(context.step.input));
  },
};

interface WeightChange {
  weights: RecordWeights;
  /** States of which one has to stand. */
  known: readonly RecordWeights[];
  targets: RecordTargets;
}

/**
 * Writes absolute weights in one batch, from one of the known states only, and waits until Route 53 is in sync. Records
 * that lead elsewhere than planned, or have another health check, are someone else's change and not written over. Where
 * the weights stand already, a first attempt has nothing to do; a later one finds its own change, of which nobody knows whether
 * it is in sync yet, and sends the same weights again to see it through.
 */
async function changeWeights(
  context: StepContext,
  { weights, known, targets }: WeightChange,
): Promise<StepOutcome> {
  const geographies = Object.keys(weights);
  const records = await readSets(context.aws, context.estate, geographies);
  const found = weightsOf(context.estate, geographies, records);
  const standing = differences(weights, found).length === 0;
  const isKnown = standing || known.some((state) => differences(state, found).length === 0);
  const drift = [
    ...(isKnown ? [] : differences(known[0] ?? weights, found)),
    ...targetDifferences(targets, targetsOf(context.estate, geographies, records)),
  ];
  if (drift.length > 0) return driftRefusal(drift);
  if (standing && context.attempt === 1) {
    return {
      status: 'skipped',
      note: 'The weights are already so.',
      output: { changedAtMs: context.now().getTime() },
    };
  }
  const wanted = withWeights(context.estate, records, weights);
  const comment = `${context.operation.id} ${context.step.key}`;
  const { changeId } = await context.aws.changeWeightedRecords(wanted, comment);
  await context.evidence({
    kind: 'fact',
    text: `Change ${changeId} accepted: ${wanted.length} records in one batch`,
    data: { changeId, weights },
  });
  await pollUntil(context, {
    what: `the state of change ${changeId}`,
    everyMs: SYNC_POLL_MS,
    ask: () => context.aws.changeStatus(changeId),
    isDone: (status) => status === 'INSYNC',
  });
  await context.evidence({ kind: 'fact', text: `Change ${changeId} is INSYNC` });
  return {
    status: 'done',
    note: `Route 53 is in sync with change ${changeId}.`,
    output: { changeId, changedAtMs: context.now().getTime() },
  };
}

function driftRefusal(drift: readonly string[]): StepOutcome {
  const more = drift.length > 4 ? `; and ${drift.length - 4} more` : '';
  return {
    status: 'fail',
    note: `Someone else changed the records: ${drift.slice(0, 4).join('; ')}${more}. Nothing was written. Look at who did it, then plan again.`,
  };
}
