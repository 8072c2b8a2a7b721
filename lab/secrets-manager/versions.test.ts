import { describe, expect, it } from 'vitest';
import type { SecretVersion } from './records.ts';
import { addVersion, changeStage, pickVersion } from './versions.ts';

const ARN = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:s-Kq7vXn';
const version = (id: string, ...stages: string[]): SecretVersion => ({
  id,
  stages,
  kind: 'string',
  value: `value of ${id}`,
  createdAtMs: 0,
});
const two = [version('old', 'AWSPREVIOUS'), version('now', 'AWSCURRENT')];
const stages = (versions: SecretVersion[]) => Object.fromEntries(versions.map((one) => [one.id, one.stages]));
const refusal = (code: string, message: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(message) });

describe('which version is read', () => {
  it.each([
    ['the current one', {}, 'now'],
    ['by stage', { VersionStage: 'AWSPREVIOUS' }, 'old'],
    ['by id', { VersionId: 'old' }, 'old'],
    ['by both', { VersionId: 'old', VersionStage: 'AWSPREVIOUS' }, 'old'],
  ])('%s', (_, wanted, id) => {
    expect(pickVersion(two, wanted).id).toBe(id);
  });

  it.each([
    ['an id that is not there', { VersionId: 'x' }, 'ResourceNotFoundException', 'VersionId: x'],
    [
      'a stage that is not there',
      { VersionStage: 'MINE' },
      'ResourceNotFoundException',
      'staging label: MINE',
    ],
    [
      'an id without that stage',
      { VersionId: 'old', VersionStage: 'AWSCURRENT' },
      'InvalidRequestException',
      'not associated',
    ],
  ])('%s', (_, wanted, code, message) => {
    expect(() => pickVersion(two, wanted)).toThrow(refusal(code, message));
  });
});

describe('a new version', () => {
  it('becomes current, what was current the previous one', () => {
    expect(stages(addVersion(two, version('new', 'AWSCURRENT'), ARN))).toEqual({
      old: [],
      now: ['AWSPREVIOUS'],
      new: ['AWSCURRENT'],
    });
  });

  it('may wait under a stage of its own', () => {
    expect(stages(addVersion(two, version('new', 'AWSPENDING'), ARN))).toEqual({
      old: ['AWSPREVIOUS'],
      now: ['AWSCURRENT'],
      new: ['AWSPENDING'],
    });
  });

  it('changes nothing when it comes twice, and is refused when it comes with another value', () => {
    expect(addVersion(two, version('now', 'AWSCURRENT'), ARN)).toBe(two);
    expect(() => addVersion(two, { ...version('now'), value: 'other' }, ARN)).toThrow(
      refusal('ResourceExistsException', ARN),
    );
  });

  it('pushes out the oldest of those without a stage', () => {
    let versions = two;
    for (let i = 0; i < 150; i += 1) versions = addVersion(versions, version(`v${i}`, 'AWSCURRENT'), ARN);
    expect(versions).toHaveLength(100);
    expect(pickVersion(versions, {}).id).toBe('v149');
    expect(pickVersion(versions, { VersionStage: 'AWSPREVIOUS' }).id).toBe('v148');
    expect(versions.some(({ id }) => id === 'old')).toBe(false);
  });
});

describe('moving a stage', () => {
  it('back to the previous version', () => {
    const moved = changeStage(two, { stage: 'AWSCURRENT', from: 'now', to: 'old' });
    expect(stages(moved)).toEqual({ old: ['AWSCURRENT'], now: ['AWSPREVIOUS'] });
  });

  it('of one’s own, on and off', () => {
    const on = changeStage(two, { stage: 'MINE', from: undefined, to: 'old' });
    expect(stages(on).old).toEqual(['AWSPREVIOUS', 'MINE']);
    expect(stages(changeStage(on, { stage: 'MINE', from: 'old', to: undefined })).old).toEqual([
      'AWSPREVIOUS',
    ]);
  });

  it.each([
    [
      'without saying from where',
      { stage: 'AWSCURRENT', from: undefined, to: 'old' },
      'InvalidParameterException',
      'currently attached to version now',
    ],
    [
      'from where it is not',
      { stage: 'AWSCURRENT', from: 'old', to: 'now' },
      'InvalidParameterException',
      'not attached to version old',
    ],
    [
      'to nowhere, of the current one',
      { stage: 'AWSCURRENT', from: 'now', to: undefined },
      'InvalidParameterException',
      'only move',
    ],
    [
      'to what is not there',
      { stage: 'MINE', from: undefined, to: 'x' },
      'ResourceNotFoundException',
      'VersionId: x',
    ],
    [
      'neither from nor to',
      { stage: 'MINE', from: undefined, to: undefined },
      'InvalidParameterException',
      'MoveToVersionId',
    ],
  ])('%s is refused', (_, move, code, message) => {
    expect(() => changeStage(two, move)).toThrow(refusal(code, message));
  });
});
