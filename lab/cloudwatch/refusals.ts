import { AwsFault } from '#lab/wire/service.ts';

// CloudWatch's own words for input it refuses.

export function invalidValue(parameter: string, reason: string): AwsFault {
  return new AwsFault('InvalidParameterValueException', `The parameter ${parameter} is invalid: ${reason}`);
}

export function missing(parameter: string): AwsFault {
  return new AwsFault('MissingRequiredParameterException', `The parameter ${parameter} is required.`);
}

export function badCombination(reason: string): AwsFault {
  return new AwsFault('InvalidParameterCombinationException', reason);
}

export function invalidRequest(reason: string): AwsFault {
  return new AwsFault('ValidationError', reason);
}

export function invalidToken(): AwsFault {
  return new AwsFault('InvalidNextToken', 'The next token specified is invalid.');
}
