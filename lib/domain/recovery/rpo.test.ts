import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EU, NOW, outlook, type RegionChanges, seen, US, unseen } from '#test/recovery-facts.ts';
import type { LagObservation, PositionObservation } from '../observation/kinds.ts';
import { RpoContract } from './params.ts';
import { bytesNow, contractOf, type DataAtRisk, dataAtRisk, isWorse, logHeld, lsnBytes } from './rpo.ts';

const ago = (seconds: number) => new Date(NOW.getTime() - seconds * 1_000).toISOString();

const position = (changes: Partial<PositionObservation>): PositionObservation => ({
  instanceId: 'db',
  inRecovery: true,
  receivedLsn: null,
  replayedLsn: null,
  lastCommitAt: null,
  timeline: 1,
  walBytesPerSecond: null,
  lastOrder: null,
  ...changes,
});
const lag = (changes: Partial<LagObservation>): LagObservation => ({
  seconds: 0.4,
  bytes: null,
  class: 'ok',
  idle: false,
  ...changes,
});

const risk = (byRegion: RegionChanges, writesEndedAt?: string) =>
  dataAtRisk(outlook({ [US]: { position: unseen() }, ...byRegion }), { lost: US, target: EU, writesEndedAt });

describe('how long before the end of writes the target is complete', () => {
  it.each<[string, RegionChanges, string | undefined, number | null, string | null]>([
    [
      'by the newest commit it has replayed',
      { [EU]: { position: seen(position({ lastCommitAt: ago(3) })), lag: unseen() } },
      undefined,
      3,
      ago(2),
    ],
    [
      'counted to the outage, not to now',
      { [EU]: { position: seen(position({ lastCommitAt: ago(63) })), lag: unseen() } },
      ago(60),
      3,
      ago(2),
    ],
    [
      'complete when it has what came after',
      { [EU]: { position: seen(position({ lastCommitAt: ago(59) })), lag: unseen() } },
      ago(60),
      0,
      ago(2),
    ],
    [
      'by its lag when it was measured',
      { [EU]: { position: unseen(), lag: seen(lag({ seconds: 0.5 }), 10) } },
      undefined,
      10.5,
      ago(10),
    ],
    [
      'idle: it had all when it was measured',
      { [EU]: { position: unseen(), lag: seen(lag({ seconds: 240, idle: true }), 10) } },
      undefined,
      10,
      ago(10),
    ],
    [
      'by whichever proves more',
      {
        [EU]: {
          position: seen(position({ lastCommitAt: ago(300) })),
          lag: seen(lag({ seconds: 300, idle: true }), 4),
        },
      },
      undefined,
      4,
      ago(4),
    ],
    [
      'a promoted one says nothing of its past',
      { [EU]: { position: seen(position({ inRecovery: false, lastCommitAt: ago(0) })), lag: unseen() } },
      undefined,
      null,
      null,
    ],
    [
      'not replicating: not known',
      { [EU]: { position: unseen(), lag: seen(lag({ seconds: null, class: 'unknown' })) } },
      undefined,
      null,
      null,
    ],
    [
      'never seen: not known',
      { [EU]: { position: unseen('denied'), lag: unseen('denied') } },
      undefined,
      null,
      null,
    ],
  ])('%s', (_, byRegion, endedAt, seconds, measuredAt) => {
    const found = risk(byRegion, endedAt);
    expect(found.measuredAt).toBe(measuredAt);
    if (seconds === null) expect(found.seconds).toBeNull();
    else expect(found.seconds).toBeCloseTo(seconds, 6);
  });

  it('an outage that is yet to come is now', () => {
    expect(risk({}, '2026-11-23T11:00:00.000Z')).toMatchObject({
      writesEndedAt: NOW.toISOString(),
      endedBy: 'now',
    });
    expect(risk({}, ago(5)).endedBy).toBe('outage');
  });
});

describe('bytes at risk', () => {
  const primary = (receivedLsn: string, rate: number | null, age: number) => ({
    position: seen(position({ inRecovery: false, receivedLsn, walBytesPerSecond: rate }), age),
  });
  const replica = (receivedLsn: string) => ({
    position: seen(position({ receivedLsn, lastCommitAt: ago(20) })),
    lag: seen(lag({ bytes: 500 }), 10),
  });

  it.each<[string, RegionChanges, number | null]>([
    ['are between both positions', { [US]: primary('0/3000400', 0, 0), [EU]: replica('0/3000000') }, 1_024],
    [
      'and what was written since the last look',
      { [US]: primary('0/3000400', 100, 10), [EU]: replica('0/3000000') },
      1_024 + 1_000,
    ],
    ['never under zero', { [US]: primary('0/3000000', 0, 10), [EU]: replica('0/3000400') }, 0],
    [
      'are not known when it went on at a rate nobody knows',
      { [US]: primary('0/3000400', null, 10), [EU]: replica('0/3000000') },
      null,
    ],
    [
      'by the slot where a position is missing',
      { [US]: { position: seen(position({ walBytesPerSecond: 50 })) }, [EU]: replica('') },
      500 + 10 * 50,
    ],
    [
      'are not known when nothing says',
      { [EU]: { position: seen(position({ lastCommitAt: ago(5) })), lag: unseen() } },
      null,
    ],
  ])('%s', (_, byRegion, bytes) => {
    expect(risk(byRegion).bytes).toBe(bytes);
  });

  it('are none when nothing can be missing', () => {
    expect(risk({ [EU]: { position: seen(position({ lastCommitAt: ago(59) })) } }, ago(60))).toMatchObject({
      seconds: 0,
      bytes: 0,
    });
  });

  it.each([
    ['0/0', 0],
    ['0/3000400', 0x3000400],
    ['16/B374D848', 0x16 * 2 ** 32 + 0xb374d848],
    ['', null],
    ['0/3000400/1', null],
    [null, null],
  ])('position %s', (lsn, bytes) => expect(lsnBytes(lsn)).toBe(bytes));

  it.each<[string, string | null, string | null, number | null]>([
    ['what it has received', '0/3000400', '0/3000000', 0x3000400],
    ['what it has replayed, once it was restarted', null, '0/3000000', 0x3000000],
    [
      'what it has replayed, where a restart has it receive a segment anew',
      '0/3000000',
      '0/3000400',
      0x3000400,
    ],
    ['nothing that is known', null, 'what', null],
  ])('a copy holds %s', (_, receivedLsn, replayedLsn, bytes) => {
    expect(logHeld({ receivedLsn, replayedLsn })).toBe(bytes);
  });
});

it('is said in a sentence', () => {
  const given = outlook({
    [US]: { position: unseen() },
    [EU]: {
      lag: seen(lag({ seconds: 0.4, bytes: 2_048 }), 0),
      position: seen(
        position({ lastCommitAt: ago(2.4), lastOrder: { id: 'o-1', createdAt: '2026-11-23T09:59:57.100Z' } }),
      ),
    },
  });
  expect(dataAtRisk(given, { lost: US, target: EU }).message).toBe(
    'At most 0.4 s of orders, 2 KB would be missing in eu-west-1, measured 0 s ago. The last order it has was placed at 09:59:57 UTC.',
  );
  expect(risk({ [EU]: { position: unseen(), lag: unseen('access denied') } }).message).toBe(
    'What eu-west-1 would lack of us-east-1 is not known: its position was not observed; access denied.',
  );
});

describe('the contract', () => {
  const measured = (seconds: number | null, bytes: number | null): DataAtRisk => ({
    lost: US,
    target: EU,
    seconds,
    bytes,
    measuredAt: NOW.toISOString(),
    lastOrder: null,
    completeUpTo: null,
    writesEndedAt: NOW.toISOString(),
    endedBy: 'now',
    message: '',
  });

  it.each([
    [0, 0, 1, 1_000],
    [0.4, 2_048, 1, 2_100],
    [3.2, 10_400, 4, 11_000],
    [10, 999, 10, 1_000],
    [12, 1_234_567, 15, 1_300_000],
    [61, null, 90, null],
    [601, 5_000_000, 660, 5_000_000],
  ])('%d s and %s bytes are accepted as %d s and %s', (seconds, bytes, acceptedSeconds, acceptedBytes) => {
    expect(contractOf(measured(seconds, bytes))).toEqual({
      seconds: acceptedSeconds,
      bytes: acceptedBytes,
      measuredAt: NOW.toISOString(),
    });
  });

  it('says how far the target had the log, where it did', () => {
    const copy = { position: seen(position({ receivedLsn: '0/3000400', lastCommitAt: ago(3) })) };
    expect(contractOf(risk({ [EU]: copy }))).toMatchObject({ heldLsn: '0/3000400' });
    const promoted = { position: seen(position({ receivedLsn: '0/3000400', inRecovery: false })) };
    expect(contractOf(risk({ [EU]: { ...promoted, lag: seen(lag({})) } }))).not.toHaveProperty('heldLsn');
  });

  it.each<[string, Partial<RpoContract>, string | null, number | null]>([
    ['as it was, of a target that has come further', { heldLsn: '0/3000000' }, '0/3000400', 2_000],
    ['more by what the target has less', { heldLsn: '0/3000400' }, '0/3000000', 2_000 + 1_024],
    ['not known, of one that says nothing', { heldLsn: '0/3000000' }, null, null],
    ['as it was, where the target had not said', {}, '0/3000000', 2_000],
    ['none, where none was accepted', { bytes: null, heldLsn: '0/3000400' }, '0/3000000', null],
  ])('in bytes is later %s', (_, changes, receivedLsn, bytes) => {
    const bound = { seconds: 5, bytes: 2_000, measuredAt: NOW.toISOString(), ...changes };
    expect(bytesNow(bound, { receivedLsn, replayedLsn: null })).toBe(bytes);
  });

  it('of what nobody knows does not exist', () => {
    expect(contractOf(measured(null, null))).toBeNull();
  });

  it('never promises less than was measured, and is a contract', () => {
    const bytes = fc.option(fc.integer({ min: 0, max: 10 ** 12 }), { nil: null });
    fc.assert(
      fc.property(fc.double({ min: 0, max: 80_000, noNaN: true }), bytes, (seconds, amount) => {
        const contract = RpoContract.parse(contractOf(measured(seconds, amount)));
        expect(isWorse(contract, measured(seconds, amount))).toEqual({ worse: false });
      }),
    );
  });

  const accepted = { seconds: 5, bytes: 2_000, measuredAt: NOW.toISOString() };
  it.each<[string, RpoContract, number | null, number | null, string | null]>([
    ['holds while it is not more', accepted, 5, 2_000, null],
    ['breaks by seconds', accepted, 5.2, 0, 'Up to 5 s were accepted to be lost; it is 5.2 s now.'],
    [
      'breaks by bytes',
      accepted,
      5,
      2_001,
      'Up to 2000 bytes were accepted to be lost; it is 2001 bytes now.',
    ],
    [
      'breaks when nobody knows any more',
      accepted,
      null,
      0,
      'Up to 5 s were accepted, and how much would be lost is no longer known.',
    ],
    [
      'breaks when nobody knows the bytes any more',
      accepted,
      1,
      null,
      'Up to 2 KB were accepted to be lost, and how many it would be is no longer known.',
    ],
    ['has no bytes where none were known', { ...accepted, bytes: null }, 5, 10 ** 9, null],
  ])('%s', (_, contract, seconds, bytes, reason) => {
    const verdict = isWorse(contract, { seconds, bytes });
    expect(verdict.worse ? verdict.reason : null).toBe(reason);
  });
});
