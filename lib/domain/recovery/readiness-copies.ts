import { factsOf, known, requireDeclared } from './facts.ts';
import { type Case, type Found, losesWriter, together } from './readiness-case.ts';
import type { Verdict } from './verdict.ts';
import { durationWords, listOf } from './words.ts';

/** The cache of whoever takes over: a Global Datastore fails over by hand, and its secondaries take no writes (B-10, B-12). */
export function checkCache(given: Case): Found | null {
  const { outlook, target, lost } = given;
  if (!losesWriter(given) || !target) return null;
  const seen = known(outlook, 'cache', factsOf(outlook.facts, target.region).cache);
  const answer = answering(seen.observedAt);
  if (!seen.known)
    return answer(
      'unknown',
      'B-10',
      `The cache of ${target.region} is not known: ${seen.why}.`,
      'Find out why ElastiCache is not seen.',
    );
  const { role, status, lagSeconds, replicationGroup } = seen.value;
  const limit = outlook.estate.thresholds.cacheLagSeconds.warning;
  if (role === 'standalone')
    return answer(
      'warning',
      'B-12',
      `${replicationGroup} in ${target.region} is a cache of its own: sessions of ${lost} are not in it, and its users sign in again.`,
      'Decide whether sessions have to survive; if so, join it to the Global Datastore.',
    );
  if (status !== 'available')
    return answer(
      'warning',
      'B-10',
      `${replicationGroup} in ${target.region} is ${status}.`,
      'Wait, or look why it is not available.',
    );
  if (role === 'primary')
    return answer('ok', 'B-10', `${replicationGroup} in ${target.region} takes writes already.`);
  const behind =
    lagSeconds !== null && lagSeconds > limit
      ? ` It is ${durationWords(lagSeconds)} behind, over ${limit} s.`
      : '';
  return answer(
    'warning',
    'B-10',
    `${replicationGroup} in ${target.region} is a secondary and takes no writes until it is failed over: ElastiCache does not do that across Regions by itself.${behind}`,
    'After the promotion: FailoverGlobalReplicationGroup in the surviving Region, or Disassociate where it is refused.',
  );
}

/** Events after the move: replicators that lead away from whoever takes over (aws-facts R-16). */
export function checkQueue(given: Case): Found | null {
  const { outlook, target, survivors } = given;
  if (!losesWriter(given) || !target) return null;
  const others = survivors.filter((code) => code !== target.region);
  const own = known(outlook, 'queue', factsOf(outlook.facts, target.region).queue);
  const source = 'R-16';
  if (!own.known)
    return answering(own.observedAt)(
      'unknown',
      source,
      `The queue of ${target.region} is not known: ${own.why}.`,
      'Find out why MSK is not seen.',
    );
  const parts: Found[] = [
    answering(own.observedAt)('ok', source, `The queue of ${target.region} is ${own.value.status}.`),
  ];
  if (own.value.status !== 'ACTIVE')
    parts.push(
      answering(own.observedAt)(
        'warning',
        source,
        `The queue of ${target.region} is ${own.value.status}.`,
        'Look why it is not active.',
      ),
    );
  for (const other of others) {
    const seen = known(outlook, 'queue', factsOf(outlook.facts, other).queue);
    const answer = answering(seen.observedAt);
    if (!seen.known)
      parts.push(
        answer(
          'unknown',
          source,
          `The queue of ${other} is not known: ${seen.why}.`,
          'Find out why MSK is not seen.',
        ),
      );
    else if (
      !seen.value.replicators.some(
        ({ sourceRegion, state }) => sourceRegion === target.region && state === 'RUNNING',
      )
    )
      parts.push(
        answer(
          'warning',
          source,
          `Events written in ${target.region} would not reach ${other}: no replicator runs that way.`,
          `Create a replicator from ${target.region} to ${other} in advance.`,
        ),
      );
  }
  const stopped = own.value.replicators.filter(({ state }) => state !== 'RUNNING').map(({ name }) => name);
  if (stopped.length > 0)
    parts.push(
      answering(own.observedAt)(
        'warning',
        source,
        `${listOf(stopped)} into ${target.region} does not run: events are missing there already.`,
        'Start it again.',
      ),
    );
  return together(parts, source);
}

/** Objects of the lost Region's bucket at whoever takes over: rules, their promise and their gaps (B-17, B-18). */
export function checkStorage(given: Case): Found | null {
  const { outlook, target, lost } = given;
  if (!losesWriter(given) || !target || lost === null) return null;
  const seen = known(outlook, 'storage', factsOf(outlook.facts, lost).storage);
  const answer = answering(seen.observedAt);
  if (!seen.known)
    return answer(
      'unknown',
      'B-18',
      `Replication of the bucket in ${lost} is not known: ${seen.why}.`,
      'Find out why S3 is not seen.',
    );
  const { bucket, versioned, rules } = seen.value;
  const destination = requireDeclared(outlook, target.region).bucket;
  if (!versioned)
    return answer(
      'warning',
      'B-18',
      `${bucket} keeps no versions, so nothing of it is replicated.`,
      'Turn versioning on, on both sides.',
    );
  const rule = rules.find((candidate) => candidate.enabled && candidate.destination === destination);
  if (!rule)
    return answer(
      'warning',
      'B-02',
      `No enabled rule replicates ${bucket} to ${destination}: what is only there would be out of reach.`,
      'Read the configuration, merge the rule in, write it back: the call replaces the whole.',
    );
  const { storageReplicationSeconds: limits } = outlook.estate.thresholds;
  const gaps = [
    ...(rule.timeControl ? [] : ['no time control, so no promise of 15 minutes']),
    ...(rule.encrypted ? [] : ['no selection of encrypted objects: those with a KMS key are not replicated']),
    ...(rule.deleteMarkers ? [] : ['no delete markers']),
    ...(rule.latencySeconds !== null && rule.latencySeconds > limits.target
      ? [`${durationWords(rule.latencySeconds)} behind, over ${durationWords(limits.target)}`]
      : []),
  ];
  if (gaps.length === 0)
    return answer('ok', 'B-17', `${bucket} is replicated to ${destination} with time control.`);
  return answer(
    'warning',
    rule.encrypted ? 'B-17' : 'B-18',
    `The rule from ${bucket} to ${destination} has ${listOf(gaps)}.`,
    'Correct the rule by merging; objects that were there before need a batch job.',
  );
}

function answering(observedAt: string | null) {
  return (verdict: Verdict, source: string, message: string, remedy?: string): Found => ({
    verdict,
    message,
    source,
    observedAt,
    remedy: remedy === undefined ? null : { text: remedy },
  });
}
