import 'server-only';
import { createHash } from 'node:crypto';
import { env } from '../env.ts';
import { isHttps } from './public-address.ts';

/** Name of the session cookie; on https with the prefix that binds it to this very host. */
export function sessionCookieName(): string {
  return isHttps() ? '__Host-meridian.session' : 'meridian.session';
}

/** The key of the encrypted cookie. */
export function sessionSecret(): string {
  const secret = env().MERIDIAN_SECRET;
  if (!secret)
    throw new Error(
      'MERIDIAN_SECRET is not set. npm start makes one; set it yourself with an external database.',
    );
  return createHash('sha256').update(`session cookie ${secret}`).digest('hex');
}
