import type { DatabaseObservation } from '#lib/domain/observation/kinds.ts';
import type { StepContext } from '../action.ts';
import type { InstanceRef, Place } from './input.ts';

/** The id that the reference stands for. Throws where the step that was to make the instance has left none. */
export function instanceIdOf(context: Pick<StepContext, 'outputs'>, ref: InstanceRef): string {
  if ('instanceId' in ref) return ref.instanceId;
  const { instanceId } = context.outputs[ref.createdBy] ?? {};
  if (typeof instanceId === 'string') return instanceId;
  throw new Error(
    `Step ${ref.createdBy} left no instance to go on with. See what it came to; it has to pass first.`,
  );
}

/** The instance as RDS describes it. Throws where the Region has none of that id: a wrong Region, or it was deleted. */
export async function requireDatabase(
  context: StepContext,
  { region, instance }: Place,
): Promise<DatabaseObservation> {
  const instanceId = instanceIdOf(context, instance);
  const found = await context.aws.findDatabase(region, instanceId);
  if (found) return found;
  throw new Error(
    `RDS in ${region} has no instance ${instanceId}. Someone renamed or deleted it; look at what is there, then plan again.`,
  );
}

/** Region of an instance's ARN: `arn:aws:rds:eu-west-1:…`. */
export function regionOfArn(arn: string): string {
  return arn.split(':')[3] ?? '';
}

/** Number of the operation as it stands in names of instances: 1004 of OP-1004. */
export function operationNumber(operationId: string): string {
  return operationId
    .toLowerCase()
    .replace(/^op-/, '')
    .replace(/[^a-z0-9-]/g, '-');
}

/** A name that Kubernetes and RDS take, for what this attempt makes: `op-1004-verify-order-eu-west-1-2`. */
export function nameOfAttempt(context: StepContext, number: number): string {
  const base = `${context.operation.id}-${context.step.key}`.toLowerCase().replace(/[^a-z0-9-]/g, '-');
  return `${base.slice(0, 50)}-${context.attempt}-${number}`.replace(/-{2,}/g, '-');
}
