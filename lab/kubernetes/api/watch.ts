import { badRequest, expired } from '../fault.ts';
import type { KubeObject } from '../objects.ts';
import type { ObjectTest } from '../selectors.ts';
import type { ObjectStore, StoreChange } from '../storage/store.ts';
import type { StreamReply } from './reply.ts';
import { type ApiRequest, isTrue, type Target, wantsMetadataOnly, wantsTable } from './request.ts';
import { partial, toTable } from './table.ts';

const BOOKMARK_EVERY_MS = 30_000;
const LONGEST_WATCH_S = 1800;

interface WatchRequest {
  store: ObjectStore;
  request: ApiRequest;
  target: Target;
  test: ObjectTest;
  now: () => number;
}

type EventType = StoreChange['type'] | 'BOOKMARK' | 'ERROR';

/**
 * Streams changes after `resourceVersion`. Without one (or 0) the objects that exist come first as ADDED. A version the history no longer
 * reaches is answered by 410 Expired: list again. An object that starts or stops matching the selector is ADDED or DELETED.
 */
export function watch({ store, request, target, test, now }: WatchRequest): StreamReply {
  const { query } = request;
  const { resource, namespace, name } = target;
  const from = revisionOf(query.get('resourceVersion'));
  const fresh = from === 0 || isTrue(query.get('sendInitialEvents'));
  const bookmarks = isTrue(query.get('allowWatchBookmarks'));
  const seconds = Math.min(
    Number(query.get('timeoutSeconds') ?? LONGEST_WATCH_S) || LONGEST_WATCH_S,
    LONGEST_WATCH_S,
  );
  const missed = fresh ? [] : store.since(from);

  const rendered = (object: KubeObject) => {
    if (wantsTable(request)) {
      const listMetadata = { resourceVersion: object.metadata.resourceVersion };
      return toTable({
        resource,
        objects: [object],
        listMetadata,
        includeObject: query.get('includeObject'),
        nowMs: now(),
      });
    }
    return wantsMetadataOnly(request) ? partial(object) : object;
  };
  const inScope = (change: StoreChange) =>
    change.resource === resource &&
    (!namespace || change.object.metadata.namespace === namespace) &&
    (!name || change.object.metadata.name === name);

  return {
    type: 'stream',
    contentType: 'application/json',
    open(sink) {
      const send = (type: EventType, object: object) => sink.write(`${JSON.stringify({ type, object })}\n`);
      const bookmark = (annotations?: Record<string, string>) =>
        send('BOOKMARK', {
          apiVersion: resource.groupVersion,
          kind: resource.kind,
          metadata: { resourceVersion: String(store.revision()), ...(annotations ? { annotations } : {}) },
        });
      const tell = (change: StoreChange) => {
        if (!inScope(change)) return;
        const type = visibleType(change, test);
        if (type) send(type, rendered(change.object));
      };

      if (!missed) {
        send('ERROR', expired(`too old resource version: ${from} (${store.revision()})`).toStatus());
        sink.end();
        return () => undefined;
      }
      if (fresh) {
        const existing = store
          .list(resource, namespace)
          .filter((object) => !name || object.metadata.name === name);
        for (const object of existing.filter(test)) send('ADDED', rendered(object));
        if (isTrue(query.get('sendInitialEvents'))) bookmark({ 'k8s.io/initial-events-end': 'true' });
      }
      for (const change of missed) tell(change);
      const stop = store.onChange(tell);
      const beat = bookmarks ? setInterval(bookmark, BOOKMARK_EVERY_MS).unref() : undefined;
      const end = setTimeout(() => {
        if (bookmarks) bookmark();
        sink.end();
      }, seconds * 1000).unref();
      return () => {
        stop();
        clearInterval(beat);
        clearTimeout(end);
      };
    },
  };
}

function revisionOf(value: string | null): number {
  if (!value) return 0;
  if (!/^\d+$/.test(value))
    throw badRequest(`Invalid value: "${value}": resourceVersion must be a whole number`);
  return Number(value);
}

function visibleType(
  { type, object, previous }: StoreChange,
  test: ObjectTest,
): StoreChange['type'] | undefined {
  const was = previous !== undefined && test(previous);
  const is = type !== 'DELETED' && test(object);
  if (is) return was ? 'MODIFIED' : 'ADDED';
  return was ? 'DELETED' : undefined;
}
