import type { Resolver } from 'node:dns/promises';
import type { Estate, Geography } from '#lib/domain/estate/estate.ts';
import { weightedSetName } from '#lib/domain/traffic/weights.ts';
import { askRepeatedly } from './ask.ts';
import type { Question } from './query.ts';
import { addressesOf, createResolver, type NameServer, nameServersOf, parseNameServer } from './servers.ts';

/** An answer that leads to none of the estate's load balancers, or nowhere at all. */
const ELSEWHERE = 'elsewhere';

/** One asking of name servers, for whoever keeps it on record. */
export interface Asked {
  servers: readonly NameServer[];
  question: Question;
}

export interface AnswerCounter {
  /** The name servers' answers to resolvers in that geography, so many of them, counted by Region. */
  count(geography: string, questions: number): Promise<Record<string, number>>;
}

/**
 * DNS as users' resolvers see it. `addresses` are asked about the zone and the load balancers alike; without them the system's
 * resolvers lead to the zone's own name servers, where no cache answers instead. Where the load balancers are is learned once.
 */
export async function createAnswerCounter(given: {
  estate: Estate;
  addresses: readonly string[];
  abortSignal: AbortSignal;
  /** Around each asking. */
  around?: (asked: Asked, ask: () => Promise<string[][]>) => Promise<string[][]>;
}): Promise<AnswerCounter> {
  const { estate, abortSignal, around = (_, ask) => ask() } = given;
  const named = given.addresses.map(parseNameServer);
  const resolver = createResolver(named);
  const [servers, regionOf] = await Promise.all([
    named.length > 0 ? named : nameServersOf(estate.dns.zoneName, resolver),
    balancerRegions(estate, resolver),
  ]);
  return {
    async count(key, times) {
      const question = questionFrom(estate, key);
      const answers = await around({ servers, question }, () =>
        askRepeatedly({ servers, question, times, abortSignal }),
      );
      const counts: Record<string, number> = {};
      for (const addresses of answers) {
        const region = regionOf(addresses);
        counts[region] = (counts[region] ?? 0) + 1;
      }
      return counts;
    },
  };
}

/** The origin as a resolver there asks for it; its weighted set itself where the estate knows no network of its users. */
function questionFrom(estate: Estate, key: string): Question {
  const { probeSubnet } = geographyOf(estate, key);
  const { originName } = estate.dns;
  return probeSubnet
    ? { name: originName, subnet: probeSubnet }
    : { name: weightedSetName(estate.dns, key), subnet: null };
}

function geographyOf(estate: Estate, key: string): Geography {
  const geography = estate.geographies.find((one) => one.key === key);
  if (geography) return geography;
  throw new Error(`Geography ${key} is not in the estate any more. Import the estate that has it.`);
}

/** Which Region an answer leads to, by the addresses that the load balancers' names have now. */
async function balancerRegions(
  estate: Estate,
  resolver: Resolver,
): Promise<(addresses: readonly string[]) => string> {
  const known = await Promise.all(
    estate.regions.map(async ({ code, loadBalancer }) => ({
      code,
      addresses: await addressesOf(loadBalancer.dnsName, resolver),
    })),
  );
  return (answered) =>
    known.find(({ addresses }) => answered.some((address) => addresses.includes(address)))?.code ?? ELSEWHERE;
}
