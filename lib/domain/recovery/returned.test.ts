import { describe, expect, it } from 'vitest';
import { databaseOf, EU, outlook, seen, stale, US, unseen } from '#test/recovery-facts.ts';
import { requireDeclared } from './facts.ts';
import { awaitsRebuild } from './returned.ts';

const declared = requireDeclared(outlook(), US);
const shut = databaseOf(declared, { securityGroupNames: ['ecommerce-deny-all'] });
const renamed = databaseOf(declared, { instanceId: `${shut.instanceId}-fenced-20261123-1001` });
const account = { account: '000000000000', arn: 'arn:aws:sts::000000000000:role/observer' };

describe('a Region that came back', () => {
  it.each<[string, Parameters<typeof outlook>[0], boolean]>([
    ['with its database shut', { [US]: { database: seen(shut) } }, true],
    [
      'with nothing but a database that was renamed away',
      { [US]: { database: unseen(), databases: seen({ instances: [renamed] }) } },
      true,
    ],
    ['with its database open', {}, false],
    ['with no database at all', { [US]: { database: unseen(), databases: seen({ instances: [] }) } }, false],
    [
      'whose shut database was seen long ago',
      { [US]: { database: stale(shut), databases: unseen() } },
      false,
    ],
    [
      'that refuses Meridian',
      { [US]: { database: seen(shut), identity: { ...seen(account), error: 'connection reset' } } },
      false,
    ],
  ])('%s: awaits its rebuild %o', (_, changes, awaits) => {
    const given = outlook(changes);
    expect(awaitsRebuild(given, US)).toBe(awaits);
    expect(awaitsRebuild(given, EU)).toBe(false);
  });
});
