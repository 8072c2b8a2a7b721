import type { Change } from '#lib/web/change-feed.ts';
import { problem } from '#lib/web/problem.ts';
import { webRuntime } from '#lib/web/runtime.ts';
import { apiContext, readSessionId, sessionStands } from '#lib/web/session.ts';

const BEAT_MS = 10_000;
const SESSION_CHECK_MS = 30_000;
/** A browser that was away longer than this many changes reads its page again instead. */
const REPLAY_LIMIT = 1_000;

/** Changes as they commit: ids only, for whoever may read. Comes back from `Last-Event-ID` without a gap. */
export async function GET(request: Request): Promise<Response> {
  try {
    const context = await apiContext(request);
    const { feed } = await webRuntime();
    const sessionId = context.actor.audit.kind === 'person' ? await readSessionId() : null;
    const asked = request.headers.get('last-event-id');
    const lastId = asked && /^\d{1,18}$/.test(asked) ? asked : null;
    const encoder = new TextEncoder();
    let stop: () => void = () => undefined;
    const body = new ReadableStream<Uint8Array>({
      async start(controller) {
        const send = (text: string) => {
          try {
            controller.enqueue(encoder.encode(text));
          } catch {
            stop(); // the browser has gone
          }
        };
        const tell = (change: Change) =>
          send(`id: ${change.id}\nevent: change\ndata: ${JSON.stringify(change)}\n\n`);
        send(`retry: 2000\nevent: beat\ndata: {}\n\n`);
        let replayed = lastId ?? '0';
        const early: Change[] = [];
        let live = lastId === null;
        const unsubscribe = feed.subscribe((change) => (live ? tell(change) : void early.push(change)));
        const beat = setInterval(() => send('event: beat\ndata: {}\n\n'), BEAT_MS);
        const check = setInterval(async () => {
          if (sessionId && !(await sessionStands(sessionId).catch(() => true))) stop();
        }, SESSION_CHECK_MS);
        stop = () => {
          unsubscribe();
          clearInterval(beat);
          clearInterval(check);
          stop = () => undefined;
          try {
            controller.close();
          } catch {
            return; // already closed by the browser
          }
        };
        request.signal.addEventListener('abort', () => stop());
        if (lastId !== null) {
          for (const change of await feed.after(lastId, REPLAY_LIMIT)) {
            tell(change);
            replayed = change.id;
          }
          for (const change of early) if (BigInt(change.id) > BigInt(replayed)) tell(change);
          live = true;
        }
      },
      cancel: () => stop(),
    });
    return new Response(body, {
      headers: {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-cache, no-transform',
        'x-accel-buffering': 'no',
      },
    });
  } catch (error) {
    return problem(error, request);
  }
}
