import { errorSentence } from '../adapters/aws/observe-calls.ts';

/** Does it now and at every interval, one at a time; stopping waits for what is under way. */
export function every(
  intervalMs: number,
  what: string,
  work: () => Promise<unknown>,
  log: (message: string, fields?: Record<string, unknown>) => void,
): () => Promise<void> {
  let underWay: Promise<void> | undefined;
  const run = () => {
    underWay ??= work()
      .then(
        () => undefined,
        (error: unknown) => log(`${what} failed`, { error: errorSentence(error) }),
      )
      .finally(() => {
        underWay = undefined;
      });
  };
  run();
  const timer = setInterval(run, intervalMs);
  return async () => {
    clearInterval(timer);
    await underWay;
  };
}
