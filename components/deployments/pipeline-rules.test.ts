import { describe, expect, test } from 'vitest';
import { ago, NOW } from '#components/gallery/fixtures/base.ts';
import {
  frozenRollback,
  refusedRollback,
  rollbackOffer,
  rollbackPreview,
  runningOffer,
} from '#components/gallery/fixtures/pipeline.ts';
import {
  deployPreview,
  deployRequest,
  unprovenRequest,
} from '#components/gallery/fixtures/pipeline-request.ts';
import type { SoakClock } from './pipeline-model.ts';
import { deployBlocker, deployProblem, moveRegion, orderName, toggleRegion } from './pipeline-request.ts';
import { rollbackBlocker, rollbackNote, rollbackVerb } from './pipeline-rollback.ts';
import { soakFace } from './pipeline-soak-face.ts';
import { drawSpark, SPARK } from './pipeline-spark.ts';
import { roundTicks } from './pipeline-ticks.ts';

describe('the clock of a soak', () => {
  const soak: SoakClock = {
    state: 'running',
    elapsedSeconds: 10,
    at: ago(2),
    totalSeconds: 30,
    declaredSeconds: 1_800,
  };
  const now = Date.parse(NOW);
  test('goes on between two looks, and says what its seconds stand for', () => {
    expect(soakFace(soak, now)).toEqual({ seconds: 12, share: 0.4, declaredSeconds: 720, overSeconds: 0 });
  });
  test('does not run past its end by itself', () => {
    expect(soakFace(soak, now + 60_000).seconds).toBe(30);
  });
  test('stands still while a gate keeps it, and says for how long it has', () => {
    const held = soakFace({ ...soak, state: 'held', elapsedSeconds: 41 }, now + 60_000);
    expect(held).toMatchObject({ seconds: 41, share: 1, overSeconds: 11 });
  });
});

describe('looks as a line', () => {
  const look = (elapsedSeconds: number, value: number | null) => ({
    elapsedSeconds,
    value,
    band: value === null ? ('unknown' as const) : ('pass' as const),
  });
  test('has come as far as the soak has', () => {
    const drawn = drawSpark({
      looks: [look(5, 1), look(15, 1)],
      passBelow: 2,
      revertAbove: null,
      baseline: null,
      totalSeconds: 30,
    });
    expect(drawn.last?.x).toBeCloseTo(1 + (SPARK.width - 4) / 2);
  });
  test('lies below the limit where it passes, above it where it does not', () => {
    const of = (value: number) =>
      drawSpark({
        looks: [look(5, value)],
        passBelow: 200,
        revertAbove: 500,
        baseline: 130,
        totalSeconds: 30,
      });
    expect(of(199).last?.y).toBeGreaterThan(of(199).passY);
    expect(of(231).last?.y).toBeLessThan(of(231).passY);
  });
  test('breaks where nothing was measured, and shows the gap', () => {
    const drawn = drawSpark({
      looks: [look(5, 1), look(10, null), look(15, 1)],
      passBelow: 2,
      revertAbove: null,
      baseline: null,
      totalSeconds: 30,
    });
    expect(drawn.line.match(/M/g)).toHaveLength(2);
    expect(drawn.gaps).toHaveLength(1);
  });
  test('draws the limit of turning round only where the values come near it', () => {
    const of = (value: number) =>
      drawSpark({ looks: [look(5, value)], passBelow: 0.1, revertAbove: 1, baseline: null, totalSeconds: 30 })
        .revertY;
    expect(of(0.02)).toBeNull();
    expect(of(1.84)).not.toBeNull();
  });
});

describe('ticks of the time axis', () => {
  test.each([
    [180_000, 30_000],
    [3_600_000, 600_000],
    [3 * 86_400_000, 86_400_000],
  ])('of a span of %d ms are %d ms apart', (span, distance) => {
    const from = Date.parse(NOW);
    const ticks = roundTicks(from, from + span);
    expect(ticks.length).toBeGreaterThan(0);
    expect(ticks.length).toBeLessThanOrEqual(8);
    expect(ticks.every((tick) => tick % distance === 0 && tick >= from && tick <= from + span)).toBe(true);
  });
});

describe('what keeps a rollback', () => {
  const input = {
    offer: rollbackOffer,
    regions: ['us-east-1', 'eu-west-1'],
    preview: rollbackPreview,
    problem: null,
    permission: undefined,
  };
  test('nothing does by default, and nobody waits for the preview', () => {
    expect(rollbackBlocker(input)).toBeUndefined();
    expect(rollbackBlocker({ ...input, preview: null })).toBeUndefined();
  });
  test('a rule does that leaves no way back, a freeze of rollbacks, a Region missing, and the grant', () => {
    expect(rollbackBlocker({ ...input, preview: null, problem: refusedRollback })).toContain('a new release');
    expect(rollbackBlocker({ ...input, preview: frozenRollback })).toContain('Rollbacks are frozen');
    expect(rollbackBlocker({ ...input, regions: [] })).toBe('Choose a Region first.');
    expect(rollbackBlocker({ ...input, permission: 'Role viewer may read.' })).toBe('Role viewer may read.');
  });
  test('nobody answering does not: the server judges again', () => {
    const problem = { message: 'The console did not answer.' };
    expect(rollbackBlocker({ ...input, preview: null, problem })).toBeUndefined();
  });
  test('a running deployment is turned round without being judged anew', () => {
    expect(rollbackBlocker({ ...input, offer: runningOffer, preview: frozenRollback })).toBeUndefined();
  });
  test('it says that it starts at once only where it does', () => {
    expect(rollbackNote(rollbackOffer, rollbackPreview)).toContain('starts at once');
    expect(rollbackNote(rollbackOffer, { ...rollbackPreview, atOnce: false })).toContain(
      'until it may start',
    );
    expect(rollbackNote(rollbackOffer, null)).not.toContain('at once');
    expect(rollbackNote(runningOffer, null)).toContain('turns round at once');
  });
  test('the button names what and where to', () => {
    expect(rollbackVerb(rollbackOffer, ['eu-west-1'])).toBe('Roll back eu-west-1 to v2.0.0');
    expect(rollbackVerb(rollbackOffer, ['us-east-1', 'eu-west-1', 'ap-southeast-1'])).toMatch(
      /^Roll back 3.Regions to v2\.0\.0$/,
    );
    const mixed = {
      ...rollbackOffer,
      regions: rollbackOffer.regions.map((row, i) => (i === 0 ? { ...row, back: 'v1.9.0' } : row)),
    };
    expect(rollbackVerb(mixed, ['us-east-1', 'eu-west-1'])).toMatch(/^Roll back 2.Regions$/);
  });
});

describe('the order of Regions', () => {
  const strategy = deployRequest.regions.map(({ code }) => code);
  test('a Region moves by one place, and not past an end', () => {
    expect(moveRegion(strategy, 'eu-west-1', -1)).toEqual(['eu-west-1', 'us-east-1', 'ap-southeast-1']);
    expect(moveRegion(strategy, 'us-east-1', -1)).toEqual(strategy);
    expect(moveRegion(strategy, 'ap-southeast-1', 1)).toEqual(strategy);
  });
  test('one that comes back stands where the strategy has it', () => {
    const without = toggleRegion(strategy, 'eu-west-1', strategy);
    expect(without).toEqual(['us-east-1', 'ap-southeast-1']);
    expect(toggleRegion(without, 'eu-west-1', strategy)).toEqual(strategy);
    expect(toggleRegion(['ap-southeast-1'], 'us-east-1', strategy)).toEqual(['us-east-1', 'ap-southeast-1']);
  });
  test('a known order is recognized, of some of the Regions too', () => {
    expect(orderName(strategy, deployRequest)).toBe('strategy');
    expect(orderName(['ap-southeast-1', 'us-east-1'], deployRequest)).toBe('recommended');
    expect(orderName(['eu-west-1', 'us-east-1', 'ap-southeast-1'], deployRequest)).toBe('own');
  });
});

describe('what keeps a deployment from being asked for', () => {
  const { initial } = deployRequest;
  test.each([
    [{ version: '' }, 'version'],
    [{ version: 'v2.0.1' }, 'version'],
    [{ regions: [] }, 'regions'],
    [{ schedule: { kind: 'at' as const, at: '' } }, 'at'],
    [{ soakMinutes: null }, 'soak'],
    [{ soakMinutes: 0 }, 'soak'],
    [{ soakMinutes: 2.5 }, 'soak'],
    [{ version: 'v2.2.0' }, 'staging'],
  ])('%j is wrong in its %s', (part, field) => {
    expect(deployProblem({ ...initial, ...part }, deployRequest)?.field).toBe(field);
  });
  test('what is right is previewed', () => {
    expect(deployProblem(initial, deployRequest)).toBeNull();
    const excepted = { ...unprovenRequest.initial, stagingException: 'A fix of an outage.' };
    expect(deployProblem(excepted, unprovenRequest)).toBeNull();
  });
  test('grant, preview, refusal and reason, in this order', () => {
    const given = {
      permission: undefined,
      wrong: null,
      preview: deployPreview,
      pending: false,
      accepted: [],
      reason: 'The new search.',
    };
    expect(deployBlocker(given)).toBeUndefined();
    expect(deployBlocker({ ...given, permission: 'Not yours.' })).toBe('Not yours.');
    expect(deployBlocker({ ...given, preview: null })).toBe('Checking.');
    expect(deployBlocker({ ...given, preview: { ...deployPreview, refusal: 'Frozen.' } })).toBe('Frozen.');
    expect(deployBlocker({ ...given, reason: ' ' })).toBe('Write a reason first.');
  });
});
