import type { WeightedRecord } from '../../ports/aws.ts';
import type { StepAction, StepContext } from '../action.ts';
import { pollUntil } from '../poll.ts';
import { readSets } from '../traffic-shift/records.ts';
import { AttachCheckInput, CalculatedCheckInput, SwitchCheckInput } from './input.ts';

const SYNC_POLL_MS = 500;

/**
 * An inverted health check on the object that switches a Region off, in the bucket of a peer: no object, healthy. Its caller
 * reference says which one it is, so that asking again finds it (aws-facts 2.10). Needs Route 53's control plane: in quiet
 * times only (B-06).
 */
export const createSwitchCheck: StepAction = {
  async run(context) {
    const { region, inRegion } = SwitchCheckInput.parse(context.step.input);
    if ((await context.aws.readSwitch(inRegion, region)) === 'off') {
      return {
        status: 'fail',
        note: `${region} is switched off in the bucket of ${inRegion}: with the check on its records it would leave DNS at once. Let it back first.`,
      };
    }
    const callerReference = referenceOf(context, `${region}-in-${inRegion}`);
    const known = await findCheck(context, callerReference);
    const { id } = await context.aws.createSwitchCheck({ inRegion, region, callerReference });
    const text = `Health check ${id} reads serve/${region} in the bucket of ${inRegion}${known ? '; it was there already' : ''}`;
    await context.evidence({ kind: 'fact', text, data: { id, callerReference } });
    return { status: known ? 'skipped' : 'done', note: `${text}.`, output: { id } };
  },
};

/** Healthy only while the Region's endpoint is and no switch is off: this one goes on its records. */
export const createCalculatedCheck: StepAction = {
  async run(context) {
    const { region, children } = CalculatedCheckInput.parse(context.step.input);
    const ids = children.map((child) => checkIdOf(context, child));
    const callerReference = referenceOf(context, region);
    const known = await findCheck(context, callerReference);
    const request = { children: ids, healthThreshold: ids.length, callerReference };
    const { id } = await context.aws.createCalculatedCheck(request);
    const text = `Health check ${id} of ${region} is healthy while all of ${ids.join(', ')} are`;
    await context.evidence({ kind: 'fact', text, data: { ...request, id } });
    return { status: known ? 'skipped' : 'done', note: `${text}.`, output: { id } };
  },
};

/** Puts a health check on every weighted record of a Region in one batch, and waits until Route 53 is in sync. */
export const attachCheck: StepAction = {
  async run(context) {
    const input = AttachCheckInput.parse(context.step.input);
    const { region } = input;
    const check = 'id' in input.check ? input.check.id : checkIdOf(context, input.check.createdBy);
    const known = new Set([check, ...input.known.map((ref) => checkIdOf(context, ref))]);
    const geographies = context.estate.geographies.map(({ key }) => key);
    const records = (await readSets(context.aws, context.estate, geographies)).filter(
      ({ setIdentifier }) => setIdentifier === region,
    );
    if (records.length === 0) {
      return {
        status: 'fail',
        note: `No weighted record of the zone is of ${region}: there is nothing to switch.`,
      };
    }
    const foreign = records.filter(
      ({ healthCheckId }) => healthCheckId !== null && !known.has(healthCheckId),
    );
    if (foreign.length > 0) return { status: 'fail', note: foreignNote(foreign) };
    const others = records.filter(({ healthCheckId }) => healthCheckId !== check);
    if (others.length === 0 && context.attempt === 1) {
      return {
        status: 'skipped',
        note: `All ${records.length} records of ${region} carry ${check} already.`,
      };
    }
    // A later attempt finds its own change, of which nobody knows whether it is in sync: it sends the same again.
    const wanted = records.map((record) => ({ ...record, healthCheckId: check }));
    const comment = `${context.operation.id} ${context.step.key}`;
    const { changeId } = await context.aws.changeWeightedRecords(wanted, comment);
    await context.evidence({
      kind: 'fact',
      text: `Change ${changeId} accepted: ${wanted.length} records of ${region} carry ${check}, in one batch`,
      data: {
        changeId,
        before: records.map(({ name, type, healthCheckId }) => ({ name, type, healthCheckId })),
      },
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
      note: `Route 53 is in sync: ${wanted.length} records of ${region} carry ${check}.`,
      output: { changeId, records: wanted.length, check },
    };
  },
};

function foreignNote(foreign: readonly WeightedRecord[]): string {
  const said = foreign
    .slice(0, 3)
    .map(({ name, type, healthCheckId }) => `${name} ${type} carries ${healthCheckId}`);
  return `Someone else changed the records: ${said.join('; ')}. Nothing was written. Look at who did it, then plan again.`;
}

/** The same for the same switch for ever: Route 53 answers a repeated reference with the check that it made. */
function referenceOf(context: StepContext, what: string): string {
  return `meridian-${context.estate.estate}-switch-${what}`;
}

async function findCheck(context: StepContext, callerReference: string): Promise<string | undefined> {
  const checks = await context.aws.listHealthChecks();
  return checks.find((check) => check.callerReference === callerReference)?.id;
}

/** A check by the step that made it, or by its own id. */
function checkIdOf(context: StepContext, ref: string): string {
  const id = context.outputs[ref]?.id;
  return typeof id === 'string' ? id : ref;
}
