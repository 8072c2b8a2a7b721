import { ageSeconds, ageWords } from '../observation/known.ts';
import { parityOf } from './database-checks.ts';
import type { Outlook } from './facts.ts';
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
import { dataAtRisk } from './rpo.ts';
import { isFenced, writerOf } from './topology.ts';
import { byteWords, capitalized, count, durationWords, listOf } from './words.ts';

export function idleLag(outlook: Outlook): Live {
  const replicas = everywhere(outlook, 'lag', (region) => region.lag);
  const idle = replicas.known.filter(({ value }) => value.idle);
  const [first] = idle;
  if (first) {
    const text = `ReplicaLag of ${first.code} says ${durationWords(first.value.seconds ?? 0)}, and nothing is missing there: nobody writes.`;
    return open(text, replicas.observedAt);
  }
  return open(
    'ReplicaLag is now() minus the last commit replayed: it rises again whenever nobody writes.',
    replicas.observedAt,
  );
}

export function replicaSettings(outlook: Outlook): Live {
  const databases = everywhere(outlook, 'database', (region) => region.database);
  const found = databases.known
    .filter(({ value }) => value.role === 'replica')
    .flatMap(({ value }) => {
      const gaps = [
        ...(value.parameterGroup?.startsWith('default.') ? ['RDS’ own parameter group'] : []),
        ...(value.backupRetentionDays === 0 ? ['no backups'] : []),
        ...(value.deletionProtection ? [] : ['no deletion protection']),
      ];
      return gaps.length > 0 ? [`${value.instanceId} has ${listOf(gaps)}`] : [];
    });
  return verdict(
    found,
    databases,
    'Every replica has its own parameter group, backups and deletion protection.',
  );
}

export function splitBrain(outlook: Outlook): Live {
  const writer = writerOf(outlook);
  switch (writer.kind) {
    case 'several':
      return open(writer.message, null);
    case 'one':
      return gone(
        `${writer.message} Plans here fence before they promote; the document’s steps do not.`,
        null,
      );
    case 'none':
    case 'unknown':
      return unknown(writer.message, null);
    default:
      return writer satisfies never;
  }
}

export function parity(outlook: Outlook): Live {
  const databases = everywhere(outlook, 'database', (region) => region.database);
  const found = databases.known
    .filter(({ value }) => value.role === 'replica')
    .flatMap(({ code, value }) => {
      const differences = (parityOf(outlook, code) ?? []).filter(({ what }) => what !== 'parameter-group');
      return differences.length > 0
        ? [`${value.instanceId} has ${listOf(differences.map(({ message }) => message))}`]
        : [];
    });
  return verdict(found, databases, 'Every replica matches the primary.');
}

export function statedLoss(outlook: Outlook): Live {
  const lost = writing(outlook);
  if (!lost) return unknown('Where orders are written is not known.', null);
  const risks = othersThan(outlook, lost).map(({ code }) => dataAtRisk(outlook, { lost, target: code }));
  const measured = risks.filter(({ seconds }) => seconds !== null);
  const [best] = measured.sort((a, b) => (a.seconds ?? 0) - (b.seconds ?? 0));
  if (!best) return unknown('How much would be lost is not measured.', null);
  const bytes = best.bytes === null ? '' : ` and ${byteWords(best.bytes)}`;
  const age = best.measuredAt ? ageWords(ageSeconds(outlook.facts.now, best.measuredAt)) : '';
  return gone(
    `It is measured here: at most ${durationWords(best.seconds ?? 0)}${bytes} in ${best.target}, ${age} ago.`,
    best.measuredAt,
  );
}

export function oldPrimaries(outlook: Outlook): Live {
  const databases = everywhere(outlook, 'databases', (region) => region.databases);
  const old = databases.known.flatMap(({ value }) =>
    value.instances.filter(({ instanceId }) => isFenced(instanceId)).map(({ instanceId }) => instanceId),
  );
  return verdict(
    old.length > 0
      ? [
          `${listOf(old)} ${old.length === 1 ? 'is' : 'are'} kept, fenced, and cost${old.length === 1 ? 's' : ''} as before`,
        ]
      : [],
    databases,
    'No old primary is kept.',
  );
}

export function deadReplicas(outlook: Outlook): Live {
  const databases = everywhere(outlook, 'database', (region) => region.database);
  const dead = databases.known
    .filter(({ value }) => value.role === 'replica' && value.replication !== 'replicating')
    .map(
      ({ value }) =>
        `Replication to ${value.instanceId} is ${value.replication ?? 'not reported'}, and its slot keeps WAL on the primary`,
    );
  return verdict(dead, databases, 'Every replica replicates.');
}

export function replicaChains(outlook: Outlook): Live {
  const databases = everywhere(outlook, 'database', (region) => region.database);
  const replicaArns = new Set(
    databases.known.filter(({ value }) => value.role === 'replica').map(({ value }) => value.arn),
  );
  const chained = databases.known
    .filter(({ value }) => value.sourceArn !== null && replicaArns.has(value.sourceArn))
    .map(({ value }) => `${value.instanceId} replicates from another replica`);
  return verdict(chained, databases, 'Every replica has the primary as its source.');
}

/** More cross-Region replicas of one source are not promised (aws-facts R-14). */
const MOST_REPLICAS = 5;

export function replicaCount(outlook: Outlook): Live {
  const databases = everywhere(outlook, 'database', (region) => region.database);
  const replicas = databases.known.filter(({ value }) => value.role === 'replica').length;
  return verdict(
    replicas > MOST_REPLICAS ? [`The primary has ${replicas} replicas in other Regions`] : [],
    databases,
    `${capitalized(count(replicas, 'replica'))} in other Regions; ${MOST_REPLICAS} are safe.`,
  );
}
