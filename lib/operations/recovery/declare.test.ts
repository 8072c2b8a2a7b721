import { describe, expect, it } from 'vitest';
import { UnansweredError } from '#lib/ports/aws.ts';
import { portDouble } from '#test/port-double.ts';
import { copyOfEstate, databaseOf, EU, US } from '#test/recovery-facts.ts';
import { stepContext } from '#test/step-context.ts';
import { declare, exposure } from './declare.ts';
import { requireRegion } from './planning.ts';

const at = (second: number) => new Date(Date.UTC(2026, 10, 23, 10, 0, second)).toISOString();
const accept = { seconds: 5, bytes: 4_000, measuredAt: at(0) };

describe('what may be missing on the target', () => {
  it.each<[string, Partial<Parameters<typeof exposure>[0]>, number]>([
    ['is from its last commit to the end of writes', { writesEndedAt: at(10), lastCommitAt: at(8) }, 2],
    ['is nothing when it has more than that', { writesEndedAt: at(10), lastCommitAt: at(12) }, 0],
    ['does not grow once writes have ended', { writesEndedAt: at(10), lastCommitAt: at(8), now: at(50) }, 2],
    ['grows while the lost Region may still write', { lastCommitAt: at(8), now: at(38) }, 30],
    ['of an idle copy is what was accepted for it', { writesEndedAt: at(10), lastCommitAt: at(-300) }, 5],
    ['is what was accepted where it says nothing', { writesEndedAt: at(10), lastCommitAt: null }, 5],
    ['counts an idle copy on from when it was accepted', { lastCommitAt: null, now: at(7) }, 12],
  ])('%s', (_, given, seconds) => {
    expect(exposure({ accept, lastCommitAt: null, writesEndedAt: null, now: at(20), ...given })).toBe(
      seconds,
    );
  });
});

const estate = copyOfEstate();
const eu = requireRegion(estate, EU);
const replica = databaseOf(eu);

interface Given {
  database?: typeof replica;
  askDns?: () => Promise<Record<string, number>>;
  /** How far the copy had come when the bound was accepted, and how far it has come now. */
  heldLsn?: string;
  receivedLsn?: string | null;
  replayedLsn?: string | null;
}

function contextFor(lastCommitAt: string, given: Given = {}) {
  const { database = replica, askDns = () => Promise.resolve({}), heldLsn } = given;
  const { receivedLsn = '0/5', replayedLsn = '0/4' } = given;
  const aws = portDouble({
    findDatabase: () => Promise.resolve(database),
    readWal: () => Promise.resolve({ inRecovery: true, receivedLsn, replayedLsn, lastCommitAt, timeline: 1 }),
    lastOrder: () => Promise.resolve({ id: 'order-1', createdAt: lastCommitAt }),
    askDns,
  });
  return stepContext({
    aws,
    estate,
    now: () => new Date(at(20)),
    step: {
      key: `declare-${EU}`,
      input: {
        region: EU,
        instance: { instanceId: replica.instanceId },
        sourceRegion: US,
        accept: { ...accept, ...(heldLsn === undefined ? {} : { heldLsn }) },
        writesEndedAt: null,
        geographies: ['na', 'eu'],
      },
    },
  });
}

describe('the declaration of a loss', () => {
  it('puts the position, the last order and the bound on record', async () => {
    const context = contextFor(at(17));
    expect(await declare.run(context)).toMatchObject({
      status: 'done',
      output: {
        rpo: {
          seconds: 3,
          bytes: 4_000,
          receivedLsn: '0/5',
          lastOrder: { id: 'order-1' },
          measuredAt: at(20),
        },
      },
    });
    expect(context.told[0]).toContain('received 0/5 and replayed 0/4');
  });

  it.each<[string, () => Promise<Record<string, number>>, boolean | null]>([
    ['names it no more', () => Promise.resolve({ [EU]: 40 }), false],
    ['names it still', () => Promise.resolve({ [US]: 1, [EU]: 39 }), true],
    ['does not say', () => Promise.reject(new UnansweredError('no name server answers')), null],
  ])('keeps whether DNS names the lost Region: it %s', async (_, askDns, lostInDns) => {
    const context = contextFor(at(17), { askDns });
    expect(await declare.run(context)).toMatchObject({ status: 'done', output: { rpo: { lostInDns } } });
  });

  it.each<[string, Given, number]>([
    ['as accepted, of a copy that has what it had', { heldLsn: '0/5' }, 4_000],
    ['as accepted, of one that has come further', { heldLsn: '0/3', receivedLsn: '0/1000' }, 4_000],
    ['as accepted, of one that says only what it has replayed', { heldLsn: '0/4', receivedLsn: null }, 4_000],
  ])('judges the bytes %s', async (_, given, bytes) => {
    const context = contextFor(at(17), given);
    expect(await declare.run(context)).toMatchObject({ status: 'done', output: { rpo: { bytes } } });
  });

  it.each<[string, Given, RegExp]>([
    [
      'has less of the log than when the bound was accepted',
      { heldLsn: '0/1000', receivedLsn: '0/800', replayedLsn: '0/700' },
      /^Up to 4 KB were accepted to be lost; it is 6 KB now\. Nothing was changed/,
    ],
    [
      'does not say any more how far it has come',
      { heldLsn: '0/1000', receivedLsn: null, replayedLsn: null },
      /^Up to 4 KB were accepted to be lost, and how many it would be is no longer known\. Nothing was changed/,
    ],
  ])('stops where the copy %s', async (_, given, note) => {
    const context = contextFor(at(17), given);
    expect(await declare.run(context)).toMatchObject({ status: 'fail', note: expect.stringMatching(note) });
  });

  it('stops where more would be lost than was accepted, and nothing was changed by then', async () => {
    const context = contextFor(at(2));
    expect(await declare.run(context)).toMatchObject({
      status: 'fail',
      note: expect.stringMatching(/were accepted.* Nothing was changed/),
    });
  });

  it.each([
    ['a primary already', databaseOf(eu, { role: 'primary', sourceArn: null })],
    ['a copy of another', databaseOf(eu, { sourceArn: 'arn:aws:rds:ap-southeast-1:000000000000:db:x' })],
  ])('stops where the target is %s', async (_, database) => {
    expect(await declare.run(contextFor(at(19), { database }))).toMatchObject({ status: 'fail' });
  });
});
