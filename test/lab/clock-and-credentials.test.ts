import { ListHealthChecksCommand } from '@aws-sdk/client-route-53';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { errorSentence } from '#lib/adapters/aws/observe-calls.ts';
import { RefusedError } from '#lib/errors.ts';
import { actions } from '#lib/operations/registry.ts';
import type { RecordWeights } from '#lib/operations/traffic-shift/input.ts';
import { setName, targetsOf, weightsOf } from '#lib/operations/traffic-shift/records.ts';
import { AP, EU, US } from '#test/recovery-facts.ts';
import { seedEstate } from '#test/seed-estate.ts';
import { stepContext } from '#test/step-context.ts';
import { type Lab, startLab } from './harness.ts';
import { openClients, openPort, type RecordedPort, reachLab } from './support/product.ts';

// What AWS refuses for who signs, or when: a machine whose clock is off works on, and a session that has expired stops a
// shift with what to do about it, and nothing changed.

const estate = seedEstate();
/** AWS takes signatures of five minutes either way. */
const SKEWS = [400, -400];
/** The shortest session that STS gives, and some, s. */
const SESSION_SECONDS = 900;

let lab: Lab;
let leaveLab: () => void;
const opened: RecordedPort[] = [];

/** As one attempt of a step has it: nothing is known of the time yet. */
function freshPort(): RecordedPort {
  const port = openPort(estate);
  opened.push(port);
  return port;
}

beforeAll(async () => {
  lab = await startLab({ seed: 23 });
  leaveLab = reachLab(lab);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await lab.admin('/heal', {});
  await lab.admin('/clock', { skewSeconds: 0 });
  for (const { aws } of opened.splice(0)) aws.close();
});

afterAll(async () => {
  leaveLab?.();
  await lab?.stop();
});

async function liveWeights(): Promise<RecordWeights> {
  return weightsOf(estate, ['na'], await freshPort().aws.listWeightedRecords([setName(estate, 'na')]));
}

describe('where the clock of this machine is more than five minutes off', () => {
  it.each(SKEWS)('%i s: Route 53 is changed all the same, once', async (skewSeconds) => {
    const records = await freshPort().aws.listWeightedRecords([setName(estate, 'na')]);
    await lab.admin('/clock', { skewSeconds });
    const { aws, calls } = freshPort();
    const { changeId } = await aws.changeWeightedRecords(records, 'as they are');
    expect(changeId).toMatch(/^C/);
    expect(calls.filter(({ action }) => action === 'ChangeResourceRecordSets')).toEqual([
      expect.objectContaining({ status: '200', mutating: true }),
    ]);
  });

  it('buckets and clusters are read and changed too', async () => {
    await lab.admin('/clock', { skewSeconds: 400 });
    const { aws } = freshPort();
    expect(await aws.countReadyNodes(EU)).toBeGreaterThan(0);
    await aws.setSwitch(EU, AP, 'off');
    expect(await freshPort().aws.readSwitch(EU, AP)).toBe('off');
    await freshPort().aws.setSwitch(EU, AP, 'on');
    expect(await freshPort().aws.readSwitch(EU, AP)).toBe('on');
  });

  it('a collector’s first call says how far, where it is not tried again', async () => {
    await lab.admin('/clock', { skewSeconds: 400 });
    const clients = openClients(estate);
    try {
      const failure: unknown = await clients
        .route53()
        .send(new ListHealthChecksCommand({}))
        .catch((error: unknown) => error);
      expect(errorSentence(failure)).toMatch(/this machine’s clock is (399|400|401) s behind AWS/);
    } finally {
      clients.destroy();
    }
  });
});

describe('a session that expires in the midst of a traffic shift', () => {
  /** From here on every new port signs with a session of the role. */
  async function signInAsRole(): Promise<void> {
    const clients = openClients(estate);
    const { Credentials: session } = await clients.sts(US).send(
      new AssumeRoleCommand({
        RoleArn: `arn:aws:iam::${estate.account}:role/cp-operator`,
        RoleSessionName: 'shift',
        DurationSeconds: SESSION_SECONDS,
      }),
    );
    clients.destroy();
    vi.stubEnv('AWS_ACCESS_KEY_ID', session?.AccessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', session?.SecretAccessKey);
    vi.stubEnv('AWS_SESSION_TOKEN', session?.SessionToken);
  }

  it('stops the step with what to do, and no record is changed', async () => {
    const before = await liveWeights();
    const records = await freshPort().aws.listWeightedRecords([setName(estate, 'na')]);
    const targets = targetsOf(estate, ['na'], records);
    await signInAsRole();
    const weights = { na: { [US]: 100, [EU]: 100, [AP]: 0 } };
    const attempt = (action: string, input: Record<string, unknown>) =>
      actions[action]?.run(
        stepContext({ aws: freshPort().aws, estate, step: { key: action, action, input } }),
      );
    expect(await attempt('traffic.recheck', { expect: before, targets })).toMatchObject({ status: 'done' });

    await lab.admin('/clock', { skewSeconds: SESSION_SECONDS + 60 });
    const shift = attempt('traffic.set-weights', { expect: before, weights, targets });
    await expect(shift).rejects.toBeInstanceOf(RefusedError);
    await expect(shift).rejects.toThrow(
      /^Route 53 ListResourceRecordSets was refused: ExpiredToken\w*: the credentials of this worker have expired\. Renew them: /,
    );
    const write = freshPort();
    await expect(write.aws.changeWeightedRecords(records, 'with an expired session')).rejects.toThrow(
      /was refused: ExpiredToken\w*: the credentials of this worker have expired\. Renew them: /,
    );
    expect(
      write.calls.some(({ action, status }) => action === 'ChangeResourceRecordSets' && status === '200'),
    ).toBe(false);

    vi.unstubAllEnvs();
    await lab.admin('/clock', { skewSeconds: 0 });
    expect(await liveWeights()).toEqual(before);
    expect(await attempt('traffic.set-weights', { expect: before, weights: before, targets })).toMatchObject({
      status: 'skipped',
    });
  });

  it('with a key that nobody knows any more says that too', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAGONE000000000000');
    await expect(freshPort().aws.listWeightedRecords([setName(estate, 'na')])).rejects.toThrow(
      /does not know the access key of this worker.* Renew the credentials/,
    );
  });

  it('with a wrong secret says that the clock is right', async () => {
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'not-the-secret-of-this-key');
    await expect(freshPort().aws.listWeightedRecords([setName(estate, 'na')])).rejects.toThrow(
      /this machine’s clock is right: the secret key is not that of the access key/,
    );
  });
});
