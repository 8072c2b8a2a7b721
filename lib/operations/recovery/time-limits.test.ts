import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { StepAction } from '#lib/operations/action.ts';
import { UnansweredError } from '#lib/ports/aws.ts';
import { tellThrottled } from '#lib/ports/throttling.ts';
import { portDouble } from '#test/port-double.ts';
import { stepContext } from '#test/step-context.ts';
import { throughThrottling } from '../throttled.ts';
import { bestEffort, failInTime, type Patience } from './time-limits.ts';

const US = 'us-east-1';
const PATIENCE = { answerWithinMs: 100, patienceMs: 5_000, unreached: { fenced: 'unreachable' } };
const LONG = { ...PATIENCE, answerWithinMs: 5_000 };
const best = (action: StepAction, patience: Patience = PATIENCE) => bestEffort(action, patience);
const never = () => new Promise<never>(() => undefined);

function contextFor(input: Record<string, unknown>, given: Parameters<typeof stepContext>[0] = {}) {
  return stepContext({ ...given, step: { key: 'fence', region: US, input } });
}

/** Asks the Region for a database and says what came. */
const asking: StepAction = {
  async run(context) {
    const found = await context.aws.findDatabase(US, 'db');
    return { status: 'done', note: 'It answered.', output: { found: found !== null } };
  },
};

describe('a step by best effort', () => {
  it('that reaches its Region says so', async () => {
    const aws = portDouble({ findDatabase: () => Promise.resolve(null) });
    expect(await best(asking).run(contextFor({ bestEffort: true }, { aws }))).toEqual({
      status: 'done',
      note: 'It answered.',
      output: { found: false, reached: true },
    });
  });

  it.each<[string, () => Promise<never>, string]>([
    ['resets the connection', () => Promise.reject(new UnansweredError('ECONNRESET')), 'ECONNRESET'],
    ['never answers', never, 'No answer within 0.1 s.'],
    ['refuses', () => Promise.reject(new Error('AccessDenied')), 'AccessDenied'],
  ])('is done and says unreachable where the Region %s', async (_, findDatabase, why) => {
    const context = contextFor({ bestEffort: true }, { aws: portDouble({ findDatabase }) });
    const startedAt = Date.now();
    expect(await best(asking).run(context)).toMatchObject({
      status: 'done',
      output: { fenced: 'unreachable', reached: false, why },
    });
    expect(Date.now() - startedAt).toBeLessThan(PATIENCE.patienceMs);
    expect(context.told).toEqual([`Recorded as unreachable: ${why}`]);
  });

  it('asks again where one call of a Region that answers was lost', async () => {
    let asked = 0;
    const aws = portDouble({
      findSecurityGroup: () => Promise.resolve('sg-1'),
      findDatabase: () => {
        asked += 1;
        return asked === 1 ? Promise.reject(new UnansweredError('lost')) : Promise.resolve(null);
      },
    });
    const action: StepAction = {
      async run(context) {
        await context.aws.findSecurityGroup(US, 'group');
        return asking.run(context);
      },
    };
    const outcome = await best(action).run(contextFor({ bestEffort: true }, { aws }));
    expect(outcome).toMatchObject({ output: { reached: true } });
    expect(asked).toBe(2);
  });

  it.each([US, 'eu-west-1'])(
    'asks again where %s was there and had no time for the first call',
    async (busy) => {
      let asked = 0;
      const aws = portDouble({
        findDatabase: () => {
          asked += 1;
          return asked === 1
            ? Promise.reject(new UnansweredError('Rate exceeded', { throttled: true }))
            : Promise.resolve(null);
        },
      });
      const action: StepAction = {
        async run(context) {
          await context.aws.findDatabase(busy, 'its source');
          return asking.run(context);
        },
      };
      expect(await best(action, LONG).run(contextFor({ bestEffort: true }, { aws }))).toMatchObject({
        output: { reached: true },
      });
    },
  );

  it('takes a Region for there that throttles, also while the call still tries by itself', async () => {
    const aws = portDouble({
      async findDatabase() {
        tellThrottled('Rate exceeded');
        await sleep(3 * PATIENCE.answerWithinMs);
        return null;
      },
    });
    expect(await best(asking).run(contextFor({ bestEffort: true }, { aws }))).toMatchObject({
      output: { reached: true },
    });
  });

  it('says of what AWS throttled to the last that it did, not that its Region is gone', async () => {
    const aws = portDouble({
      findDatabase: () => Promise.reject(new UnansweredError('Rate exceeded', { throttled: true })),
    });
    const context = contextFor({ bestEffort: true }, { aws });
    const patience = { ...PATIENCE, patienceMs: 700 };
    const outcome = await best(throughThrottling(asking), patience).run(context);
    const why = expect.stringMatching(
      /^Not finished within 0\.7 s\. AWS throttled it to the last \(Rate exceeded\)\. .*have the quota raised/,
    );
    expect(outcome).toMatchObject({
      status: 'done',
      note: expect.stringMatching(/^Not done, recorded as throttled: /),
      output: { fenced: 'unreachable', reached: false, throttled: true, why },
    });
    expect(context.told.at(-1)).toMatch(/^Recorded as throttled: /);
  });

  it('calls a Region silent that is, whatever another one throttles', async () => {
    const aws = portDouble({
      findDatabase: (region) =>
        region === US ? never() : Promise.reject(new UnansweredError('Rate exceeded', { throttled: true })),
    });
    const action: StepAction = {
      async run(context) {
        await Promise.race([asking.run(context), context.aws.findDatabase('eu-west-1', 'db')]);
        return { status: 'done', note: '' };
      },
    };
    const outcome = await best(throughThrottling(action)).run(contextFor({ bestEffort: true }, { aws }));
    expect(outcome).toMatchObject({ output: { reached: false, why: 'No answer within 0.1 s.' } });
    expect('output' in outcome && outcome.output).not.toHaveProperty('throttled');
  });

  it('counts the answer of another Region for nothing', async () => {
    const aws = portDouble({ findDatabase: (region) => (region === US ? never() : Promise.resolve(null)) });
    const action: StepAction = {
      async run(context) {
        await context.aws.findDatabase('eu-west-1', 'db');
        return asking.run(context);
      },
    };
    expect(await best(action).run(contextFor({ bestEffort: true }, { aws }))).toMatchObject({
      output: { reached: false, why: 'No answer within 0.1 s.' },
    });
  });

  it('counts the answer of the Regions that do what it is about, where its own takes no part', async () => {
    const action: StepAction = {
      async run(context) {
        await context.aws.readSwitch('eu-west-1', US);
        await sleep(3 * PATIENCE.answerWithinMs, undefined, { signal: context.signal });
        return { status: 'done', note: 'Switched off.', output: { turned: ['eu-west-1'] } };
      },
    };
    const aws = portDouble({ readSwitch: () => Promise.resolve('on') });
    const context = stepContext({
      aws,
      step: { region: US, needsRegions: ['eu-west-1', 'ap-southeast-1'], input: { bestEffort: true } },
    });
    expect(await best(action).run(context)).toMatchObject({
      note: 'Switched off.',
      output: { reached: true, turned: ['eu-west-1'] },
    });
  });

  it('gives up a Region that was lost after its first answer, where that is asked for', async () => {
    const aws = portDouble({ findSecurityGroup: () => Promise.resolve('sg-1'), findDatabase: never });
    const action: StepAction = {
      async run(context) {
        await context.aws.findSecurityGroup(US, 'group');
        return asking.run(context);
      },
    };
    const patience = { ...PATIENCE, silenceMs: 200 };
    expect(await best(action, patience).run(contextFor({ bestEffort: true }, { aws }))).toMatchObject({
      output: { fenced: 'unreachable', reached: false, why: 'No further answer within 0.2 s.' },
    });
  });

  it('gives up what answers and does not end', async () => {
    const aws = portDouble({ findDatabase: () => Promise.resolve(null) });
    const action: StepAction = {
      async run(context) {
        await context.aws.findDatabase(US, 'db');
        await sleep(60_000, undefined, { signal: context.signal });
        return { status: 'done', note: '' };
      },
    };
    const patience = { ...PATIENCE, patienceMs: 200 };
    expect(await best(action, patience).run(contextFor({ bestEffort: true }, { aws }))).toMatchObject({
      output: { reached: false, why: 'Not finished within 0.2 s.' },
    });
  });

  describe('that is left undone in time', () => {
    const endless: StepAction = {
      async run(context) {
        await context.aws.findDatabase(US, 'db');
        await sleep(60_000, undefined, { signal: context.signal });
        return { status: 'done', note: '' };
      },
    };
    const aws = portDouble({ findDatabase: () => Promise.resolve(null) });
    // Of its hours nothing is left: an earlier attempt began, and its worker died.
    const late = (leaveAfterSeconds: number) =>
      contextFor(
        { bestEffort: true, leaveAfterSeconds },
        { aws, firstStartedAtMs: Date.now() - leaveAfterSeconds * 1_000 },
      );

    it('has its own time over all its attempts, whatever others have, and is named', async () => {
      const context = late(7 * 3_600);
      const patience = { answerWithinMs: 5_000, patienceMs: 86_400_000, leastMs: 100 };
      expect(await best(endless, patience).run(context)).toEqual({
        status: 'done',
        note: 'Left undone: Not finished within 7 h.',
        output: {
          reached: false,
          why: 'Not finished within 7 h.',
          leftUndone: '“A step”: Not finished within 7 h',
        },
      });
      expect(context.told).toEqual([]);
    });

    it('gets a last look, which finds what came of it meanwhile', async () => {
      const patience = { answerWithinMs: 5_000, patienceMs: 100 };
      expect(await best(asking, patience).run(late(3_600))).toMatchObject({ output: { reached: true } });
    });

    it('is named also where its Region never answered', async () => {
      const silent = portDouble({ findDatabase: never });
      const context = contextFor({ bestEffort: true, leaveAfterSeconds: 3_600 }, { aws: silent });
      expect(await best(endless).run(context)).toMatchObject({
        output: { reached: false, leftUndone: '“A step”: No answer within 0.1 s' },
      });
    });
  });

  it('takes a failure of the action for unreachable, and lets it wait within its time', async () => {
    const failing: StepAction = { run: () => Promise.resolve({ status: 'fail', note: 'No group.' }) };
    expect(await best(failing).run(contextFor({ bestEffort: true }))).toMatchObject({
      status: 'done',
      output: { reached: false, why: 'No group.' },
    });
    let runs = 0;
    const waiting: StepAction = {
      run: () => {
        runs += 1;
        return Promise.resolve(
          runs < 3 ? { status: 'wait', note: '', seconds: 0.01 } : { status: 'done', note: 'Now.' },
        );
      },
    };
    const patience = { answerWithinMs: 5_000, patienceMs: 5_000 };
    expect(await bestEffort(waiting, patience).run(contextFor({ bestEffort: true }))).toMatchObject({
      note: 'Now.',
    });
  });

  it('without the word is the action as it is', async () => {
    const aws = portDouble({ findDatabase: () => Promise.reject(new UnansweredError('ECONNRESET')) });
    await expect(best(asking).run(contextFor({}, { aws }))).rejects.toThrow('ECONNRESET');
  });

  it('stops when the step is told to', async () => {
    const stop = new AbortController();
    const running = best(asking).run(
      contextFor({ bestEffort: true }, { aws: portDouble({ findDatabase: never }), signal: stop.signal }),
    );
    stop.abort('deadline');
    await expect(running).rejects.toBe('deadline');
  });
});

describe('a step that fails in time', () => {
  it('asks again while it may, and fails when its time is over', async () => {
    let asked = 0;
    const aws = portDouble({
      findDatabase: () => {
        asked += 1;
        return Promise.reject(new UnansweredError('lost'));
      },
    });
    const context = contextFor(
      { failAfterSeconds: 1 },
      // The clock says that most of its time went by in an earlier attempt; a second is always left.
      { aws, firstStartedAtMs: Date.now() - 10_000 },
    );
    expect(await failInTime(asking).run(context)).toEqual({
      status: 'fail',
      note: 'Not finished within 1 s.',
    });
    expect(asked).toBeGreaterThan(1);
  });

  it('says so where AWS throttled it to the last, and what to do', async () => {
    const aws = portDouble({
      findDatabase: () => Promise.reject(new UnansweredError('Rate exceeded', { throttled: true })),
    });
    expect(await failInTime(asking).run(contextFor({ failAfterSeconds: 1 }, { aws }))).toEqual({
      status: 'fail',
      note: expect.stringMatching(/^Not finished within 1 s\. AWS throttled it .*have the quota raised/),
    });
  });

  it('passes on what the action says otherwise', async () => {
    const aws = portDouble({ findDatabase: () => Promise.resolve(null) });
    expect(await failInTime(asking).run(contextFor({ failAfterSeconds: 5 }, { aws }))).toMatchObject({
      status: 'done',
    });
    const refusing = portDouble({ findDatabase: () => Promise.reject(new Error('AccessDenied')) });
    expect(await failInTime(asking).run(contextFor({ failAfterSeconds: 5 }, { aws: refusing }))).toEqual({
      status: 'fail',
      note: 'AccessDenied',
    });
  });
});
