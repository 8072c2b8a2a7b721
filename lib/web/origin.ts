import 'server-only';
import { randomUUID } from 'node:crypto';
import { headers } from 'next/headers';
import { publicAddress } from './public-address.ts';

export interface RequestOrigin {
  address: string;
  userAgent: string;
  requestId: string;
}

/** Where this request comes from. */
export async function requestOrigin(): Promise<RequestOrigin> {
  return originOf(await headers());
}

/** As forwarding.ts left it: one address, that nobody untrusted could choose. */
export function originOf(incoming: Pick<Headers, 'get'>): RequestOrigin {
  return {
    address: incoming.get('x-forwarded-for') ?? 'local',
    userAgent: incoming.get('user-agent') ?? '',
    requestId: randomUUID(),
  };
}

/**
 * Whether a browser sent this from a page of this console. Only a browser can be tricked into sending somebody's cookie,
 * and a browser says where a request comes from: what says nothing is refused.
 */
export function isSameOrigin(incoming: Pick<Headers, 'get'>): boolean {
  const site = incoming.get('sec-fetch-site');
  if (site) return site === 'same-origin';
  const origin = incoming.get('origin');
  if (origin === null || !URL.canParse(origin)) return false;
  if (origin === publicAddress()?.origin) return true;
  return new URL(origin).host === (incoming.get('x-forwarded-host') ?? incoming.get('host'));
}
