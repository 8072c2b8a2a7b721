import 'server-only';
import { toFailure } from './define-action.ts';
import { originOf } from './origin.ts';

const TITLES: Record<string, string> = {
  validation: 'The input does not fit',
  'not-signed-in': 'Not signed in',
  forbidden: 'Not allowed',
  'not-found': 'Not found',
  conflict: 'It has changed meanwhile',
  refused: 'Refused by a rule',
  throttled: 'Too many tries',
  unavailable: 'Not available now',
  internal: 'A failure of Meridian’s own',
};

const STATUS: Record<string, number> = {
  validation: 422,
  'not-signed-in': 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  refused: 409,
  throttled: 429,
  unavailable: 503,
  internal: 500,
};

/** Any failure as problem+json (RFC 9457); never a stack, never a raw error. */
export function problem(error: unknown, request: Request): Response {
  const { requestId } = originOf(request.headers);
  const failure = toFailure(error, requestId, `${request.method} ${new URL(request.url).pathname}`);
  const status = STATUS[failure.code] ?? 500;
  const headers = new Headers({ 'content-type': 'application/problem+json', 'cache-control': 'no-store' });
  if (failure.retryAfterSeconds !== undefined) headers.set('retry-after', String(failure.retryAfterSeconds));
  if (status === 401) headers.set('www-authenticate', 'Bearer');
  return new Response(
    JSON.stringify({
      type: `urn:meridian:problem:${failure.rule ?? failure.code}`,
      title: TITLES[failure.code] ?? 'Failed',
      status,
      code: failure.code,
      detail: failure.message,
      requestId,
      ...(failure.rule ? { rule: failure.rule } : {}),
      ...(failure.fields ? { fields: failure.fields } : {}),
    }),
    { status, headers },
  );
}
