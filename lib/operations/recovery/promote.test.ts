import { describe, expect, it } from 'vitest';
import type { DatabaseObservation } from '#lib/domain/observation/kinds.ts';
import { UnansweredError } from '#lib/ports/aws.ts';
import { portDouble } from '#test/port-double.ts';
import { copyOfEstate, databaseOf, EU } from '#test/recovery-facts.ts';
import { type RecordedContext, stepContext } from '#test/step-context.ts';
import { requireRegion } from './planning.ts';
import { promote } from './promote.ts';

const estate = copyOfEstate();
const eu = requireRegion(estate, EU);
const replica = databaseOf(eu);
const primary = databaseOf(eu, { role: 'primary', sourceArn: null, replication: null });
const { instanceId } = replica;

type Answer = Error | undefined;

/** RDS that shows these states, the last one for ever, and answers promotions so. */
function rds(states: (DatabaseObservation | null)[], answers: Answer[] = [undefined]) {
  const left = [...states];
  let current = left[0] ?? null;
  const asked: number[] = [];
  const aws = portDouble({
    findDatabase: () => {
      current = left.shift() ?? current;
      return Promise.resolve(current);
    },
    promoteReplica: (_region, _id, days) => {
      asked.push(days);
      const answer = answers[asked.length - 1];
      return answer ? Promise.reject(answer) : Promise.resolve();
    },
    readWal: () =>
      Promise.resolve({
        inRecovery: false,
        receivedLsn: '0/9',
        replayedLsn: null,
        lastCommitAt: null,
        timeline: 2,
      }),
  });
  return { aws, asked };
}

const busy = () =>
  Object.assign(new Error('Instance is not in available state.'), { name: 'InvalidDBInstanceStateFault' });

function contextFor(aws: RecordedContext['aws'], given: Partial<RecordedContext> = {}): RecordedContext {
  return stepContext({
    aws,
    estate,
    ...given,
    step: {
      key: `promote-${EU}`,
      region: EU,
      irreversible: true,
      input: { region: EU, instance: { instanceId }, backupRetentionDays: 7 },
    },
  });
}

describe('promotion', () => {
  it('is asked for once, with the backups said, and is done when the server itself takes writes', async () => {
    const { aws, asked } = rds([
      replica,
      { ...replica, status: 'modifying' },
      { ...primary, status: 'rebooting' },
      primary,
    ]);
    const context = contextFor(aws);
    expect(await promote.run(context)).toMatchObject({
      status: 'done',
      output: { instanceId, timeline: 2, arn: replica.arn },
    });
    expect(asked).toEqual([7]);
    expect(context.commands.filter((command) => command.startsWith('aws rds'))).toEqual([
      `aws rds describe-db-instances --region ${EU} --db-instance-identifier ${instanceId}`,
      `aws rds promote-read-replica --region ${EU} --db-instance-identifier ${instanceId} --backup-retention-period 7`,
    ]);
  });

  it('that was carried out already is found, and not asked for again', async () => {
    const { aws, asked } = rds([primary]);
    expect((await promote.run(contextFor(aws, { attempt: 2 }))).status).toBe('done');
    expect(asked).toEqual([]);
  });

  it('whose answer was lost is settled by what the instance does next', async () => {
    const { aws, asked } = rds(
      [replica, replica, { ...replica, status: 'modifying' }, primary],
      [new UnansweredError('RDS PromoteReadReplica got no usable answer')],
    );
    const context = contextFor(aws);
    expect((await promote.run(context)).status).toBe('done');
    expect(asked).toHaveLength(1);
    expect(context.told.join()).toContain('The answer to the promotion was lost');
  });

  it('that was never taken is asked for again, by the next attempt alone', async () => {
    const { aws, asked } = rds([replica], [new UnansweredError('lost')]);
    // A clock that runs ahead: fifteen seconds pass between two looks.
    let looks = 0;
    const now = () => {
      looks += 1;
      return new Date(Date.now() + looks * 15_000);
    };
    const context = contextFor(aws, { now });
    expect(await promote.run(context)).toMatchObject({
      status: 'wait',
      note: expect.stringContaining('is asked for again'),
    });
    expect(asked).toHaveLength(1);
  });

  it('that was throttled was not taken, and is asked for again soon: nobody can order meanwhile', async () => {
    const { aws, asked } = rds([replica], [new UnansweredError('Rate exceeded', { throttled: true })]);
    expect(await promote.run(contextFor(aws))).toMatchObject({ status: 'wait', seconds: 1 });
    expect(asked).toHaveLength(1);
  });

  it.each(['backing-up', 'modifying'])('waits while the instance is %s', async (status) => {
    const { aws, asked } = rds([{ ...replica, status }]);
    expect(await promote.run(contextFor(aws))).toMatchObject({
      status: 'wait',
      note: `${instanceId} is ${status}; RDS promotes it when it is available again.`,
    });
    expect(asked).toEqual([]);
  });

  it('waits for the end of a backup on a later attempt too', async () => {
    const { aws, asked } = rds([{ ...replica, status: 'backing-up' }]);
    expect((await promote.run(contextFor(aws, { attempt: 3 }))).status).toBe('wait');
    expect(asked).toEqual([]);
  });

  it('waits when RDS became busy between the look and the request', async () => {
    const { aws } = rds([replica, { ...replica, status: 'backing-up' }], [busy()]);
    expect(await promote.run(contextFor(aws))).toMatchObject({
      status: 'wait',
      note: expect.stringContaining('backing-up'),
    });
  });

  it('after a takeover follows a change under way, which may be its own', async () => {
    const { aws, asked } = rds([{ ...replica, status: 'modifying' }, primary]);
    expect((await promote.run(contextFor(aws, { attempt: 2 }))).status).toBe('done');
    expect(asked).toEqual([]);
  });

  it('after a takeover asks at once when that change was another', async () => {
    const { aws, asked } = rds([{ ...replica, status: 'modifying' }, replica]);
    expect(await promote.run(contextFor(aws, { attempt: 2 }))).toMatchObject({
      status: 'wait',
      seconds: 0.1,
    });
    expect(asked).toEqual([]);
  });

  it('fails for an instance that cannot become a primary, or is not there', async () => {
    const { aws } = rds([{ ...replica, status: 'incompatible-network' }]);
    expect(await promote.run(contextFor(aws))).toMatchObject({
      status: 'fail',
      note: expect.stringContaining('RDS promotes no replica in that state'),
    });
    await expect(promote.run(contextFor(rds([null]).aws))).rejects.toThrow(
      `RDS in ${EU} has no instance ${instanceId}`,
    );
  });

  it('that is refused for good rejects with the refusal', async () => {
    const refused = Object.assign(new Error('not authorized'), { name: 'AccessDenied' });
    await expect(promote.run(contextFor(rds([replica], [refused]).aws))).rejects.toThrow('not authorized');
  });
});
