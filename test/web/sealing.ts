import { createHash } from 'node:crypto';

/** The key that the console under test derives from its MERIDIAN_SECRET. */
export function sealingSecret(secret = 'a secret for tests alone, long enough'): string {
  return createHash('sha256').update(`session cookie ${secret}`).digest('hex');
}
