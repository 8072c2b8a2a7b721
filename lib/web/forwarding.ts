import 'server-only';
import { subscribe } from 'node:diagnostics_channel';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { env } from '../env.ts';

/** Node publishes here before any handler sees the request (nodejs.org/api/diagnostics_channel.html, HTTP). */
const REQUEST_START = 'http.server.request.start';

/**
 * From now on each request's `x-forwarded-for` is exactly one address: the nearest one that is no trusted proxy. What an
 * untrusted peer claims about its address, host or protocol is cut out, so nothing behind can believe it.
 */
export function guardForwarding(): void {
  const trusted = parseTrustedProxies(env().MERIDIAN_TRUSTED_PROXIES);
  subscribe(REQUEST_START, (message) => {
    const { request } = message as { request: IncomingMessage };
    settleForwarding(request.headers, request.socket.remoteAddress ?? '', trusted);
  });
}

/** Addresses and networks, separated by commas (`10.0.0.7, 10.1.0.0/16`). Throws a sentence naming what is neither. */
export function parseTrustedProxies(text: string): BlockList {
  const trusted = new BlockList();
  for (const entry of text.split(',').map((part) => part.trim())) {
    if (entry === '') continue;
    const [address = '', bits] = entry.split('/');
    const family = isIP(address);
    const width = family === 6 ? 128 : 32;
    if (family === 0 || (bits !== undefined && !(/^\d{1,3}$/.test(bits) && Number(bits) <= width))) {
      throw new Error(
        `MERIDIAN_TRUSTED_PROXIES has "${entry}"; each must be an address or a network such as 10.1.0.0/16.`,
      );
    }
    trusted.addSubnet(address, bits === undefined ? width : Number(bits), family === 6 ? 'ipv6' : 'ipv4');
  }
  return trusted;
}

/** Rewrites the forwarding headers in place: see `guardForwarding`. */
export function settleForwarding(headers: IncomingHttpHeaders, peer: string, trusted: BlockList): void {
  const nearest = plainAddress(peer);
  delete headers.forwarded;
  delete headers['x-real-ip'];
  if (!trusts(trusted, nearest)) {
    for (const name of ['x-forwarded-host', 'x-forwarded-proto', 'x-forwarded-port']) delete headers[name];
    headers['x-forwarded-for'] = nearest;
    return;
  }
  headers['x-forwarded-for'] = originator(String(headers['x-forwarded-for'] ?? ''), nearest, trusted);
}

/** Walks the chain from our side; a hop that is no address ends it, for nobody trusted wrote what stands before. */
function originator(chain: string, nearest: string, trusted: BlockList): string {
  let address = nearest;
  for (const hop of chain.split(',').toReversed().map(plainAddress)) {
    if (isIP(hop) === 0) return address;
    address = hop;
    if (!trusts(trusted, hop)) return address;
  }
  return address;
}

/** Without a port, without brackets, and IPv4 as IPv4 also where the socket speaks IPv6. */
function plainAddress(text: string): string {
  const bare = text
    .trim()
    .replace(/^\[(.*)\](:\d+)?$/, '$1')
    .replace(/^::ffff:(?=\d+\.)/i, '');
  return bare.replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1');
}

function trusts(trusted: BlockList, address: string): boolean {
  const family = isIP(address);
  return family !== 0 && trusted.check(address, family === 6 ? 'ipv6' : 'ipv4');
}
