import { readReadiness } from '#lib/services/readiness/readiness.ts';
import { webRuntime } from '#lib/web/runtime.ts';

/** 200 only when migrated, a worker is alive and observations are fresh; the body says which part is not. */
export async function GET(): Promise<Response> {
  const parts = await webRuntime()
    .then(async ({ database, estate }) => readReadiness(database, await estate()))
    .catch(() => [
      { part: 'database', ready: false, message: 'The database does not answer, or was not migrated.' },
    ]);
  const ready = parts.every((part) => part.ready);
  return Response.json(
    { status: ready ? 'ready' : 'not-ready', parts },
    { status: ready ? 200 : 503, headers: { 'cache-control': 'no-store' } },
  );
}
