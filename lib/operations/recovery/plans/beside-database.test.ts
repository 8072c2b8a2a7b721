import { expect, it } from 'vitest';
import type { CacheObservation, QueueObservation } from '#lib/domain/observation/kinds.ts';
import { AP, copyOfEstate, EU, outlook, seen, US, unseen } from '#test/recovery-facts.ts';
import { recoveryTopology } from '../topology.ts';
import { leftBesideDatabase } from './beside-database.ts';

const estate = copyOfEstate();

const cache = (role: CacheObservation['role']) =>
  seen<CacheObservation>({
    replicationGroup: 'ecommerce-cache-eu-west-1',
    globalDatastore: 'ecommerce',
    role,
    status: 'available',
    lagSeconds: 0.4,
  });

const queue = (...sources: string[]) =>
  seen<QueueObservation>({
    cluster: 'ecommerce-events',
    status: 'ACTIVE',
    replicators: sources.map((sourceRegion) => ({
      name: `from-${sourceRegion}`,
      sourceRegion,
      state: 'RUNNING',
      messageLag: 0,
    })),
  });

function left(byRegion: Parameters<typeof outlook>[0], lost?: string): string[] {
  const given = outlook(byRegion, {}, estate);
  const topology = recoveryTopology(given, { writesEndedAt: null, divergedAt: null });
  return leftBesideDatabase({ estate, environment: given.environment, topology }, EU, lost);
}

it('names the cache that takes no writes, with the command in the Region that took over', () => {
  const debts = left({ [EU]: { cache: cache('secondary') }, [AP]: { queue: queue(EU) } }, US);
  expect(debts).toEqual([
    expect.stringMatching(
      /^ecommerce-cache-eu-west-1 in eu-west-1 .* failover-global-replication-group --region eu-west-1\)\.$/,
    ),
  ]);
});

it('names the Regions that events of the new writer do not reach, the lost one apart', () => {
  const byRegion = {
    [EU]: { cache: cache('primary') },
    [AP]: { queue: queue(US) },
    [US]: { queue: queue() },
  };
  expect(left(byRegion, US)).toEqual([
    'Events written in eu-west-1 do not reach ap-southeast-1: create a replicator that leads there.',
  ]);
  expect(left(byRegion)[0]).toContain('us-east-1 and ap-southeast-1');
});

it.each(['primary', 'standalone'] as const)('owes nothing of a cache that is %s', (role) => {
  const whole = { [EU]: { cache: cache(role) }, [AP]: { queue: queue(EU) }, [US]: { queue: queue(EU) } };
  expect(left(whole)).toEqual([]);
});

it('does not pass over a cache that was never seen', () => {
  expect(left({ [EU]: { cache: unseen() } }, US)[0]).toMatch(/^The cache of eu-west-1 was never seen/);
});
