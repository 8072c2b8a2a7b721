import { describe, expect, it } from 'vitest';
import { stepContext } from '#test/step-context.ts';
import { UnansweredError } from '../ports/aws.ts';
import { holdUnanswered } from './hold-unanswered.ts';

describe('an action that AWS does not answer', () => {
  it('holds, says why, and is run again', async () => {
    const action = holdUnanswered({
      run: () => Promise.reject(new UnansweredError('Route 53 GetChange got no usable answer: TimeoutError')),
    });
    expect(await action.run(stepContext({}))).toEqual({
      status: 'hold',
      note: 'Route 53 GetChange got no usable answer: TimeoutError. Looks again every 10 s at what stands.',
      seconds: 10,
    });
  });

  it('says that AWS throttles it, and what to do', async () => {
    const throttled = new UnansweredError('RDS got no usable answer: Throttling', { throttled: true });
    const action = holdUnanswered({ run: () => Promise.reject(throttled) }, 2);
    expect(await action.run(stepContext({}))).toMatchObject({
      status: 'hold',
      note: expect.stringMatching(
        /^AWS throttles it: RDS got no usable answer: Throttling\. .*have the quota raised.* Asks again every 2 s\.$/,
      ),
    });
  });

  it('fails where AWS said no', async () => {
    const action = holdUnanswered({ run: () => Promise.reject(new Error('AccessDenied')) });
    await expect(action.run(stepContext({}))).rejects.toThrow('AccessDenied');
  });

  it('stops where it was told to', async () => {
    const stop = new AbortController();
    const action = holdUnanswered({
      run: () => {
        stop.abort('deadline');
        return Promise.reject(new UnansweredError('lost'));
      },
    });
    await expect(action.run(stepContext({ signal: stop.signal }))).rejects.toBe('deadline');
  });
});
