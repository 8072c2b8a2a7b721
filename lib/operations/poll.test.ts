import { describe, expect, it } from 'vitest';
import { stepContext } from '#test/step-context.ts';
import { pollUntil } from './poll.ts';

describe('asking until it is so', () => {
  const answers = (...given: (string | Error)[]) => {
    const left = [...given];
    return () => {
      const answer = left.shift() ?? 'nothing left';
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    };
  };
  const isDone = (answer: string) => answer === 'INSYNC';

  it('returns the answer that is final', async () => {
    const context = stepContext({});
    const ask = answers('PENDING', 'PENDING', 'INSYNC');
    expect(await pollUntil(context, { what: 'it', everyMs: 1, ask, isDone })).toBe('INSYNC');
    expect(context.told).toEqual([]);
  });

  it('asks again when an answer is lost, and says so once', async () => {
    const context = stepContext({});
    const ask = answers(new Error('ECONNRESET'), new Error('ECONNRESET'), 'PENDING', 'INSYNC');
    expect(await pollUntil(context, { what: 'change C1', everyMs: 1, ask, isDone })).toBe('INSYNC');
    expect(context.told).toEqual(['Asking again for change C1: ECONNRESET']);
  });

  it('ends at the deadline, between calls and in one', async () => {
    const between = new AbortController();
    const context = stepContext({ signal: between.signal });
    const waiting = pollUntil(context, {
      what: 'it',
      everyMs: 60_000,
      ask: () => {
        queueMicrotask(() => between.abort('deadline'));
        return Promise.resolve('PENDING');
      },
      isDone,
    });
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    const within = new AbortController();
    const failing = pollUntil(stepContext({ signal: within.signal }), {
      what: 'it',
      everyMs: 1,
      ask: () => {
        within.abort('deadline');
        return Promise.reject(new Error('closed'));
      },
      isDone,
    });
    await expect(failing).rejects.toBe('deadline');
  });
});
