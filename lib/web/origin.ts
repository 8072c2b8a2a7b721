import 'server-only';
import { randomUUID } from 'node:crypto';
import { headers } from 'next/headers';
import { env } from '../env.ts';

export interface RequestOrigin {
  address: string;
  userAgent: string;
  requestId: string;
}

/** Where this request comes from. Forwarded addresses count only when the proxy that added them is trusted. */
export async function requestOrigin(): Promise<RequestOrigin> {
  return originOf(await headers());
}

export function originOf(incoming: Pick<Headers, 'get'>): RequestOrigin {
  const forwarded = (incoming.get('x-forwarded-for') ?? '')
    .split(',')
    .map((hop) => hop.trim())
    .filter(Boolean);
  const trusted = env()
    .MERIDIAN_TRUSTED_PROXIES.split(',')
    .map((hop) => hop.trim())
    .filter(Boolean);
  const untrusted = forwarded.toReversed().find((hop) => !trusted.includes(hop));
  return {
    address: trusted.length > 0 && untrusted ? untrusted : (forwarded.at(-1) ?? 'local'),
    userAgent: incoming.get('user-agent') ?? '',
    requestId: randomUUID(),
  };
}
