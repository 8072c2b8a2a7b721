import type { DatabaseObservation } from '../observation/kinds.ts';
import { oldestOf } from '../observation/known.ts';
import { onceFor } from '../once-for.ts';
import { declaredRegions, factsOf, known, type Outlook, type RecoveryRegionFacts } from './facts.ts';
import { listOf } from './words.ts';

const FENCED = /-fenced-/;
/** What a rebuilt replica is called where the declared id is taken: `<id>-1004`. A drill's throw-away copies have other names. */
const REBUILT = /^-(?:op-)?\d+$/i;
const DENY_ALL = /-deny-all$/;

/** Whether an instance of that id is an old primary that was put out of service and renamed (aws-facts R-10). */
export function isFenced(instanceId: string): boolean {
  return FENCED.test(instanceId);
}

/** Whether nothing can connect: each of its security groups denies all (aws-facts 2.4, step 6). */
export function isShut({ securityGroupNames: names }: DatabaseObservation): boolean {
  return names !== undefined && names.length > 0 && names.every((name) => DENY_ALL.test(name));
}

/** States in which a primary takes no orders; in any other it may. */
const DOWN: ReadonlySet<string> = new Set([
  'creating',
  'deleting',
  'failed',
  'stopped',
  'stopping',
  'starting',
  'storage-full',
  'restore-error',
  'inaccessible-encryption-credentials',
  'incompatible-network',
  'incompatible-parameters',
  'incompatible-restore',
]);

/** What a drill makes and promotes stands beside the Region's database, and no shop knows its name. */
const THROWAWAY = /-drill-/;

/** Whether orders could be written there: a primary that runs, is not renamed away, no drill's copy, and not shut. */
export function takesWrites(database: DatabaseObservation): boolean {
  return (
    database.role === 'primary' &&
    !isFenced(database.instanceId) &&
    !THROWAWAY.test(database.instanceId) &&
    !isShut(database) &&
    !DOWN.has(database.status)
  );
}

/**
 * The database that a Region works with: its declared id, or a rebuilt one. The primary before a replica that replicates,
 * before the newest; what is being deleted comes last. Undefined where all of them are fenced, or there is none.
 */
export function currentDatabase(
  instances: readonly DatabaseObservation[],
  declaredId: string,
): DatabaseObservation | undefined {
  const rank = (instance: DatabaseObservation) =>
    (instance.status === 'deleting' ? 4 : 0) +
    (instance.role === 'primary' ? 0 : instance.replication === 'replicating' ? 1 : 2);
  return instances
    .filter(({ instanceId }) => isOf(instanceId, declaredId) && !isFenced(instanceId))
    .sort(
      (a, b) =>
        rank(a) - rank(b) ||
        (b.createdAt ?? '').localeCompare(a.createdAt ?? '') ||
        a.instanceId.localeCompare(b.instanceId),
    )[0];
}

function isOf(instanceId: string, declaredId: string): boolean {
  if (instanceId === declaredId) return true;
  return instanceId.startsWith(declaredId) && REBUILT.test(instanceId.slice(declaredId.length));
}

/** Region of the database that this one replicates from; null of a primary, and where RDS names its source by id: its own Region's. */
export function sourceRegionOf({ sourceArn }: Pick<DatabaseObservation, 'sourceArn'>): string | null {
  return sourceArn?.match(/^arn:[\w-]+:rds:([a-z0-9-]+):/)?.[1] ?? null;
}

/** A primary that takes orders, and when it was seen to. */
export interface SeenWriter {
  region: string;
  instanceId: string;
  observedAt: string;
}

/** Which Region takes the orders. Several is split brain: orders are taken that the others will never see (aws-facts B-20). */
export type Writer =
  | { kind: 'one'; region: string; database: DatabaseObservation; unseen: string[]; message: string }
  | { kind: 'none'; message: string }
  | { kind: 'several'; regions: string[]; writers: SeenWriter[]; message: string }
  /** A Region is not seen that may be it; `last` was, when it was last seen. */
  | { kind: 'unknown'; last: string | null; unseen: string[]; message: string };

/** The writer by what is known now; every primary of a Region counts, not only its current database. */
export const writerOf = onceFor((outlook: Outlook): Writer => {
  const found = declaredRegions(outlook).map(({ code }) => {
    const { database, databases } = factsOf(outlook.facts, code);
    const current = known(outlook, 'database', database);
    const all = known(outlook, 'databases', databases);
    const writable = [...(all.value?.instances ?? []), ...(current.value ? [current.value] : [])].find(
      takesWrites,
    );
    const lastAt = database.value !== null && takesWrites(database.value) ? database.observedAt : null;
    const observedAt = all.observedAt ?? current.observedAt;
    return { code, seen: current.known || all.known, writable, observedAt, lastAt };
  });
  const writers = found.flatMap(({ code, writable, observedAt }) =>
    writable ? [{ code, database: writable, observedAt }] : [],
  );
  const unseen = found.filter(({ seen }) => !seen).map(({ code }) => code);
  const [writer, ...others] = writers;
  if (writer && others.length > 0) {
    const regions = writers.map(({ code }) => code);
    return {
      kind: 'several',
      regions,
      writers: writers.flatMap(({ code, database, observedAt }) =>
        observedAt === null ? [] : { region: code, instanceId: database.instanceId, observedAt },
      ),
      message: `Split brain: ${listOf(regions)} each have a primary that takes orders. Fence all but one.`,
    };
  }
  if (writer) {
    const { code, database } = writer;
    const doubt = unseen.length === 0 ? '' : ` ${listOf(unseen)} ${are(unseen)} not seen.`;
    const message = `Orders are written in ${code}, on ${database.instanceId}.${doubt}`;
    return { kind: 'one', region: code, database, unseen, message };
  }
  if (unseen.length > 0) {
    // Of several that were primaries when they were last seen, the one seen last: the others were left before.
    const last =
      found
        .filter((region) => !region.seen && region.lastAt !== null)
        .sort((a, b) => (b.lastAt ?? '').localeCompare(a.lastAt ?? ''))[0]?.code ?? null;
    const message = `No primary is seen, and ${listOf(unseen)} ${are(unseen)} not seen at all${last ? `; ${last} had it last` : ''}.`;
    return { kind: 'unknown', last, unseen, message };
  }
  return { kind: 'none', message: 'No Region has a primary that takes orders.' };
});

/** The Region that takes the orders, or took them when it was last seen; null where there is none, or more than one. */
export function writerRegion(writer: Writer): string | null {
  switch (writer.kind) {
    case 'one':
      return writer.region;
    case 'unknown':
      return writer.last;
    case 'none':
    case 'several':
      return null;
    default:
      return writer satisfies never;
  }
}

export interface NetworkPath {
  from: string;
  to: string;
  state: 'open' | 'missing' | 'unknown';
  /** Of the peering, where there is one. */
  peeringId: string | null;
  message: string;
  observedAt: string | null;
}

/**
 * Whether two Regions reach each other: an active peering between just these two, and a route on both sides. Peering is
 * not transitive, so a way through a third Region is none (aws-facts B-05).
 */
export function pathBetween(outlook: Outlook, from: string, to: string): NetworkPath {
  const froms = pathsOf(outlook);
  const paths = froms.get(from) ?? new Map<string, NetworkPath>();
  froms.set(from, paths);
  const path = paths.get(to) ?? lookBetween(outlook, from, to);
  paths.set(to, path);
  return path;
}

/** Every scenario asks for every pair: of thirty Regions 870 pairs, sixty times. An outlook does not change. */
const pathsOf = onceFor((_: Outlook) => new Map<string, Map<string, NetworkPath>>());

/** What each Region's network was seen to lead to. */
const networksOf = onceFor((outlook: Outlook) => {
  const { regions } = outlook.facts;
  return new Map(regions.map(({ code, peering }) => [code, networkOf(outlook, peering)]));
});

function networkOf(outlook: Outlook, peering: RecoveryRegionFacts['peering']) {
  const seen = known(outlook, 'peering', peering);
  const active = (seen.value?.peerings ?? []).filter(({ status }) => status === 'active');
  // Of two to one Region the first, as they are listed.
  const peerings = new Map(active.toReversed().map((one) => [one.peerRegion, one]));
  return { seen, peerings, routes: new Set(seen.value?.routesTo) };
}

function lookBetween(outlook: Outlook, from: string, to: string): NetworkPath {
  const ends = [
    { here: from, there: to },
    { here: to, there: from },
  ].map(({ here, there }) => {
    const { seen, peerings, routes } =
      networksOf(outlook).get(here) ?? networkOf(outlook, factsOf(outlook.facts, here).peering);
    return { here, there, seen, peering: peerings.get(there), routed: routes.has(there) };
  });
  const path = {
    from,
    to,
    peeringId: ends.find(({ peering }) => peering)?.peering?.id ?? null,
    observedAt: oldestOf(...ends.map(({ seen }) => seen.observedAt)),
  };
  const unpeered = ends.find(({ seen, peering }) => seen.known && !peering);
  if (unpeered)
    return { ...path, state: 'missing', message: `${from} and ${to} have no active peering between them.` };
  const unrouted = ends.find(({ seen, routed }) => seen.known && !routed);
  if (unrouted) {
    const message = `${unrouted.here} has no route to ${unrouted.there} over ${path.peeringId}.`;
    return { ...path, state: 'missing', message };
  }
  const unseen = ends.find(({ seen }) => !seen.known);
  if (unseen) {
    const message = `Whether ${from} reaches ${to} is not known: the network of ${unseen.here} was ${unseen.seen.why}.`;
    return { ...path, state: 'unknown', message };
  }
  return { ...path, state: 'open', message: `${from} and ${to} reach each other over ${path.peeringId}.` };
}

function are(items: readonly string[]): string {
  return items.length === 1 ? 'is' : 'are';
}
