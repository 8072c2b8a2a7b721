import type { Resolver } from 'node:dns/promises';
import type { Geography } from '#lib/domain/estate/estate.ts';
import type { RecoveryPort } from '../../ports/recovery.ts';
import { errorCode } from '../aws/observe-calls.ts';
import type { CallOptions, PortContext } from '../aws/port-context.ts';
import { askRepeatedly } from './ask.ts';
import type { Question } from './query.ts';
import {
  addressesOf,
  createResolver,
  describeServers,
  type NameServer,
  nameServersOf,
  parseNameServer,
} from './servers.ts';

/** An answer that leads to none of the estate's load balancers, or nowhere at all. */
export const ELSEWHERE = 'elsewhere';

/**
 * DNS as users' resolvers see it. `addresses` are asked about the zone and the load balancers alike; without them the system's
 * resolvers lead to the zone's own name servers, where no cache answers instead.
 */
export function dnsCalls(context: PortContext, addresses: readonly string[]): Pick<RecoveryPort, 'askDns'> {
  const given = addresses.map(parseNameServer);
  const { estate, record } = context;

  async function count(key: string, questions: number, options: CallOptions) {
    const geography = estate.geographies.find((one) => one.key === key);
    if (!geography)
      throw new Error(`Geography ${key} is not in the estate any more. Import the estate that has it.`);
    const resolver = createResolver(given);
    const [servers, regionOf] = await Promise.all([
      given.length > 0 ? given : nameServersOf(estate.dns.zoneName, resolver),
      balancerRegions(resolver),
    ]);
    const question = questionFrom(geography);
    const answers = await onRecord(servers, question, () =>
      askRepeatedly({ servers, question, times: questions, ...options }),
    );
    const counts: Record<string, number> = {};
    for (const addresses of answers) {
      const region = regionOf(addresses);
      counts[region] = (counts[region] ?? 0) + 1;
    }
    return counts;
  }

  /** The origin as a resolver there asks for it; its weighted set itself where the estate knows no network of its users. */
  function questionFrom({ key, probeSubnet }: Geography): Question {
    const { originName } = estate.dns;
    return probeSubnet
      ? { name: originName, subnet: probeSubnet }
      : { name: `${key}.${originName}`, subnet: null };
  }

  /** Which Region an answer leads to, by the addresses that the load balancers' names have now. */
  async function balancerRegions(resolver: Resolver): Promise<(addresses: readonly string[]) => string> {
    const known = await Promise.all(
      estate.regions.map(async ({ code, loadBalancer }) => ({
        code,
        addresses: await addressesOf(loadBalancer.dnsName, resolver),
      })),
    );
    return (answered) =>
      known.find(({ addresses }) => answered.some((address) => addresses.includes(address)))?.code ??
      ELSEWHERE;
  }

  async function onRecord(
    servers: readonly NameServer[],
    { name, subnet }: Question,
    ask: () => Promise<string[][]>,
  ): Promise<string[][]> {
    const startedAt = Date.now();
    const tell = (status: string) =>
      record({
        at: new Date(startedAt).toISOString(),
        service: 'dns',
        action: 'Query',
        region: 'global',
        host: describeServers(servers),
        status,
        requestId: null,
        durationMs: Date.now() - startedAt,
        mutating: false,
        summary: subnet ? `${name} from ${subnet}` : name,
      });
    try {
      const answers = await ask();
      tell('NOERROR');
      return answers;
    } catch (error) {
      tell(errorCode(error));
      throw error;
    }
  }

  return {
    askDns: (geography, questions) =>
      context.read(`DNS of ${geography}`, (options) => count(geography, questions, options)),
  };
}
