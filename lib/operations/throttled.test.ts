import { describe, expect, it } from 'vitest';
import { UnansweredError } from '#lib/ports/aws.ts';
import { hearThrottled, tellThrottled } from '#lib/ports/throttling.ts';
import { portDouble } from '#test/port-double.ts';
import { stepContext } from '#test/step-context.ts';
import type { StepAction } from './action.ts';
import { ThrottleWatch, throughThrottling } from './throttled.ts';

const EU = 'eu-west-1';
const throttled = () => new UnansweredError('RDS Rate exceeded', { throttled: true });

/** A port that throttles the first of its calls, and counts them. */
function busyPort(times: number) {
  const counted = { calls: 0 };
  const aws = portDouble({
    findDatabase: () => {
      counted.calls += 1;
      return counted.calls <= times ? Promise.reject(throttled()) : Promise.resolve(null);
    },
  });
  return { aws, counted };
}

const asking: StepAction = {
  async run({ aws }) {
    await aws.findDatabase(EU, 'db');
    return { status: 'done', note: 'Answered.' };
  },
};

describe('an action whose calls AWS throttles', () => {
  it('asks each again and does not begin anew; it is told once', async () => {
    let runs = 0;
    const { aws, counted } = busyPort(2);
    const action: StepAction = {
      run(context) {
        runs += 1;
        return asking.run(context);
      },
    };
    const context = stepContext({ aws });
    expect(await throughThrottling(action).run(context)).toEqual({ status: 'done', note: 'Answered.' });
    expect({ runs, ...counted }).toEqual({ runs: 1, calls: 3 });
    expect(context.told).toEqual(['Throttled by AWS, asking again: RDS Rate exceeded']);
  });

  it('has whoever listens around it hear of every time', async () => {
    const heard: string[] = [];
    const { aws } = busyPort(2);
    const run = () => throughThrottling(asking).run(stepContext({ aws }));
    await hearThrottled((why) => heard.push(why), run);
    expect(heard).toEqual(['RDS Rate exceeded', 'RDS Rate exceeded']);
  });

  it.each<[string, Error]>([
    ['gave no answer', new UnansweredError('lost')],
    ['refused', new Error('AccessDenied')],
  ])('asks nothing again that %s: it may have been done', async (_, error) => {
    let calls = 0;
    const aws = portDouble({
      promoteReplica: () => {
        calls += 1;
        return Promise.reject(error);
      },
    });
    const action: StepAction = {
      async run(context) {
        await context.aws.promoteReplica(EU, 'db', 7);
        return { status: 'done', note: '' };
      },
    };
    await expect(throughThrottling(action).run(stepContext({ aws }))).rejects.toBe(error);
    expect(calls).toBe(1);
  });

  it('asks no more once it is told to stop, and says what AWS said', async () => {
    const stop = new AbortController();
    let calls = 0;
    const aws = portDouble({
      findDatabase: () => {
        calls += 1;
        queueMicrotask(() => stop.abort('deadline'));
        return Promise.reject(throttled());
      },
    });
    const running = throughThrottling(asking).run(stepContext({ aws, signal: stop.signal }));
    await expect(running).rejects.toMatchObject({ throttled: true, message: 'RDS Rate exceeded' });
    expect(calls).toBe(1);
  });
});

describe('what is throttled when the time is over', () => {
  it('is said, with what to do, until it is answered', async () => {
    const { aws } = busyPort(1);
    const watch = new ThrottleWatch();
    const port = watch.watch(aws);
    expect(watch.words).toBeUndefined();
    await expect(port.findDatabase(EU, 'db')).rejects.toThrow('RDS Rate exceeded');
    expect(watch.words).toMatch(
      /^AWS throttled it to the last \(RDS Rate exceeded\)\. .*stop what else calls it.*have the quota raised/,
    );
    await port.findDatabase(EU, 'db');
    expect(watch.words).toBeUndefined();
  });

  it('is also a call that is trying by itself still', async () => {
    const answer = Promise.withResolvers<null>();
    const aws = portDouble({
      findDatabase: () => {
        tellThrottled('RDS throttles the first try');
        return answer.promise;
      },
    });
    const watch = new ThrottleWatch();
    const asked = watch.watch(aws).findDatabase(EU, 'db');
    expect(watch.words).toContain('RDS throttles the first try');
    answer.resolve(null);
    await asked;
    expect(watch.words).toBeUndefined();
  });

  it('is one question, not its neighbour in another Region', async () => {
    const watch = new ThrottleWatch();
    const port = watch.watch(
      portDouble({
        findDatabase: (region) => (region === EU ? Promise.reject(throttled()) : Promise.resolve(null)),
      }),
    );
    await expect(port.findDatabase(EU, 'db')).rejects.toThrow();
    await port.findDatabase('us-east-1', 'db');
    expect(watch.words).toBeDefined();
  });
});
