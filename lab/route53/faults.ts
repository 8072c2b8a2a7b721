import { AwsFault } from '#lab/wire/service.ts';

export function invalidInput(message: string): AwsFault {
  return new AwsFault('InvalidInput', message);
}

/** Today's Route 53 answers the plain ErrorResponse with every problem in one message (aws-sdk-kotlin issue 1433). */
export function invalidChangeBatch(messages: readonly string[]): AwsFault {
  return new AwsFault('InvalidChangeBatch', `[${messages.join(', ')}]`);
}

export function noSuchHostedZone(id: string): AwsFault {
  return new AwsFault('NoSuchHostedZone', `No hosted zone found with ID: ${id}`, { status: 404 });
}

export function noSuchHealthCheck(id: string): AwsFault {
  return new AwsFault('NoSuchHealthCheck', `A health check with id ${id} does not exist.`, { status: 404 });
}
