import 'server-only';
import { MeridianError } from '../errors.ts';
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
  malformed: 'Not a request of this API',
  'method-not-allowed': 'Another method is needed',
  'too-large': 'The body is too large',
  'media-type': 'The body must be JSON',
  internal: 'A failure of Meridian’s own',
};

/** Any failure as problem+json (RFC 9457); never a stack, never a raw error. */
export function problem(
  error: unknown,
  request: Request,
  requestId = originOf(request.headers).requestId,
): Response {
  const failure = toFailure(error, requestId, `${request.method} ${new URL(request.url).pathname}`);
  const status = error instanceof MeridianError ? error.status : 500;
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
