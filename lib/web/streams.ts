import 'server-only';
import { type Grant, permits } from '#lib/domain/access/access.ts';
import { ThrottledError, UnavailableError } from '../errors.ts';
import type { Change, ChangeFeed } from './change-feed.ts';

const BEAT_MS = 10_000;
const CHECK_MS = 30_000;
/** A browser that was away longer than this many changes is told to read its page again instead. */
const REPLAY_LIMIT = 1_000;
/** A browser that leaves this many messages unread is cut off; it comes back with the last id it has read. */
const BACKLOG_LIMIT = 2_000;
const PERSON_LIMIT = 250;

/** Who listens. */
export interface Listener {
  personId: string;
  /** The session or token that the stream was opened with: streams of one are checked together. */
  credential: string;
  grants: readonly Grant[];
  /** What the credential's owner may do now, or null when it stands no longer. */
  recheck(): Promise<readonly Grant[] | null>;
}

export interface EventStreams {
  /**
   * Changes as they commit, ids only, as server-sent events; after `lastId` without a gap. Ends when the listener may
   * no longer read. Throws ThrottledError when the person has too many open, UnavailableError during a stop.
   */
  open(listener: Listener, lastId: string | null): ReadableStream<Uint8Array>;
  readonly size: number;
  /** Ends all of them and opens none any more. */
  close(): void;
}

interface Open {
  listener: Listener;
  grants: readonly Grant[];
  controller: ReadableStreamDefaultController<Uint8Array>;
  /** Changes that came while older ones are being read; null when the stream is up to date. */
  early: Change[] | null;
}

const encoder = new TextEncoder();
const OPENING = encoder.encode('retry: 2000\nevent: beat\ndata: {}\n\n');
const BEAT = encoder.encode('event: beat\ndata: {}\n\n');
const RESET = encoder.encode('event: reset\ndata: {}\n\n');

/** All event streams of one process: one subscription, one heartbeat and one check, however many browsers listen. */
export function openEventStreams(feed: ChangeFeed): EventStreams {
  const streams = new Set<Open>();
  let closed = false;
  let beat: NodeJS.Timeout | undefined;
  let check: NodeJS.Timeout | undefined;

  feed.subscribe((change) => {
    const bytes = encode(change);
    for (const stream of streams) {
      if (!maySee(stream.grants, change)) continue;
      if (stream.early) stream.early.push(change);
      else send(stream, bytes);
    }
  });
  feed.onPeopleChange(() => void checkAll());

  function send(stream: Open, bytes: Uint8Array): void {
    if ((stream.controller.desiredSize ?? 0) < -BACKLOG_LIMIT) end(stream);
    else stream.controller.enqueue(bytes);
  }

  function end(stream: Open): void {
    if (!forget(stream)) return;
    stream.controller.close();
  }

  function forget(stream: Open): boolean {
    const known = streams.delete(stream);
    if (streams.size === 0) {
      clearInterval(beat);
      clearInterval(check);
      beat = undefined;
    }
    return known;
  }

  function remember(stream: Open): void {
    streams.add(stream);
    if (beat) return;
    beat = setInterval(() => {
      for (const each of streams) send(each, BEAT);
    }, BEAT_MS);
    check = setInterval(() => void checkAll(), CHECK_MS);
  }

  async function checkAll(): Promise<void> {
    const byCredential = Map.groupBy(streams, ({ listener }) => listener.credential);
    for (const group of byCredential.values()) {
      // A database that does not answer says nothing about the session: the next check asks again.
      const grants = await group[0]?.listener.recheck().catch(() => undefined);
      if (grants === undefined) continue;
      for (const stream of group) {
        if (grants === null || !permits(grants, 'read').allowed) end(stream);
        else stream.grants = grants;
      }
    }
  }

  async function replay(stream: Open, lastId: string): Promise<void> {
    try {
      const missed = await feed.after(lastId, REPLAY_LIMIT);
      if (!streams.has(stream)) return;
      if (missed.length === REPLAY_LIMIT) send(stream, RESET);
      else for (const change of missed) if (maySee(stream.grants, change)) send(stream, encode(change));
      const upTo = BigInt(missed.at(-1)?.id ?? lastId);
      const early = stream.early ?? [];
      stream.early = null;
      for (const change of early) if (BigInt(change.id) > upTo) send(stream, encode(change));
    } catch {
      end(stream); // the database does not answer: the browser comes back with the same id
    }
  }

  return {
    open(listener, lastId) {
      if (closed)
        throw new UnavailableError('Not listening: Meridian is stopping. Try again in a few seconds.');
      const own = [...streams].filter((stream) => stream.listener.personId === listener.personId).length;
      if (own >= PERSON_LIMIT)
        throw new ThrottledError(
          `Not listening: ${PERSON_LIMIT} event streams of yours are open. Close some first.`,
          10,
        );
      let opened: Open | undefined;
      return new ReadableStream<Uint8Array>({
        start(controller) {
          opened = { listener, grants: listener.grants, controller, early: lastId === null ? null : [] };
          remember(opened);
          send(opened, OPENING);
          if (lastId !== null) void replay(opened, lastId);
        },
        cancel() {
          if (opened) forget(opened);
        },
      });
    },
    get size() {
      return streams.size;
    },
    close() {
      closed = true;
      for (const stream of streams) end(stream);
    },
  };
}

/** Reading is needed for the stream itself; what the audit log gained is told to who may read it. */
function maySee(grants: readonly Grant[], change: Change): boolean {
  return change.topic !== 'audit' || permits(grants, 'audit.read').allowed;
}

// Every stream gets the same bytes: encoded once.
const encoded = new WeakMap<Change, Uint8Array>();

function encode(change: Change): Uint8Array {
  let bytes = encoded.get(change);
  if (!bytes) {
    bytes = encoder.encode(`id: ${change.id}\nevent: change\ndata: ${JSON.stringify(change)}\n\n`);
    encoded.set(change, bytes);
  }
  return bytes;
}
