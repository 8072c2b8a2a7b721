import { getServers, Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import { UnansweredError } from '../../ports/aws.ts';

export interface NameServer {
  host: string;
  port: number;
}

const DNS_PORT = 53;
const TRY_MS = 1_000;
const TRIES = 2;
/** What c-ares calls an answer that says: there is no such name, or no address. */
const NO_ADDRESS = ['ENOTFOUND', 'ENODATA'];

/** A server as Node's resolver takes it: `192.0.2.53`, `192.0.2.53:5353`, `[2001:db8::53]:5353`. */
export function parseNameServer(text: string): NameServer {
  if (isIP(text)) return { host: text, port: DNS_PORT };
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^\]:]+)):(\d+)$/.exec(text) ?? [];
  const host = bracketed ?? plain ?? '';
  if (isIP(host)) return { host, port: Number(digits) };
  throw new Error(`"${text}" is not the address of a name server. Write 192.0.2.53 or 192.0.2.53:5353.`);
}

export function describeServers(servers: readonly NameServer[]): string {
  return servers.map(({ host, port }) => `${isIP(host) === 6 ? `[${host}]` : host}:${port}`).join(',');
}

/** A resolver that asks these servers, or the system's where there are none. */
export function createResolver(servers: readonly NameServer[], tryMs = TRY_MS): Resolver {
  const resolver = new Resolver({ timeout: tryMs, tries: TRIES });
  resolver.setServers(servers.length > 0 ? describeServers(servers).split(',') : getServers());
  return resolver;
}

/** The zone's own name servers: those that every resolver in the world is led to. */
export async function nameServersOf(zone: string, resolver: Resolver): Promise<NameServer[]> {
  const names = await resolver.resolveNs(zone);
  const addresses = await Promise.all(names.map((name) => addressesOf(name, resolver)));
  const servers = addresses.flat().map((host) => ({ host, port: DNS_PORT }));
  if (servers.length > 0) return servers;
  throw new UnansweredError(`None of the name servers of ${zone} has an address (${names.join(', ')})`);
}

/** Its IPv4 addresses; none where the name has none. Rejects where nobody could say. */
export async function addressesOf(name: string, resolver: Resolver): Promise<string[]> {
  try {
    return await resolver.resolve4(name);
  } catch (error) {
    if (error instanceof Error && 'code' in error && NO_ADDRESS.includes(String(error.code))) return [];
    throw new UnansweredError(`The address of ${name} could not be learned: ${String(error)}`, {
      cause: error,
    });
  }
}
