import { factsOf, known, type Outlook, type RecoveryRegionFacts } from './facts.ts';
import {
  everywhere,
  gone,
  type Live,
  open,
  othersThan,
  unknown,
  verdict,
  writing,
} from './findings-evidence.ts';
import { count, listOf } from './words.ts';

/** Of the Region that takes the orders, where a statement is about the source of everything. */
function sourceStorage(outlook: Outlook) {
  const source = writing(outlook);
  const seen = source ? known(outlook, 'storage', factsOf(outlook.facts, source).storage) : null;
  return { source, seen };
}

export function storageRules(outlook: Outlook): Live {
  const { source, seen } = sourceStorage(outlook);
  if (!source || !seen?.known)
    return unknown('Replication rules of the source bucket are not seen.', seen?.observedAt ?? null);
  const missing = othersThan(outlook, source).filter(
    ({ bucket }) => !seen.value.rules.some((rule) => rule.enabled && rule.destination === bucket),
  );
  if (missing.length > 0)
    return open(
      `${seen.value.bucket} has no enabled rule to ${listOf(missing.map(({ bucket }) => bucket))}: they were replaced, or never made.`,
      seen.observedAt,
    );
  return gone(`${seen.value.bucket} has a rule to every other Region.`, seen.observedAt);
}

export function cacheSecondaries(outlook: Outlook): Live {
  const caches = everywhere(outlook, 'cache', (region) => region.cache);
  const found = caches.known
    .filter(({ value }) => value.role === 'secondary')
    .map(
      ({ code, value }) =>
        `${value.replicationGroup} in ${code} is a secondary and stays one until it is failed over by hand`,
    );
  return verdict(found, caches, 'No cache is a secondary of one in another Region.');
}

export function cacheSlots(outlook: Outlook): Live {
  const caches = everywhere(outlook, 'cache', (region) => region.cache);
  const stores = new Map<string, string[]>();
  for (const { code, value } of caches.known)
    if (value.globalDatastore)
      stores.set(value.globalDatastore, [...(stores.get(value.globalDatastore) ?? []), code]);
  const full = [...stores]
    .filter(([, members]) => members.length >= GLOBAL_DATASTORE_MEMBERS)
    .map(
      ([name, members]) =>
        `${name} is full: ${listOf(members)} are its members, and it takes ${GLOBAL_DATASTORE_MEMBERS}`,
    );
  return verdict(full, caches, 'A cache of another Region could still join.');
}

/** One primary and up to two secondaries (aws-facts B-11). */
const GLOBAL_DATASTORE_MEMBERS = 3;

export function timeControl(outlook: Outlook): Live {
  return ruleGaps(outlook, 'B-17', (rule) => (rule.timeControl ? [] : ['no time control']));
}

export function storageGaps(outlook: Outlook): Live {
  return ruleGaps(outlook, 'B-18', (rule) => [
    ...(rule.encrypted ? [] : ['leaves out what is encrypted with a KMS key']),
    ...(rule.deleteMarkers ? [] : ['leaves out delete markers']),
  ]);
}

type Rule = NonNullable<RecoveryRegionFacts['storage']['value']>['rules'][number];

function ruleGaps(outlook: Outlook, code: 'B-17' | 'B-18', gapsOf: (rule: Rule) => string[]): Live {
  const { seen } = sourceStorage(outlook);
  if (!seen?.known)
    return unknown('Replication rules of the source bucket are not seen.', seen?.observedAt ?? null);
  const { bucket, rules, versioned } = seen.value;
  if (code === 'B-18' && !versioned)
    return open(`${bucket} keeps no versions: nothing is replicated.`, seen.observedAt);
  const enabled = rules.filter((rule) => rule.enabled);
  const found = enabled.flatMap((rule) =>
    gapsOf(rule).map((gap) => `${rule.id} ${gap.startsWith('no') ? 'has ' : ''}${gap}`),
  );
  if (found.length > 0) return open(`${found.join('. ')}.`, seen.observedAt);
  if (enabled.length === 0) return open(`${bucket} has no enabled rule.`, seen.observedAt);
  return gone(`${count(enabled.length, 'rule')} of ${bucket} without a gap.`, seen.observedAt);
}

export function versions(outlook: Outlook): Live {
  const services = everywhere(outlook, 'service', (region) => region.service);
  const live = new Set(services.known.map(({ value }) => value.liveVersion));
  const found =
    live.size > 1
      ? [listOf(services.known.map(({ code, value }) => `${code} serves ${value.liveVersion ?? 'nothing'}`))]
      : [];
  return verdict(found, services, `Every Region serves ${[...live][0] ?? 'nothing'}.`);
}

export function wayBack(outlook: Outlook): Live {
  const services = everywhere(outlook, 'service', (region) => region.service);
  const found = services.known
    .filter(({ value }) => !value.deployments.some(({ version }) => version !== value.liveVersion))
    .map(({ code, value }) => `${code} has no deployment but that of ${value.liveVersion ?? 'no version'}`);
  return verdict(found, services, 'Every Region keeps a deployment of another version.');
}

export function replicators(outlook: Outlook): Live {
  const queues = everywhere(outlook, 'queue', (region) => region.queue);
  const source = writing(outlook);
  const into =
    queues.known
      .find(({ code }) => code === source)
      ?.value.replicators.filter(({ state }) => state === 'RUNNING') ?? [];
  const stopped = queues.known.flatMap(({ value }) =>
    value.replicators
      .filter(({ state }) => state !== 'RUNNING')
      .map(({ name, state }) => `${name} is ${state}`),
  );
  const oneWay =
    source && into.length === 0
      ? [`No replicator leads to ${source}: events written elsewhere after a failover stay there`]
      : [];
  return verdict([...oneWay, ...stopped], queues, 'Events are replicated both ways.');
}

export function pinnedImages(outlook: Outlook): Live {
  const services = everywhere(outlook, 'service', (region) => region.service);
  const images = services.known.flatMap(({ code, value }) =>
    value.deployments
      .filter(({ version }) => version === value.liveVersion)
      .map(({ image }) => ({ code, image })),
  );
  const loose = images
    .filter(({ image }) => !image.includes('@sha256:'))
    .map(({ code, image }) => `${code} runs ${image}`);
  const digests = new Set(images.map(({ image }) => image.split('@').at(-1)));
  const found =
    loose.length > 0
      ? [`${listOf(loose)}, by a tag that can be moved`]
      : digests.size > 1
        ? ['The Regions run different digests']
        : [];
  return verdict(found, services, 'Every Region runs the same digest.');
}
