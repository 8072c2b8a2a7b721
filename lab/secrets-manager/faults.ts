import { AwsFault } from '#lab/wire/service.ts';

export const notFound = (message = "Secrets Manager can't find the specified secret.") =>
  new AwsFault('ResourceNotFoundException', message);

export const invalidParameter = (message: string) => new AwsFault('InvalidParameterException', message);

export const invalidRequest = (message: string) => new AwsFault('InvalidRequestException', message);

export const invalid = (value: unknown, member: string, constraint: string) =>
  new AwsFault(
    'ValidationException',
    `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: ${constraint}`,
  );
