import type { AwsPort } from '#lib/ports/aws.ts';

/** A port with these methods alone: every other rejects, named by `refusal`, so that a new method of the port needs no edit here. */
export function portDouble(
  implemented: Partial<AwsPort>,
  refusal: (method: string) => string = (method) => `This test has no AWS, and ${method} was called.`,
): AwsPort & { close(): void } {
  const close = () => undefined;
  return new Proxy(
    { ...implemented, close },
    {
      get(target, key) {
        const known: unknown = Reflect.get(target, key);
        // `then` decides whether an await takes the double itself for a promise.
        if (known !== undefined || typeof key === 'symbol' || key === 'then') return known;
        return () => Promise.reject(new Error(refusal(key)));
      },
    },
  ) as AwsPort & { close(): void }; // the proxy answers for what the object lacks
}
