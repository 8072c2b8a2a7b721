import 'server-only';
import { env } from '../env.ts';

/** `MERIDIAN_URL`, or null where none is set. */
export function publicAddress(): URL | null {
  const text = env().MERIDIAN_URL;
  return text === undefined ? null : new URL(text);
}

/** Whether the console is reached over https: cookies are then Secure and bound to this host alone. */
export function isHttps(): boolean {
  return publicAddress()?.protocol === 'https:';
}

/**
 * Where a request for that Host belongs, or null when it is right here. A console whose address is this machine's own
 * is also served under other names of the machine (HOST=0.0.0.0 without MERIDIAN_URL): they cannot be told apart.
 */
export function properAddress(host: string | null, address = publicAddress()): URL | null {
  if (address === null || host === null) return null;
  const asked = `${address.protocol}//${host}`;
  if (!URL.canParse(asked)) return address;
  const { host: askedHost, hostname } = new URL(asked);
  if (askedHost === address.host) return null;
  return isLoopback(address.hostname) && !isLoopback(hostname) ? null : address;
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
