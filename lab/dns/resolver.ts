import type { NameRegistry, NameTarget } from '#lab/kernel/names.ts';
import type { Random } from '#lab/kernel/random.ts';
import { canonicalName, isWithin } from '#lab/route53/dns-name.ts';
import type { Alias, RecordSet, RecordType } from '#lab/route53/record-set.ts';
import type { Location } from './geo.ts';
import { chooseRecords, type RoutingQuestion } from './routing.ts';
import type { ZoneData } from './zone-data.ts';

export type ResponseCode = 'NOERROR' | 'NXDOMAIN' | 'REFUSED' | 'SERVFAIL';

/** One resource record in presentation form, as zone files and Route 53 write it. */
export interface ResolvedRecord {
  name: string;
  type: RecordType;
  /** Seconds. */
  ttl: number;
  value: string;
}

export interface Resolution {
  code: ResponseCode;
  answers: ResolvedRecord[];
  /** The zone's SOA, for an answer without records. */
  authority: ResolvedRecord[];
  /** Absent: no zone of ours covers the name. */
  zoneId: string | undefined;
  /** Whether another place could have got another answer: what a client-subnet scope tells the resolver. */
  dependsOnPlace: boolean;
}

export interface ResolverOptions {
  /** Published public zones; the longest match answers. */
  zones(): readonly ZoneData[];
  isHealthy(healthCheckId: string): boolean;
  names: NameRegistry;
  random: Random;
  /** TTL of an alias to a load balancer, seconds. */
  loadBalancerTtl: number;
  /** Kilometres between the location (unknown: the network's default) and an AWS Region. */
  distance(location: Location | undefined, region: string): number;
}

export interface Resolver {
  /** `type` may be any DNS type's name; one that the lab does not serve has no data. */
  resolve(name: string, type: string, location: Location | undefined): Resolution;
}

const MAX_CHAIN = 8;

/** Answers from the published zones by Route 53's routing and health rules. */
export function createResolver(options: ResolverOptions): Resolver {
  return {
    resolve(text, type, location) {
      const name = canonicalName(text);
      const zone = name === undefined ? undefined : zoneFor(options.zones(), name);
      if (!zone || name === undefined) {
        const owned = name === undefined ? undefined : options.names.find(loadBalancerName(name));
        if (owned) return ofAws(owned, { name: text, type, ttl: options.loadBalancerTtl });
        return { code: 'REFUSED', answers: [], authority: [], zoneId: undefined, dependsOnPlace: false };
      }
      return new Lookup(options, zone, location).run(name, text, type);
    },
  };
}

function zoneFor(zones: readonly ZoneData[], name: string): ZoneData | undefined {
  return zones
    .filter((zone) => isWithin(name, zone.name))
    .reduce<ZoneData | undefined>(
      (best, zone) => (best && best.name.length >= zone.name.length ? best : zone),
      undefined,
    );
}

/** A name of AWS' own, for whom the lab's server is the resolver as well: a load balancer, a bucket's host. */
function ofAws(
  owned: NameTarget,
  { name, type, ttl }: { name: string; type: string; ttl: number },
): Resolution {
  const answers: ResolvedRecord[] =
    type === 'A' ? owned.addresses().map((value) => ({ name, type, ttl, value })) : [];
  return { code: 'NOERROR', answers, authority: [], zoneId: undefined, dependsOnPlace: false };
}

/** One query's walk through one zone: aliases, CNAMEs, health. */
class Lookup {
  private readonly options: ResolverOptions;
  private readonly zone: ZoneData;
  private readonly question: RoutingQuestion;
  private dependsOnPlace = false;

  constructor(options: ResolverOptions, zone: ZoneData, location: Location | undefined) {
    this.options = options;
    this.zone = zone;
    this.question = {
      location,
      random: options.random,
      isHealthy: (record) => this.isHealthy(record, MAX_CHAIN),
      distanceTo: (region) => options.distance(location, region),
    };
  }

  /** `askedName` is echoed in the question's own spelling. */
  run(name: string, askedName: string, type: string): Resolution {
    const answers: ResolvedRecord[] = [];
    let current = name;
    let shownName = askedName;
    for (let step = 0; step < MAX_CHAIN; step++) {
      const owner = this.zone.owner(current);
      if (owner === undefined) return this.finish('NXDOMAIN', answers);
      const direct = this.records(owner, typeToServe(this.zone, owner, type), shownName);
      if (direct.length > 0) return this.finish('NOERROR', [...answers, ...direct]);
      const [cname] = type === 'CNAME' ? [] : this.records(owner, 'CNAME', shownName);
      if (!cname) return this.finish('NOERROR', answers);
      answers.push(cname);
      const target = canonicalName(cname.value);
      if (target === undefined || !isWithin(target, this.zone.name)) return this.finish('NOERROR', answers);
      current = target;
      shownName = cname.value;
    }
    return this.finish('SERVFAIL', []);
  }

  private finish(code: ResponseCode, answers: ResolvedRecord[]): Resolution {
    const authority = answers.length === 0 && code !== 'SERVFAIL' ? this.soa() : [];
    return { code, answers, authority, zoneId: this.zone.id, dependsOnPlace: this.dependsOnPlace };
  }

  private soa(): ResolvedRecord[] {
    return this.records(this.zone.name, 'SOA', this.zone.name);
  }

  private records(
    owner: string,
    type: RecordType | undefined,
    shownName: string,
    depth = MAX_CHAIN,
  ): ResolvedRecord[] {
    if (type === undefined || depth === 0) return [];
    const group = this.zone.records(owner, type);
    if (group.some(routesByPlace)) this.dependsOnPlace = true;
    return chooseRecords(group, this.question).flatMap((record) => {
      if (record.data.kind === 'alias') return this.follow(record.data.alias, type, shownName, depth);
      const { ttl, values } = record.data;
      return values.map((value) => ({ name: shownName, type, ttl, value }));
    });
  }

  /** An alias answers with its target's records under the alias's own name. */
  private follow(alias: Alias, type: RecordType, shownName: string, depth: number): ResolvedRecord[] {
    if (isWithin(alias.dnsName, this.zone.name)) {
      const owner = this.zone.owner(alias.dnsName);
      return owner === undefined ? [] : this.records(owner, type, shownName, depth - 1);
    }
    if (type !== 'A') return [];
    const addresses = this.options.names.find(loadBalancerName(alias.dnsName))?.addresses() ?? [];
    return addresses.map((value) => ({ name: shownName, type, ttl: this.options.loadBalancerTtl, value }));
  }

  /** Its own health check and, where it evaluates its target's health, that target. Neither: always healthy. */
  private isHealthy(record: RecordSet, depth: number): boolean {
    if (record.healthCheckId !== undefined && !this.options.isHealthy(record.healthCheckId)) return false;
    if (record.data.kind !== 'alias' || !record.data.alias.evaluateTargetHealth) return true;
    return this.isTargetHealthy(record.data.alias, record.type, depth);
  }

  /** A group of records is healthy while one of them is. */
  private isTargetHealthy(alias: Alias, type: RecordType, depth: number): boolean {
    if (!isWithin(alias.dnsName, this.zone.name)) {
      return this.options.names.find(loadBalancerName(alias.dnsName))?.healthy() ?? false;
    }
    const owner = this.zone.owner(alias.dnsName);
    const group = owner === undefined ? [] : this.zone.records(owner, type);
    return depth > 0 && group.some((record) => this.isHealthy(record, depth - 1));
  }
}

function routesByPlace(record: RecordSet): boolean {
  return record.routing.policy === 'geolocation' || record.routing.policy === 'latency';
}

/** ANY is answered with one of the types that exist (RFC 8482, section 4.1). */
function typeToServe(zone: ZoneData, owner: string, type: string): RecordType | undefined {
  const types = zone.types(owner);
  return type === 'ANY' ? types[0] : types.find((existing) => existing === type);
}

/** The console writes `dualstack.` before a load balancer's name; both are the same load balancer. */
function loadBalancerName(dnsName: string): string {
  return dnsName.replace(/^dualstack\./, '');
}
