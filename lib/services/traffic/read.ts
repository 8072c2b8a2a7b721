import { toRecordWeights } from '#lib/domain/traffic/weights.ts';
import type { VerbContext } from '../context.ts';
import { isFresh, readEstateState } from '../regions/state.ts';

export interface RegionTraffic {
  region: string;
  /** Shares of all requests, 0–1. Null: the records or a Region's metrics are not known. */
  plannedShare: number;
  configuredShare: number | null;
  measuredShare: number | null;
  /** Measured minus configured, in points. */
  differencePoints: number | null;
  requestsPerSecond: number | null;
  /** 0–1; null with no requests. */
  errorRate: number | null;
  p95Ms: number | null;
  measuredAt: string | null;
  error: string | null;
}

export interface GeographyTraffic {
  geography: string;
  name: string;
  /** Share of all users that the estate plans for, 0–1: no metric of AWS tells where a request's user sits. */
  plannedShare: number;
  homeRegion: string;
  residency: string | null;
  /** Percent of this geography by Region, from the live weights; null while they are unknown. */
  weights: Record<string, number> | null;
  /** The live record weights themselves, 0–255. */
  recordWeights: Record<string, number> | null;
}

export interface TrafficReading {
  environment: string;
  regions: RegionTraffic[];
  geographies: GeographyTraffic[];
  requestsPerSecond: number;
  /** Regions whose metrics are stale: while there is one, no share is measured. */
  uncounted: string[];
  /** How far measured may be from configured before a shift's verdict is no. */
  tolerancePoints: number;
  records: { observedAt: string | null; error: string | null; zoneId: string };
}

/** Configured traffic beside measured, by Region; and the weights of each geography. From stored observations alone. */
export async function readTraffic(context: VerbContext, environment: string): Promise<TrafficReading> {
  const { estate, now } = context;
  const state = await readEstateState(context, environment);
  const records = state.records.value;
  return {
    environment: state.environment.name,
    regions: state.regions.map(({ region, traffic, configuredShare, measuredShare }) => {
      const fresh = isFresh(traffic.observedAt, now, state.staleAfterSeconds);
      return {
        region: region.code,
        plannedShare: region.plan.trafficShare,
        configuredShare,
        measuredShare,
        differencePoints:
          configuredShare !== null && measuredShare !== null ? (measuredShare - configuredShare) * 100 : null,
        requestsPerSecond: fresh ? (traffic.value?.requestsPerSecond ?? null) : null,
        errorRate: fresh ? (traffic.value?.errorRate ?? null) : null,
        p95Ms: fresh ? (traffic.value?.p95Ms ?? null) : null,
        measuredAt: traffic.observedAt,
        error: traffic.error,
      };
    }),
    geographies: estate.geographies.map(({ key, name, plannedShare, homeRegion, residency }) => {
      const weights = records?.weights[key] ?? null;
      return {
        geography: key,
        name,
        plannedShare,
        homeRegion,
        residency: residency ?? null,
        weights,
        recordWeights: records?.recordWeights[key] ?? (weights ? toRecordWeights(weights) : null),
      };
    }),
    requestsPerSecond: state.requestsPerSecond,
    uncounted: state.uncounted,
    tolerancePoints: estate.traffic.verifyPoints,
    records: {
      observedAt: state.records.observedAt,
      error: state.records.error,
      zoneId: estate.dns.zoneId,
    },
  };
}
