import { describe, expect, it } from 'vitest';
import { isRefusal } from './refusal.ts';

describe('a refusal', () => {
  const named = (name: string) => Object.assign(new Error('said'), { name });

  it.each(['DBInstanceNotFound', 'DBInstanceNotFoundFault'])('is known by %s', (name) =>
    expect(isRefusal(named(name), 'DBSnapshotNotFound', 'DBInstanceNotFound')).toBe(true),
  );

  it('is not another one, and no text', () => {
    expect(isRefusal(named('DBInstanceAlreadyExistsFault'), 'DBInstanceNotFound')).toBe(false);
    expect(isRefusal('DBInstanceNotFound', 'DBInstanceNotFound')).toBe(false);
  });
});
