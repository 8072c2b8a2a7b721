import { describe, expect, it } from 'vitest';
import { UnansweredError } from '#lib/ports/aws.ts';
import type { WalState } from '#lib/ports/recovery.ts';
import { portDouble } from '#test/port-double.ts';
import { copyOfEstate, databaseOf, EU, US } from '#test/recovery-facts.ts';
import { type RecordedContext, stepContext } from '#test/step-context.ts';
import { requireRegion } from './planning.ts';
import { promote } from './promote.ts';

const estate = copyOfEstate();
const replica = databaseOf(requireRegion(estate, EU));
const primary = databaseOf(requireRegion(estate, EU), {
  role: 'primary',
  sourceArn: null,
  replication: null,
});
const { instanceId } = replica;

const DECLARED_MS = Date.parse('2026-11-23T10:00:00.000Z');
const at = (second: number) => new Date(DECLARED_MS + second * 1_000).toISOString();
const PROMOTE = `promote-${EU}`;
const DECLARE = `declare-${EU}`;
const DNS = `await-dns-${US}`;
const FENCE = `fence-database-${US}`;
const FREEZE = `freeze-writes-${US}`;

/** As the declaration left it. */
const declared = {
  inRecovery: true,
  receivedLsn: '0/5000400',
  replayedLsn: '0/5000300',
  lastCommitAt: at(-2),
  timeline: 1,
  seconds: 2,
  measuredAt: at(0),
  writesEndedAt: null,
  lostInDns: false,
};

interface Given {
  accept?: { seconds?: number; bytes?: number | null };
  declared?: Partial<typeof declared> | null;
  /** Output of the step that awaited DNS: users were seen gone soon after the declaration. */
  left?: Record<string, unknown>;
  /** Of other steps, and of earlier attempts of this one. */
  outputs?: RecordedContext['outputs'];
  /** What the copy says at this moment, or why it does not. */
  wal?: Partial<WalState> | Error;
  /** What DNS answers at this moment. */
  dns?: Record<string, number>;
  /** Seconds since the declaration. */
  now?: number;
  attempt?: number;
}

function promoting(given: Given) {
  const asked: string[] = [];
  let questions = 0;
  const { seconds = 30, bytes = 4_000 } = given.accept ?? {};
  const accept = { seconds, bytes, measuredAt: at(0) };
  const wal = given.wal ?? {};
  const aws = portDouble({
    findDatabase: () => Promise.resolve(asked.length === 0 ? replica : primary),
    promoteReplica: (_region, id) => {
      asked.push(id);
      return Promise.resolve();
    },
    readWal: () => {
      const state = { inRecovery: asked.length === 0, receivedLsn: null, replayedLsn: '0/5000400' };
      const said = { ...state, lastCommitAt: at(-2), timeline: asked.length === 0 ? 1 : 2 };
      if (asked.length > 0) return Promise.resolve(said);
      return wal instanceof Error ? Promise.reject(wal) : Promise.resolve({ ...said, ...wal });
    },
    askDns: () => {
      questions += 1;
      return Promise.resolve(given.dns ?? { [EU]: 40 });
    },
  });
  const context = stepContext({
    aws,
    estate,
    attempt: given.attempt ?? 1,
    now: () => new Date(DECLARED_MS + (given.now ?? 5) * 1_000),
    outputs: {
      ...(given.declared === null ? {} : { [DECLARE]: { rpo: { ...declared, ...given.declared } } }),
      [DNS]: { answersAtMs: DECLARED_MS + 1_000, named: false, ...given.left },
      ...given.outputs,
    },
    step: {
      key: PROMOTE,
      region: EU,
      irreversible: true,
      input: {
        region: EU,
        instance: { instanceId },
        backupRetentionDays: 7,
        bound: {
          accept,
          declaredBy: DECLARE,
          leftBy: DNS,
          fencedBy: FENCE,
          frozenBy: FREEZE,
          lost: US,
          geographies: ['na', 'eu'],
        },
      },
    },
  });
  return { context, asked, questions: () => questions };
}

const HOUR = 3_600;
const leftAt = (second: number, named: boolean) => ({ answersAtMs: DECLARED_MS + second * 1_000, named });

describe('a promotion is asked for', () => {
  it.each<[string, Given]>([
    ['right after the declaration', {}],
    [
      'hours after it: the age of the last commit of a copy whose source is gone says nothing',
      { now: 5 * HOUR },
    ],
    ['also where the run was paused before its fence', { now: HOUR + 5, left: leftAt(HOUR, false) }],
    ['of a restarted copy, which says only how far it has replayed', { wal: { receivedLsn: null } }],
    ['of one that has come further', { wal: { receivedLsn: '0/6000000', lastCommitAt: at(1) } }],
    [
      'where DNS went on naming the lost Region and the copy has followed',
      { now: HOUR, left: leftAt(HOUR - 5, true), wal: { lastCommitAt: at(HOUR - 15) } },
    ],
    [
      'where DNS left as fast as a health check takes it out, as the bound reckons',
      { now: 50, declared: { lostInDns: true }, left: leftAt(45, true) },
    ],
    [
      'where DNS went on naming it and its database was shut soon',
      {
        now: HOUR,
        left: leftAt(HOUR - 5, true),
        outputs: { [FENCE]: { fenced: 'done', fencedAtMs: DECLARED_MS + 9_000 } },
      },
    ],
    [
      'where its orders were frozen soon',
      {
        now: HOUR,
        left: leftAt(HOUR - 5, true),
        outputs: { [FREEZE]: { frozenAtMs: DECLARED_MS + 9_000, reached: true } },
      },
    ],
    [
      'where DNS names it again and its database is shut',
      {
        now: HOUR,
        dns: { [US]: 40 },
        outputs: { [FENCE]: { fenced: 'done', fencedAtMs: DECLARED_MS + 9_000 } },
      },
    ],
    ['in a plan without a declaration', { declared: null }],
    ['of a server that takes writes already', { wal: { inRecovery: false, timeline: 2 } }],
  ])('%s', async (_, given) => {
    const { context, asked } = promoting(given);
    expect((await promote.run(context)).status).toBe('done');
    expect(asked).toEqual([instanceId]);
    if (given.declared !== null) expect(context.kept.at(-1)).toHaveProperty('boundHeldAt');
  });
});

describe('a promotion is held, before the point of no return, where more would be lost than was accepted', () => {
  it.each<[string, Given, RegExp]>([
    [
      'the copy has lost ground',
      { wal: { receivedLsn: null, replayedLsn: '0/5000000' } },
      /up to 30 s of orders and 4 KB were accepted.* has 1 KB of the log less than when the loss was declared \(0\/5000000, was 0\/5000400\)/,
    ],
    [
      'it has, and no bound in bytes was accepted',
      { accept: { bytes: null }, wal: { receivedLsn: '0/4000400', replayedLsn: '0/4000400' } },
      /up to 30 s of orders were accepted.* has 17 MB of the log less/,
    ],
    ['it follows another database', { wal: { timeline: 3 } }, /is on timeline 3 and was on 1/],
    [
      'nobody says how far it has come',
      { wal: { receivedLsn: null, replayedLsn: null } },
      /How far .* has come is not known any more/,
    ],
    [
      'DNS went on naming the lost Region',
      { now: HOUR, left: leftAt(2_400, true), wal: { lastCommitAt: at(400) } },
      /until 2026-11-23T10:40:00\.000Z: at most 2000\.0 s of orders would be missing/,
    ],
    [
      'DNS named it at the declaration, and nobody looked again for an hour',
      { now: HOUR + 5, declared: { lostInDns: true }, left: leftAt(HOUR, false) },
      /at most 3602\.0 s of orders would be missing/,
    ],
    [
      'its users were never seen gone, and its database was shut late',
      {
        now: 200,
        left: { answersAtMs: undefined, leftDns: false },
        outputs: { [FENCE]: { fenced: 'done', fencedAtMs: DECLARED_MS + 110_000 } },
      },
      /until 2026-11-23T10:01:50\.000Z: at most 112\.0 s/,
    ],
    [
      'DNS names it again while the run was paused',
      { now: HOUR, dns: { [US]: 3, [EU]: 37 } },
      /DNS names us-east-1 again in na and eu, and its database is not fenced/,
    ],
  ])('%s', async (_, given, note) => {
    const { context, asked } = promoting(given);
    const outcome = await promote.run(context);
    expect(outcome).toMatchObject({ status: 'hold', note: expect.stringMatching(note) });
    expect(outcome.note).toMatch(
      /Nothing is promoted while that is so; it looks again every 5 s.* abort this run, which puts back .* request the failover anew/,
    );
    expect(asked).toEqual([]);
    expect(context.kept).toEqual([expect.objectContaining({ beforeReturn: true })]);
    expect(context.evidenceGiven).toEqual([
      expect.objectContaining({ kind: 'gate', data: expect.objectContaining({ band: 'hold' }) }),
    ]);
  });

  it('which is told once, however often it looks', async () => {
    const wal = { receivedLsn: null, replayedLsn: '0/5000000' };
    const first = promoting({ wal });
    await promote.run(first.context);
    const [kept = {}] = first.context.kept;
    const { context } = promoting({ wal, attempt: 2, outputs: { [PROMOTE]: kept } });
    expect((await promote.run(context)).status).toBe('hold');
    expect(context.told).toEqual([]);
  });

  it('also where the copy does not say: what is unknown is not safe, and nothing was asked for', async () => {
    const { context, asked } = promoting({ wal: new UnansweredError('SQL ReadWal got no usable answer') });
    await expect(promote.run(context)).rejects.toThrow('SQL ReadWal');
    expect(asked).toEqual([]);
    expect(context.kept).toEqual([expect.objectContaining({ beforeReturn: true })]);
  });
});

describe('a promotion that may have been asked for', () => {
  const worse = { wal: { receivedLsn: null, replayedLsn: '0/5000000' }, attempt: 2 };

  it('goes on while what was found has just been found', async () => {
    const outputs = { [PROMOTE]: { boundHeldAt: at(3) } };
    const { context, asked } = promoting({ ...worse, outputs });
    expect((await promote.run(context)).status).toBe('done');
    expect(asked).toEqual([instanceId]);
  });

  it('is looked at again after a while, and stays behind the point of no return', async () => {
    const outputs = { [PROMOTE]: { boundHeldAt: at(3) } };
    const { context, asked } = promoting({ ...worse, outputs, now: 600 });
    expect(await promote.run(context)).toMatchObject({ status: 'hold' });
    expect(asked).toEqual([]);
    expect(context.kept).toEqual([]);
  });
});

it('DNS is asked again only where users may have come back since', async () => {
  const soon = promoting({ now: 30 });
  await promote.run(soon.context);
  expect(soon.questions()).toBe(0);
  const later = promoting({ now: HOUR });
  await promote.run(later.context);
  expect(later.questions()).toBe(2);
});
