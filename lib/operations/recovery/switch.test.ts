import { describe, expect, it } from 'vitest';
import { UnansweredError } from '#lib/ports/aws.ts';
import { portDouble } from '#test/port-double.ts';
import { AP, copyOfEstate, EU, US } from '#test/recovery-facts.ts';
import { type RecordedContext, stepContext } from '#test/step-context.ts';
import { awaitDns, setSwitch } from './switch.ts';

const estate = copyOfEstate();

/** Buckets by Region: whether the switch of us-east-1 says off; a Region that is missing does not answer. */
function buckets(states: Record<string, 'on' | 'off'>) {
  const lost = (region: string) => new UnansweredError(`S3 in ${region} got no usable answer`);
  return portDouble({
    readSwitch: async (peer) => {
      const state = states[peer];
      if (!state) throw lost(peer);
      return state;
    },
    setSwitch: async (peer, _region, to) => {
      if (!states[peer]) throw lost(peer);
      states[peer] = to;
    },
  });
}

function turning(aws: RecordedContext['aws'], to: 'on' | 'off', inRegions = [EU, AP]): RecordedContext {
  return stepContext({
    aws,
    estate,
    step: { key: 'switch', region: US, input: { region: US, to, inRegions } },
  });
}

describe('the switch of a Region', () => {
  it('is written in every bucket, with the command that does it', async () => {
    const states = { [EU]: 'on', [AP]: 'on' } as const;
    const context = turning(buckets({ ...states }), 'off');
    expect(await setSwitch.run(context)).toMatchObject({ status: 'done', output: { turned: [EU, AP] } });
    expect(context.commands).toContain(
      `printf off > off && aws s3api put-object --region ${EU} --bucket ecommerce-switch-${EU} --key serve/${US} --body off --content-type text/plain --cache-control no-store`,
    );
  });

  it('says off by one bucket alone: the other Region may be lost too', async () => {
    const outcome = await setSwitch.run(turning(buckets({ [AP]: 'on' }), 'off'));
    expect(outcome).toMatchObject({ status: 'done', output: { turned: [AP] } });
    expect(outcome.note).toContain(`Not in ${EU}`);
  });

  it('is written in every bucket where the first call to one is throttled', async () => {
    const states = { [EU]: 'on', [AP]: 'on' } as const;
    const aws = buckets({ ...states });
    let asked = 0;
    const readSwitch: typeof aws.readSwitch = (peer, region) => {
      if (peer !== AP) return aws.readSwitch(peer, region);
      asked += 1;
      return asked === 1
        ? Promise.reject(new UnansweredError('SlowDown', { throttled: true }))
        : aws.readSwitch(peer, region);
    };
    expect(
      await setSwitch.run(turning({ ...aws, setSwitch: aws.setSwitch, readSwitch }, 'off')),
    ).toMatchObject({
      output: { turned: [EU, AP] },
    });
  });

  it('is not on before every bucket says so', async () => {
    expect(await setSwitch.run(turning(buckets({ [AP]: 'off' }), 'on'))).toMatchObject({
      status: 'hold',
      note: expect.stringContaining(`the bucket in ${EU} was not written`),
    });
  });

  it('holds where no bucket answers, and is no failure where none was prepared', async () => {
    expect((await setSwitch.run(turning(buckets({}), 'off'))).status).toBe('hold');
    expect(await setSwitch.run(turning(buckets({}), 'off', []))).toMatchObject({
      status: 'skipped',
      note: expect.stringContaining('No switch is prepared'),
    });
  });
});

/** Name servers whose answers are these, round by round, the last for ever. */
function dns(...rounds: Record<string, number>[]) {
  let asked = 0;
  return portDouble({
    askDns: async () => {
      const round = rounds[Math.min(asked, rounds.length - 1)] ?? {};
      asked += 1;
      return round;
    },
  });
}

function awaiting(
  aws: RecordedContext['aws'],
  answered: boolean,
  given: Partial<RecordedContext> & { fencedBy?: string; geographies?: string[] } = {},
): RecordedContext {
  const { fencedBy, geographies = ['na'], ...context } = given;
  return stepContext({
    aws,
    estate,
    ...context,
    step: {
      key: 'await-dns',
      region: US,
      input: { region: US, answered, geographies, ...(fencedBy ? { fencedBy } : {}) },
    },
  });
}

describe('what DNS answers', () => {
  it('has to leave a Region out twice in a row', async () => {
    const aws = dns({ [US]: 3, [EU]: 37 }, { [EU]: 40 }, { [US]: 1, [EU]: 39 }, { [EU]: 40 }, { [EU]: 40 });
    const startedAt = Date.now();
    const outcome = await awaitDns.run(awaiting(aws, false));
    expect(outcome).toMatchObject({ status: 'done', output: { counts: { na: 0 }, named: true } });
    // Requests count once the answers that resolvers keep are over.
    const { atMs } = (outcome.status === 'done' && outcome.output) || {};
    expect(Number(atMs)).toBeGreaterThanOrEqual(startedAt + estate.dns.ttlSeconds * 1_000);
  });

  it('is said to have named it never where it did not: its users had left before', async () => {
    const aws = dns({ [EU]: 40 });
    expect(await awaitDns.run(awaiting(aws, false))).toMatchObject({ output: { named: false } });
    const later = awaiting(aws, false, { attempt: 2 });
    expect(await awaitDns.run(later)).toMatchObject({ output: { named: true } });
  });

  it('has to name it in each geography again', async () => {
    expect((await awaitDns.run(awaiting(dns({ [US]: 20, [EU]: 20 }), true))).status).toBe('done');
    expect((await awaitDns.run(awaiting(dns({}), true, { geographies: [] }))).status).toBe('skipped');
  });

  const late = { firstStartedAtMs: Date.now() - 120_000, fencedBy: 'fence' };

  it('that goes on naming an unfenced Region stops the run before a promotion', async () => {
    const context = awaiting(dns({ [US]: 40 }), false, {
      ...late,
      outputs: { fence: { fenced: 'unreachable' } },
    });
    expect(await awaitDns.run(context)).toMatchObject({
      status: 'hold',
      note: expect.stringContaining('two databases would take orders'),
    });
  });

  it('that goes on naming a fenced one does not: nothing is written there', async () => {
    const context = awaiting(dns({ [US]: 40 }), false, { ...late, outputs: { fence: { fenced: 'done' } } });
    expect(await awaitDns.run(context)).toMatchObject({
      status: 'done',
      note: expect.stringContaining('no order is taken there twice'),
    });
  });
});
