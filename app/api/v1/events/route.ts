import { assertPermitted } from '#lib/services/verb.ts';
import { problem } from '#lib/web/problem.ts';
import { auditedRead } from '#lib/web/refused-reads.ts';
import { webRuntime } from '#lib/web/runtime.ts';
import { apiCaller } from '#lib/web/session.ts';

/** Changes as they commit: ids only, for whoever may read. Comes back from `Last-Event-ID` without a gap. */
export async function GET(request: Request): Promise<Response> {
  try {
    const { context, credential, recheck } = await apiCaller(request);
    await auditedRead(context, 'GET /events', async () => assertPermitted(context, 'read', {}));
    const { streams } = await webRuntime();
    const asked = request.headers.get('last-event-id');
    const lastId = asked && /^\d{1,18}$/.test(asked) ? asked : null;
    const { personId, grants } = context.actor;
    const body = streams.open(
      {
        personId: personId ?? credential,
        credential,
        grants,
        recheck: async () => (await recheck())?.grants ?? null,
      },
      lastId,
    );
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
