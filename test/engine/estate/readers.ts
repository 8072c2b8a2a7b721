import type { Estate } from '#lib/domain/estate/estate.ts';
import { weightedSetName } from '#lib/domain/traffic/weights.ts';
import type { TrafficMeasurement, WeightedRecord } from '#lib/ports/aws.ts';

interface Read {
  atMs: number;
  region: string;
  requests: number;
  errors: number;
  p95Ms: number;
}

/** What a change of records takes to be in sync, ms. */
const SYNC_MS = 300;
const KEPT_MS = 5 * 60_000;
/** Users were there before the estate was looked at. */
const PAST_SECONDS = 120;
/** All of the estate's load, requests a second: 40 % of its peak, as the lab has it. */
const REQUESTS_PER_SECOND = 20;

export interface ReadersOptions {
  estate: Estate;
  now(): number;
  /** What the health check of a Region's records says, its switches with it. */
  isServing(region: string): boolean;
  /** How pages are answered there at this moment. */
  service(region: string): { errorShare: number; p95Ms: number };
}

/** Weighted records, what they answer, and the pages that are asked for accordingly. */
export class Readers {
  readonly records: WeightedRecord[];
  readonly #options: ReadersOptions;
  #reads: Read[] = [];
  #changes: number[] = [];

  constructor(options: ReadersOptions) {
    this.#options = options;
    const { estate } = options;
    this.records = estate.geographies.flatMap(({ key, homeRegion }) =>
      estate.regions.map(({ code, loadBalancer, healthCheckId }): WeightedRecord => {
        const alias = {
          hostedZoneId: loadBalancer.hostedZoneId,
          dnsName: loadBalancer.dnsName,
          evaluateTargetHealth: true,
        };
        const name = weightedSetName(estate.dns, key);
        const weight = code === homeRegion ? 200 : 0;
        return { name, type: 'A', setIdentifier: code, weight, alias, healthCheckId };
      }),
    );
    for (let ago = PAST_SECONDS; ago > 0; ago -= 1) this.#ask(1, options.now() - ago * 1_000);
  }

  change(records: readonly WeightedRecord[]): { changeId: string; status: string } {
    for (const changed of records) {
      const at = this.records.findIndex(
        ({ name, setIdentifier }) => name === changed.name && setIdentifier === changed.setIdentifier,
      );
      this.records[at] = changed;
    }
    this.#changes.push(this.#options.now());
    return { changeId: `C${this.#changes.length}`, status: 'PENDING' };
  }

  changeStatus(changeId: string): 'PENDING' | 'INSYNC' {
    const atMs = this.#changes[Number(changeId.slice(1)) - 1] ?? 0;
    return this.#options.now() - atMs < SYNC_MS ? 'PENDING' : 'INSYNC';
  }

  /** Part of the answers by Region, 0–1: healthy records by weight, those without weight where no other is healthy. */
  answers(geography: string): Map<string, number> {
    const { estate, isServing } = this.#options;
    const set = this.records.filter(({ name }) => name === weightedSetName(estate.dns, geography));
    const healthy = set.filter(({ setIdentifier }) => isServing(setIdentifier));
    const candidates = healthy.length > 0 ? healthy : set;
    const total = candidates.reduce((sum, { weight }) => sum + weight, 0);
    return new Map(
      candidates.map(({ setIdentifier, weight }) => [
        setIdentifier,
        total > 0 ? weight / total : 1 / candidates.length,
      ]),
    );
  }

  ask(geography: string, questions: number): Record<string, number> {
    const counts = [...this.answers(geography)].map(
      ([region, part]) => [region, Math.ceil(part * questions)] as const,
    );
    return Object.fromEntries(counts.filter(([, count]) => count > 0));
  }

  /** The pages that users ask for in so many seconds. */
  tick(seconds: number): void {
    const atMs = this.#options.now();
    this.#ask(seconds, atMs);
    this.#reads = this.#reads.filter((read) => read.atMs > atMs - KEPT_MS);
  }

  measure(region: string, { fromMs, toMs }: { fromMs: number; toMs: number }): TrafficMeasurement {
    const within = this.#reads.filter(
      (read) => read.region === region && read.atMs >= fromMs && read.atMs < toMs,
    );
    const requests = Math.round(total(within, ({ requests: count }) => count));
    const errors = Math.round(total(within, ({ errors: count }) => count));
    const weighted = total(within, (read) => read.requests * read.p95Ms);
    const asked = total(within, ({ requests: count }) => count);
    const reads = { requests, errors, p95Ms: requests > 0 ? weighted / asked : null };
    return { region, reads, writes: { requests: 0, errors: 0, p95Ms: null }, error: null };
  }

  #ask(seconds: number, atMs: number): void {
    for (const { key, plannedShare } of this.#options.estate.geographies) {
      for (const [region, part] of this.answers(key)) {
        const requests = REQUESTS_PER_SECOND * seconds * plannedShare * part;
        const { errorShare, p95Ms } = this.#options.service(region);
        if (requests > 0) this.#reads.push({ atMs, region, requests, errors: requests * errorShare, p95Ms });
      }
    }
  }
}

function total(reads: readonly Read[], of: (read: Read) => number): number {
  return reads.reduce((sum, read) => sum + of(read), 0);
}
