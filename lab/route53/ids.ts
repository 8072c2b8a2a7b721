import type { Random } from '#lab/kernel/random.ts';
import { hexId } from '#lab/kernel/random.ts';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** `Z` (zone) or `C` (change) and 20 capitals and digits. */
export function resourceId(prefix: 'Z' | 'C', random: Random): string {
  const rest = Array.from({ length: 20 }, () => ALPHABET[Math.floor(random() * ALPHABET.length)]);
  return `${prefix}${rest.join('')}`;
}

/** Health check ids look like a version 4 UUID. */
export function healthCheckId(random: Random): string {
  return [
    hexId(random, 8),
    hexId(random, 4),
    `4${hexId(random, 3)}`,
    `a${hexId(random, 3)}`,
    hexId(random, 12),
  ].join('-');
}

/** `/hostedzone/Z1`, `hostedzone/Z1` and `Z1` are the same; likewise `/change/C1`. */
export function bareId(id: string | undefined): string {
  return (id ?? '').slice((id ?? '').lastIndexOf('/') + 1);
}
