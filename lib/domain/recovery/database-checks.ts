import type { DatabaseObservation } from '../observation/kinds.ts';
import { oldestOf } from '../observation/known.ts';
import { factsOf, known, type Outlook } from './facts.ts';
import { isFenced, isShut, writerOf, writerRegion } from './topology.ts';
import type { Reason } from './verdict.ts';
import { byteWords, durationWords, listOf } from './words.ts';

/** Whether the primary still runs: a planned move asks for more than an outage can. */
export type Occasion = 'planned' | 'outage';

/** States of an instance that pass by themselves; promotion waits for them (aws-facts 2.10). */
const PASSING: ReadonlySet<string> = new Set([
  'backing-up',
  'modifying',
  'rebooting',
  'renaming',
  'maintenance',
  'storage-optimization',
  'configuring-enhanced-monitoring',
  'upgrading',
]);

/** Whether the Region's database can be promoted: it is there, available, a replica, and replicates. */
export function checkReplica(outlook: Outlook, region: string, occasion: Occasion): Reason {
  const seen = known(outlook, 'database', factsOf(outlook.facts, region).database);
  const answer = answering('replica', '2.10', seen.observedAt);
  if (!seen.known) return answer('unknown', `The database of ${region} is not known: ${seen.why}.`);
  const { instanceId, role, status, replication } = seen.value;
  if (isFenced(instanceId) || isShut(seen.value))
    return answer(
      'blocked',
      `${instanceId} in ${region} is fenced and no copy to go on from. Rebuild it first.`,
    );
  if (role === 'primary') return answer('ok', `${instanceId} in ${region} is a primary already.`);
  if (status !== 'available') {
    return PASSING.has(status)
      ? answer(
          'warning',
          `${instanceId} in ${region} is ${status}; RDS promotes it only when that has ended.`,
        )
      : answer('blocked', `${instanceId} in ${region} is ${status} and cannot be promoted.`);
  }
  if (replication !== 'replicating') {
    const said = `Replication to ${instanceId} in ${region} is ${replication ?? 'not reported'}`;
    return occasion === 'outage'
      ? answer('warning', `${said}, as is to be expected when its source is gone.`)
      : answer('blocked', `${said}; it falls behind.`);
  }
  return answer('ok', `${instanceId} in ${region} is available and replicates.`);
}

/** Lag in three values while the primary runs: idle, behind, unknown (aws-facts B-09). */
export function checkLag(outlook: Outlook, region: string): Reason {
  const seen = known(outlook, 'lag', factsOf(outlook.facts, region).lag);
  const answer = answering('lag', 'B-09', seen.observedAt);
  if (!seen.known) return answer('unknown', `Replica lag of ${region} is not known: ${seen.why}.`);
  const { seconds, bytes, class: lagClass, idle } = seen.value;
  if (lagClass === 'unknown' || seconds === null)
    return answer(
      'unknown',
      `Replica lag of ${region} is not known: it does not replicate, or does not report.`,
    );
  if (idle) return answer('ok', `${region} is caught up; its lag rises only because nobody writes.`);
  const withheld = bytes === null ? '' : ` and ${byteWords(bytes)}`;
  const { warning, critical } = outlook.estate.thresholds.databaseLagSeconds;
  const said = `${region} is ${durationWords(seconds)}${withheld} behind`;
  if (lagClass === 'critical') return answer('blocked', `${said}, over the critical ${critical} s.`);
  if (lagClass === 'warning') return answer('warning', `${said}, over ${warning} s.`);
  return answer('ok', `${said}.`);
}

/** Promotion of a replica without backups leaves a primary without any (aws-facts 2.4). */
export function checkBackups(outlook: Outlook, region: string, occasion: Occasion): Reason {
  const seen = known(outlook, 'database', factsOf(outlook.facts, region).database);
  const answer = answering('backups', 'B-19', seen.observedAt);
  if (!seen.known) return answer('unknown', `Backups of ${region} are not known: ${seen.why}.`);
  const { instanceId, backupRetentionDays: days } = seen.value;
  if (days > 0)
    return answer('ok', `${instanceId} keeps backups for ${days} ${days === 1 ? 'day' : 'days'}.`);
  const message = `${instanceId} keeps no backups. Once promoted it would be the only copy of the orders until the first one is made.`;
  return answer(occasion === 'outage' ? 'warning' : 'blocked', message);
}

export interface ParityDifference {
  what: 'class' | 'storage' | 'multi-az' | 'parameter-group' | 'engine-version';
  /** Too small to carry what the primary carries; the others are to be repaired, and do not stop anybody. */
  smaller: boolean;
  message: string;
}

/** How a replica differs from the database it would replace (aws-facts C-09, B-19). Undefined where one of them was never seen. */
export function parityOf(outlook: Outlook, region: string): ParityDifference[] | undefined {
  const replica = factsOf(outlook.facts, region).database.value;
  const primary = primaryOf(outlook, region);
  if (!replica || !primary) return undefined;
  return differences(replica, primary);
}

/** The primary as it was last seen, however long ago: what it was is what has to be matched. */
function primaryOf(outlook: Outlook, except: string): DatabaseObservation | undefined {
  const writer = writerRegion(writerOf(outlook));
  const region = writer && writer !== except ? writer : undefined;
  const value = region ? factsOf(outlook.facts, region).database.value : undefined;
  return value ?? undefined;
}

function differences(replica: DatabaseObservation, primary: DatabaseObservation): ParityDifference[] {
  const found: ParityDifference[] = [];
  const add = (what: ParityDifference['what'], smaller: boolean, message: string) =>
    found.push({ what, smaller, message });
  if (replica.class !== primary.class) {
    const [size, needed] = [classSize(replica.class), classSize(primary.class)];
    add(
      'class',
      size !== null && needed !== null && size < needed,
      `class ${replica.class}, not ${primary.class}`,
    );
  }
  if (replica.storageGiB < primary.storageGiB)
    add('storage', true, `${replica.storageGiB} GiB of storage, not ${primary.storageGiB}`);
  if (primary.multiAz && !replica.multiAz) add('multi-az', false, 'one zone, not Multi-AZ');
  if (replica.parameterGroup !== primary.parameterGroup && isDefaultGroup(replica.parameterGroup))
    add(
      'parameter-group',
      false,
      `RDS’ own parameter group ${replica.parameterGroup}, which cannot be changed`,
    );
  if (replica.engineVersion !== primary.engineVersion)
    add('engine-version', false, `PostgreSQL ${replica.engineVersion}, not ${primary.engineVersion}`);
  return found;
}

function isDefaultGroup(group: string | null): boolean {
  return group?.startsWith('default.') ?? false;
}

const SMALL_SIZES: Record<string, number> = { micro: 0.25, small: 0.5, medium: 0.75, large: 1, xlarge: 2 };

/** Relative size of `db.r6g.2xlarge`: large is 1, xlarge 2, 2xlarge 4. Null for one that is not known. */
export function classSize(name: string): number | null {
  const size = name.split('.').at(-1) ?? '';
  const many = size.match(/^(\d+)xlarge$/);
  return many ? Number(many[1]) * 2 : (SMALL_SIZES[size] ?? null);
}

/** Parity with the primary, as one reason, with the verdict that a smaller database deserves here (aws-facts C-09). */
export function checkParity(outlook: Outlook, region: string, smallerIs: 'warning' | 'blocked'): Reason {
  const { database } = factsOf(outlook.facts, region);
  const answer = answering('parity', 'C-09', oldestOf(database.observedAt));
  const found = parityOf(outlook, region);
  if (!found) return answer('unknown', `Whether the database of ${region} matches the primary is not known.`);
  if (found.length === 0) return answer('ok', `The database of ${region} matches the primary.`);
  const said = `The database of ${region} has ${listOf(found.map(({ message }) => message))}`;
  const smaller = found.some((difference) => difference.smaller);
  if (!smaller) return answer('warning', `${said}.`);
  return answer(smallerIs, `${said}: promoted, it would have to carry every order with less.`);
}

function answering(code: string, source: string, observedAt: string | null) {
  return (verdict: Reason['verdict'], message: string): Reason => ({
    code,
    verdict,
    message,
    source,
    observedAt,
  });
}
