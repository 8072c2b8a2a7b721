import { randomBytes } from 'node:crypto';
import { type NextRequest, NextResponse } from 'next/server';
import { env } from '#lib/env.ts';
import { unfitBody } from '#lib/web/action-body.ts';
import { properAddress } from '#lib/web/public-address.ts';

/**
 * Content-Security-Policy with a fresh nonce per request. Next reads the nonce from the request's header and
 * stamps its own scripts and styles. `style-src-attr` stays open because widths and map positions are inline
 * style attributes; style elements still need the nonce. Forms may lead to the identity provider: without scripts,
 * "Continue with single sign-on" is a form that is redirected there.
 */
function contentSecurityPolicy(nonce: string, development: boolean): string {
  const script = `'self' 'nonce-${nonce}' 'strict-dynamic'${development ? " 'unsafe-eval'" : ''}`;
  const { OIDC_ISSUER } = env();
  return [
    "default-src 'self'",
    `script-src ${script}`,
    `style-src 'self' 'nonce-${nonce}'`,
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "worker-src 'self'",
    "object-src 'none'",
    "base-uri 'self'",
    `form-action 'self'${OIDC_ISSUER ? ` ${new URL(OIDC_ISSUER).origin}` : ''}`,
    "frame-ancestors 'none'",
  ].join('; ');
}

/**
 * Sends other Hosts to the console's own, refuses what no page of it sends, and sets the policy. Who may see or do what is never
 * decided here.
 */
export async function proxy(request: NextRequest): Promise<NextResponse> {
  if (!isReadable(request.nextUrl.pathname))
    return new NextResponse('That address cannot be read.\n', { status: 400 });
  const elsewhere = properAddress(request.headers.get('x-forwarded-host') ?? request.headers.get('host'));
  if (elsewhere) return sendTo(elsewhere, request);
  if (mayBeAction(request) && !comesFromHere(request))
    return new NextResponse('This console takes changes from its own pages alone.\n', { status: 403 });
  const unfit = request.method === 'POST' ? await unfitBody(request.clone()) : null;
  if (unfit) return new NextResponse(`${unfit.message}\n`, { status: unfit.status });
  const nonce = randomBytes(16).toString('base64');
  const policy = contentSecurityPolicy(nonce, process.env.NODE_ENV === 'development');
  const headers = new Headers(request.headers);
  headers.set('x-nonce', nonce);
  headers.set('x-meridian-address', `${request.nextUrl.pathname}${request.nextUrl.search}`);
  headers.set('content-security-policy', policy);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set('content-security-policy', policy);
  return response;
}

/** A browser without scripts sends an action as a plain form. */
function mayBeAction(request: NextRequest): boolean {
  const type = request.headers.get('content-type') ?? '';
  return request.headers.has('next-action') || /^multipart\/form-data/i.test(type);
}

/** Next refuses a foreign page's action too, but as a failure of its own; without an Origin it would even run it. */
function comesFromHere(request: NextRequest): boolean {
  const host = request.headers.get('x-forwarded-host') ?? request.headers.get('host');
  const origin = request.headers.get('origin');
  return origin !== null && URL.canParse(origin) && new URL(origin).host === host;
}

/** Next answers 500 to a path whose percent signs mean nothing. */
function isReadable(pathname: string): boolean {
  try {
    decodeURIComponent(pathname);
    return true;
  } catch {
    return false;
  }
}

function sendTo(address: URL, request: NextRequest): NextResponse {
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return new NextResponse(`This console is at ${address.origin}.\n`, { status: 421 });
  // Set piece by piece: a path such as //example.com would otherwise be read as another host.
  const target = new URL(address);
  target.pathname = request.nextUrl.pathname;
  target.search = request.nextUrl.search;
  return NextResponse.redirect(target, 307);
}

// Machine callers and health probes may use any name of this machine: without a session's cookie a name gives nothing.
export const config = {
  matcher: ['/((?!api/|_next/static|_next/image|world.svg|icon.svg).*)', '/api/auth/:path*'],
};
