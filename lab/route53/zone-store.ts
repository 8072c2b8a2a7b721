import type { AcceleratedRecoveryStatus, VPC } from '@aws-sdk/client-route-53';
import { indexZone, type ZoneData } from '#lab/dns/zone-data.ts';
import type { LabContext } from '#lab/kernel/context.ts';
import type { Collection } from '#lab/kernel/state.ts';
import type { RecordChange } from './change-batch.ts';
import type { ControlPlane } from './control-plane.ts';
import { resourceId } from './ids.ts';
import { type RecordSet, recordKey } from './record-set.ts';

/** A hosted zone as the API shows it: the control plane's truth. */
export interface StoredZone {
  id: string;
  /** Canonical. */
  name: string;
  callerReference: string;
  comment: string | undefined;
  /** Present: a private zone, which the public name servers do not know. */
  vpcs: VPC[];
  nameServers: string[];
  acceleratedRecovery: AcceleratedRecoveryStatus | undefined;
  records: RecordSet[];
}

type ChangeEffect =
  | { kind: 'publish-zone'; name: string; records: RecordSet[] }
  | { kind: 'change-records'; changes: RecordChange[] }
  | { kind: 'withdraw-zone' };

/** A change on its way to the name servers. */
export interface StoredChange {
  id: string;
  zoneId: string;
  /** Order of submission. */
  sequence: number;
  comment: string | undefined;
  submittedAtMs: number;
  /** Real time at which the name servers answer by it, and at which GetChange says INSYNC. */
  publishAtMs: number;
  inSyncAtMs: number;
  published: boolean;
  status: 'PENDING' | 'INSYNC';
  effect: ChangeEffect;
}

/** What the name servers answer from: every change published so far. */
interface PublishedZone {
  id: string;
  name: string;
  records: RecordSet[];
}

export interface ZoneStore {
  list(): StoredZone[];
  find(id: string): StoredZone | undefined;
  findChange(id: string): StoredChange | undefined;
  /** Puts the zone down as it is now and sends the effect towards the name servers. */
  submit(zone: StoredZone, effect: ChangeEffect, comment?: string): StoredChange;
  /** Writes the zone without anything to publish (comment). */
  update(zone: StoredZone): void;
  /** Accelerated recovery on or off: ENABLING or DISABLING for a while, then settled. */
  switchRecovery(zone: StoredZone, enable: boolean): void;
  /** Published at once and in sync: the state the lab starts in. */
  seed(zone: StoredZone): void;
  /** Public zones as the name servers answer them. */
  published(): readonly ZoneData[];
  clear(): void;
  close(): void;
}

/** PENDING lasts 40 to 60 s of AWS time ("generally within 60 seconds", API_GetChange). */
const SHORTEST_SYNC_MS = 40_000;
const SYNC_SPREAD_MS = 20_000;
/** The name servers take a change over somewhere in this part of the wait. */
const EARLIEST_PUBLISH = 0.2;
const PUBLISH_SPREAD = 0.75;
/** Enabling accelerated recovery copies the zone to us-west-2. AWS time, assumed: AWS names no duration for a small zone. */
const SWITCH_RECOVERY_AWS_MS = 5 * 60_000;
/** Changes kept for GetChange after they are in sync. */
const KEPT_CHANGES = 500;

/** Zones, their changes in flight, and the copy that the name servers hold. */
export function createZoneStore(ctx: LabContext, controlPlane: ControlPlane): ZoneStore {
  const zones = ctx.state.collection<StoredZone>('route53-zones');
  const changes = ctx.state.collection<StoredChange>('route53-changes');
  const published = ctx.state.collection<PublishedZone>('route53-published');
  const timers = new Map<string, () => void>();
  let index: ZoneData[] | undefined;

  function publishNow(change: StoredChange) {
    const zone = published.get(change.zoneId);
    const { effect } = change;
    if (effect.kind === 'withdraw-zone') published.delete(change.zoneId);
    else if (effect.kind === 'publish-zone') {
      published.put(change.zoneId, { id: change.zoneId, name: effect.name, records: effect.records });
    } else if (zone) published.put(zone.id, { ...zone, records: replay(zone.records, effect.changes) });
    index = undefined;
    changes.put(change.id, { ...change, published: true });
  }

  /** Changes reach the name servers in the order in which they were submitted. */
  function publishThrough(change: StoredChange) {
    const waiting = changes
      .list()
      .filter(
        (other) => other.zoneId === change.zoneId && !other.published && other.sequence <= change.sequence,
      )
      .sort((a, b) => a.sequence - b.sequence);
    for (const earlier of waiting) publishNow(earlier);
  }

  /** While the control plane is away a change stays where it is, as in a real event; `resume` takes it up again. */
  function progress(id: string) {
    timers.delete(id);
    const change = changes.get(id);
    if (!change || isStranded(change)) return;
    if (!change.published) {
      publishThrough(change);
      arm(changes.get(id) ?? change);
      return;
    }
    changes.put(id, { ...change, status: 'INSYNC' });
    prune(changes);
  }

  function isStranded(change: StoredChange): boolean {
    if (!controlPlane.isDown()) return false;
    const recovers =
      zones.get(change.zoneId)?.acceleratedRecovery === 'ENABLED' && controlPlane.hasRecovered();
    return !recovers;
  }

  function arm(change: StoredChange) {
    const dueMs = (change.published ? change.inSyncAtMs : change.publishAtMs) - ctx.clock.now();
    const awsMs = Math.max(0, dueMs) / ctx.clock.scaledMs(1);
    timers.get(change.id)?.();
    timers.set(
      change.id,
      ctx.clock.after(awsMs, () => progress(change.id)),
    );
  }

  function resume() {
    for (const change of inFlight(changes)) if (!timers.has(change.id)) arm(change);
  }

  function schedule(zone: StoredZone, effect: ChangeEffect, comment: string | undefined): StoredChange {
    const now = ctx.clock.now();
    const before = inFlight(changes).filter((change) => change.zoneId === zone.id);
    const syncMs = ctx.clock.scaledMs(SHORTEST_SYNC_MS + ctx.random() * SYNC_SPREAD_MS);
    const publishMs = syncMs * (EARLIEST_PUBLISH + ctx.random() * PUBLISH_SPREAD);
    return {
      id: resourceId('C', ctx.random),
      zoneId: zone.id,
      sequence: 1 + Math.max(0, ...changes.list().map((change) => change.sequence)),
      comment,
      submittedAtMs: now,
      publishAtMs: Math.max(now + publishMs, ...before.map((change) => change.publishAtMs)),
      inSyncAtMs: Math.max(now + syncMs, ...before.map((change) => change.inSyncAtMs)),
      published: false,
      status: 'PENDING',
      effect,
    };
  }

  function settleRecovery(zoneId: string) {
    const key = `recovery ${zoneId}`;
    timers.get(key)?.();
    timers.delete(key);
    const zone = zones.get(zoneId);
    if (zone?.acceleratedRecovery === 'ENABLING')
      zones.put(zoneId, { ...zone, acceleratedRecovery: 'ENABLED' });
    if (zone?.acceleratedRecovery === 'DISABLING')
      zones.put(zoneId, { ...zone, acceleratedRecovery: 'DISABLED' });
  }

  controlPlane.onReturn(resume);
  resume();
  for (const zone of zones.list()) settleRecovery(zone.id);

  return {
    list: () => zones.list(),
    find: (id) => zones.get(id),
    findChange: (id) => changes.get(id),
    submit(zone, effect, comment) {
      if (effect.kind === 'withdraw-zone') zones.delete(zone.id);
      else zones.put(zone.id, zone);
      // The name servers of a private zone are the VPC's own resolver, which the lab does not have.
      const change = schedule(zone, zone.vpcs.length > 0 ? { kind: 'withdraw-zone' } : effect, comment);
      changes.put(change.id, change);
      arm(change);
      return change;
    },
    update: (zone) => zones.put(zone.id, zone),
    switchRecovery(zone, enable) {
      zones.put(zone.id, { ...zone, acceleratedRecovery: enable ? 'ENABLING' : 'DISABLING' });
      const key = `recovery ${zone.id}`;
      timers.get(key)?.();
      timers.set(
        key,
        ctx.clock.after(SWITCH_RECOVERY_AWS_MS, () => settleRecovery(zone.id)),
      );
    },
    seed(zone) {
      zones.put(zone.id, zone);
      published.put(zone.id, { id: zone.id, name: zone.name, records: zone.records });
      index = undefined;
    },
    published() {
      index ??= published.list().map(indexZone);
      return index;
    },
    clear() {
      for (const cancel of timers.values()) cancel();
      timers.clear();
      for (const collection of [zones, changes, published]) collection.clear();
      index = undefined;
    },
    close() {
      for (const cancel of timers.values()) cancel();
      timers.clear();
    },
  };
}

function inFlight(changes: Collection<StoredChange>): StoredChange[] {
  return changes.list().filter((change) => change.status === 'PENDING');
}

function prune(changes: Collection<StoredChange>) {
  const settled = changes.list().filter((change) => change.status === 'INSYNC');
  for (const change of settled.slice(0, Math.max(0, settled.length - KEPT_CHANGES)))
    changes.delete(change.id);
}

/** Applies already validated changes in order. */
function replay(records: readonly RecordSet[], changes: readonly RecordChange[]): RecordSet[] {
  const byKey = new Map(records.map((record) => [recordKey(record), record]));
  for (const { action, record } of changes) {
    if (action === 'DELETE') byKey.delete(recordKey(record));
    else byKey.set(recordKey(record), record);
  }
  return [...byKey.values()];
}
