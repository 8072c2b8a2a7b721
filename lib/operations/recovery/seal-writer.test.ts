import { describe, expect, it } from 'vitest';
import type { DatabaseObservation } from '#lib/domain/observation/kinds.ts';
import { type AwsPort, UnansweredError } from '#lib/ports/aws.ts';
import { portDouble } from '#test/port-double.ts';
import { AP, copyOfEstate, databaseOf, EU, US } from '#test/recovery-facts.ts';
import { type RecordedContext, stepContext } from '#test/step-context.ts';
import { throughThrottling } from '../throttled.ts';
import { requireRegion } from './planning.ts';
import { sealWriter } from './seal-writer.ts';

const estate = copyOfEstate();
const us = requireRegion(estate, US);

const DENY = 'sg-deny';
const OPEN = 'sg-open';

interface Writer {
  /** Security groups of the old writer. */
  groups: string[];
  /** Sessions of clients; those that are not ours commit an order each when they can. */
  sessions: number;
  /** Rows in the order in which they were committed, `token …` or `order`. */
  committed: string[];
  /** Of these, how many the target has replayed. */
  replayed: number;
  kept: boolean;
  reboots: number;
  did: string[];
}

/** A writer whose clients come back as long as its door is open, and whose copy replays at once. */
function writerOf(changes: Partial<Writer> = {}): Writer & { aws: AwsPort } {
  const writer: Writer = {
    groups: [OPEN],
    sessions: 3,
    committed: [],
    replayed: Number.POSITIVE_INFINITY,
    kept: true,
    reboots: 0,
    did: [],
    ...changes,
  };
  let ours = false;
  const isOpen = () => writer.groups.includes(OPEN);
  /** A session of ours for one call, as a port without kept ones makes it, or the one that stands. */
  const enter = () => {
    if (isOpen()) ours = writer.kept;
    else if (!ours) throw new UnansweredError('PostgreSQL gave no usable answer: timeout expired');
  };
  const describeIt = (): DatabaseObservation =>
    databaseOf(us, { securityGroupIds: [...writer.groups], endpoint: 'db.example:5432' });
  const aws = portDouble({
    findDatabase: () => Promise.resolve(describeIt()),
    findSecurityGroup: () => Promise.resolve(DENY),
    readWal: async () => {
      enter();
      return { inRecovery: false, receivedLsn: '0/1', replayedLsn: null, lastCommitAt: null, timeline: 1 };
    },
    modifyDatabase: async (_region, _id, { securityGroupIds = [] }) => {
      writer.did.push(securityGroupIds.includes(DENY) ? 'shut' : 'open');
      writer.groups = [...securityGroupIds];
      if (isOpen()) writer.sessions += 1;
    },
    rebootDatabase: async () => {
      writer.did.push('reboot');
      writer.reboots += 1;
      writer.sessions = 0;
      ours = false;
    },
    terminateSessions: async () => {
      enter();
      writer.did.push('end sessions');
      const ended = writer.sessions;
      writer.sessions = isOpen() ? 1 : 0;
      return ended;
    },
    writeToken: async (_region, _id, name) => {
      enter();
      writer.did.push('token');
      writer.committed.push(name);
      return { lsn: `0/${writer.committed.length}` };
    },
    hasToken: async () => writer.committed.length <= writer.replayed,
    runProbe: async (from, _task, name) => {
      writer.did.push(`probe ${from}`);
      // Whoever finds the door open commits an order, as a shop would that had passed the freeze's look.
      if (isOpen()) writer.committed.push('order');
      return {
        result: { kind: 'connect', outcome: isOpen() ? 'open' : 'timeout', ms: 800 },
        job: name,
      };
    },
  });
  return Object.assign(writer, { aws });
}

function contextFor(writer: { aws: AwsPort }, given: Partial<RecordedContext> = {}): RecordedContext {
  return stepContext({
    aws: writer.aws,
    estate,
    ...given,
    step: {
      key: `seal-${US}`,
      region: US,
      input: {
        writer: { region: US, instance: { instanceId: us.database.instanceId } },
        target: { region: EU, instance: { instanceId: 'ecommerce-db-eu-west-1' } },
        securityGroupIds: [OPEN],
        orderLimitSeconds: 0.05,
        gateSeconds: 0.2,
        proveFrom: [US, EU, AP],
      },
    },
  });
}

describe('sealing the old writer', () => {
  it('commits the token last: behind the door that was proven shut, with no session left', async () => {
    const writer = writerOf();
    const context = contextFor(writer);
    const outcome = await sealWriter.run(context);
    expect(outcome).toMatchObject({
      status: 'done',
      output: {
        fenced: 'done',
        sealedBy: 'session',
        before: [OPEN],
        denyAll: DENY,
        endpoint: 'db.example:5432',
      },
    });
    const last = writer.did.lastIndexOf('end sessions');
    for (const from of [US, EU, AP]) {
      expect(writer.did.indexOf(`probe ${from}`)).toBeGreaterThan(writer.did.indexOf('shut'));
      expect(writer.did.lastIndexOf(`probe ${from}`)).toBeLessThan(last);
    }
    expect(writer.did.indexOf('token')).toBeGreaterThan(last);
    expect(writer.committed.at(-1)).toContain(`seal-${US}`);
    expect(writer.reboots).toBe(0);
    expect(context.commands).toContain(
      `aws rds modify-db-instance --region ${US} --db-instance-identifier ecommerce-db-us-east-1 --vpc-security-group-ids ${DENY} --apply-immediately`,
    );
  });

  it('waits out the orders’ own limit where no session of ours survives the shutting, and drops the rest by a reboot', async () => {
    const writer = writerOf({ kept: false });
    const context = contextFor(writer, { firstStartedAtMs: Date.now() });
    const startedAt = Date.now();
    const outcome = await sealWriter.run(context);
    expect(outcome).toMatchObject({ status: 'done', output: { sealedBy: 'waiting' } });
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(49);
    expect(writer.did.filter((act) => !act.startsWith('probe'))).toEqual([
      'shut',
      'open',
      'end sessions',
      'token',
      'shut',
      'reboot',
    ]);
    expect(writer.did.slice(-3).every((act) => act.startsWith('probe'))).toBe(true);
    expect(writer.sessions).toBe(0);
    expect(writer.groups).toEqual([DENY]);
  });

  it('does not take a throttled question for a session that is gone', async () => {
    const writer = writerOf();
    let asked = 0;
    const aws = portDouble({
      ...writer.aws,
      terminateSessions: (region, id) => {
        asked += 1;
        return asked === 1
          ? Promise.reject(new UnansweredError('Rate exceeded', { throttled: true }))
          : writer.aws.terminateSessions(region, id);
      },
    });
    expect(await throughThrottling(sealWriter).run(contextFor({ aws }))).toMatchObject({
      status: 'done',
      output: { sealedBy: 'session' },
    });
    expect(writer.did).not.toContain('open');
  });

  it('asks on for the token while that is throttled: nobody knows whether the new writer has it', async () => {
    const writer = writerOf();
    let asked = 0;
    const aws = portDouble({
      ...writer.aws,
      hasToken: (region, id, token) => {
        asked += 1;
        // Past the time that the new writer gets to show it.
        return asked <= 4
          ? Promise.reject(new UnansweredError('Rate exceeded', { throttled: true }))
          : writer.aws.hasToken(region, id, token);
      },
    });
    expect(await sealWriter.run(contextFor({ aws }))).toMatchObject({ status: 'done' });
  });

  it('after a crash with the door shut opens it first: nobody is inside any more', async () => {
    const writer = writerOf({ groups: [DENY], sessions: 0 });
    const outcome = await sealWriter.run(contextFor(writer, { attempt: 2 }));
    expect(outcome.status).toBe('done');
    expect(writer.did.slice(0, 2)).toEqual(['open', 'shut']);
  });

  it('fails where the new writer does not get the token, so that everything is put back', async () => {
    const writer = writerOf({ replayed: 0 });
    const outcome = await sealWriter.run(contextFor(writer));
    expect(outcome).toMatchObject({
      status: 'fail',
      note: expect.stringMatching(/does not have what was committed .* Nothing was promoted/),
    });
    expect(writer.committed).toHaveLength(1);
  });

  it('stops where a Region still gets in: the door is not shut, whatever RDS says', async () => {
    const writer = writerOf();
    const stop = new AbortController();
    const aws = portDouble({
      ...writer.aws,
      runProbe: (from, task, name) => {
        if (from !== AP) return writer.aws.runProbe(from, task, name);
        queueMicrotask(() => stop.abort('deadline'));
        return Promise.resolve({ result: { kind: 'connect', outcome: 'open', ms: 5 }, job: name });
      },
    });
    await expect(sealWriter.run(contextFor({ aws }, { signal: stop.signal }))).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(writer.did).not.toContain('token');
  });
});
