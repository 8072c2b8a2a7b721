import { type Environment, type Estate, findEnvironment } from '#lib/domain/estate/estate.ts';
import type { StepContext } from '../action.ts';

/** The operation's environment as the estate has it now. */
export function requireEnvironment(context: {
  estate: Estate;
  operation: Pick<StepContext['operation'], 'environment'>;
}): Environment {
  const environment = findEnvironment(context.estate, context.operation.environment);
  if (environment) return environment;
  throw new Error(
    `Environment ${context.operation.environment} is not in the estate any more. Import the estate that has it.`,
  );
}
