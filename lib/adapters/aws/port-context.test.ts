import { afterEach, describe, expect, it } from 'vitest';
import { UnansweredError } from '#lib/ports/aws.ts';
import { tellThrottled } from '#lib/ports/throttling.ts';
import { seedEstate } from '#test/seed-estate.ts';
import { createPortContext, type PortContext } from './port-context.ts';

let open: PortContext | undefined;

afterEach(() => {
  open?.close();
  open = undefined;
});

/** Gives a call up after 0.15 s. */
function context(): PortContext {
  open = createPortContext({
    estate: seedEstate(),
    operation: { id: 'OP-1001', epoch: 1n },
    stepKey: 'step',
    record: () => undefined,
    now: () => Date.now(),
    timeoutMs: 100,
  });
  return open;
}

const never = () => new Promise<never>(() => undefined);

describe('a call that reads and does not end in time', () => {
  it('got no answer', async () => {
    const call = context().read('RDS DescribeDBInstances', never);
    await expect(call).rejects.toMatchObject({
      message: 'RDS DescribeDBInstances got no answer within 0.2 s',
      throttled: false,
    });
  });

  it('was throttled, where its tries were: it is not taken for silence', async () => {
    const call = context().read('RDS DescribeDBInstances', () => {
      tellThrottled('Throttling: Rate exceeded');
      return never();
    });
    await expect(call).rejects.toBeInstanceOf(UnansweredError);
    await expect(call).rejects.toMatchObject({
      message:
        'RDS DescribeDBInstances got no answer within 0.2 s: AWS throttled it (Throttling: Rate exceeded)',
      throttled: true,
    });
  });
});
