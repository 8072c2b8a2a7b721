import type { KubeObject } from '../objects.ts';
import { timestamp } from '../objects.ts';
import { events } from '../resources.ts';
import type { ObjectStore } from '../storage/store.ts';

export interface EventNote {
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
  component: string;
}

export type EventRecorder = (about: KubeObject, note: EventNote) => void;

const KEPT_EVENTS = 250;

/** Writes Events; the same note about the same object counts up, and the oldest go when there are too many. */
export function createEventRecorder(
  store: ObjectStore,
  now: () => number,
  suffix: () => string,
): EventRecorder {
  return (about, { type, reason, message, component }) => {
    const time = timestamp(now());
    const namespace = about.metadata.namespace ?? 'default';
    const known = store.list(events, namespace);
    const same = known.find(
      (event) =>
        event.involvedObject.uid === about.metadata.uid &&
        event.reason === reason &&
        event.message === message,
    );
    if (same) {
      store.replace(events, { ...same, count: same.count + 1, lastTimestamp: time });
      return;
    }
    const [oldest] = store.list(events).toSorted((a, b) => a.lastTimestamp.localeCompare(b.lastTimestamp));
    if (oldest && store.list(events).length >= KEPT_EVENTS) store.remove(events, oldest);
    store.create(events, {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `${about.metadata.name}.${now().toString(16)}${suffix()}`, namespace },
      involvedObject: {
        apiVersion: about.apiVersion,
        kind: about.kind,
        namespace: about.metadata.namespace,
        name: about.metadata.name,
        uid: about.metadata.uid,
      },
      type,
      reason,
      message,
      firstTimestamp: time,
      lastTimestamp: time,
      count: 1,
      source: { component },
    });
  };
}
