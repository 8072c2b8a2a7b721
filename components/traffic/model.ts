import type { Route } from 'next';
import type { ChartModel } from '#components/charts/model.ts';
import type { RampPoint } from '#components/charts/ramp-chart.tsx';
import type { MapFlow, MapModel } from '#components/map/model.ts';
import type { ActionResult, Check, Permission, Reading, Section, Status } from '#components/ui/model.ts';

export interface SplitRow {
  region: string;
  href: Route;
  /** Fractions of all requests. */
  configured: number | null;
  measured: Reading;
  requests: Reading;
}

export interface GeographyRow {
  key: string;
  name: string;
  /** "us, ca, mx", "57 country records" */
  users: string;
  /** Fraction of all requests that the estate plans for: no AWS metric tells where users sit. */
  plannedShare: number;
  /** Configured fraction of the geography, one per Region of the split, in its order; null is unknown. */
  weights: readonly (number | null)[];
}

export interface HistoryRow {
  id: string;
  href: Route;
  what: string;
  status: Status;
  outcome: string;
  at: string;
  tookSeconds: number | null;
}

export interface TrafficModel {
  at: string;
  status: Status;
  /** "Measured traffic matches what is configured, within 0.3 points." */
  answer: string;
  detail: string;
  split: readonly SplitRow[];
  /** "240 visitors in 60 s" */
  sample: string;
  /** Null where one Region serves everything: there is no split to draw, nor any geography. */
  shareOverTime: Section<ChartModel> | null;
  rangeLabel: string;
  geographies: readonly GeographyRow[];
  /** When Route 53 was last read, ISO, and how old that may be. */
  records: { at: string | null; withinSeconds: number };
  history: Section<readonly HistoryRow[]>;
  /** May this person compose a shift? */
  compose: Permission;
  links: { compose: Route; audit: Route };
}

/* ---------- composer ---------- */

export interface ComposerGeography {
  key: string;
  name: string;
  /** Fraction of all requests. */
  share: number;
  /** Region → configured fraction of this geography. */
  weights: Readonly<Record<string, number>>;
}

export interface ComposerModel {
  environment: string;
  regions: readonly string[];
  geographies: readonly ComposerGeography[];
  /** Region → configured fraction of all requests. */
  shares: Readonly<Record<string, number>>;
  rampSteps: readonly number[];
  /** Points per interval that the strategy names: 10 a day. */
  intervalPoints: number;
  initial: ShiftRequest;
  /** Regions, copies and geographies as the overview draws them; what a preview would change is drawn over it. */
  map: Pick<MapModel, 'at' | 'regions' | 'links' | 'geographies'>;
}

export type Ramp =
  | { kind: 'immediate' }
  /** The estate's own ladder, percent of the whole move. */
  | { kind: 'stepped' }
  | { kind: 'interval'; points: number; everyMinutes: number };

export type Shift =
  /** Percent of one geography's users per Region, summing to 100. */
  | { mode: 'geography'; geography: string; weights: Readonly<Record<string, number>> }
  /** Percent of all users per Region, summing to 100; solved over the geographies. */
  | { mode: 'target'; shares: Readonly<Record<string, number>> }
  /** Users out of one Region: all of them, or so many points of all traffic. */
  | { mode: 'drain'; region: string; points?: number };

export interface ShiftRequest {
  shift: Shift;
  ramp: Ramp;
  /** Ids of the checks accepted by tick. */
  accepted: readonly string[];
}

/** Of a change. */
export type Side = 'before' | 'after';

export interface PreviewRegion {
  region: string;
  shareBefore: number;
  shareAfter: number;
  requestsBefore: number;
  requestsAfter: number;
  nodesBefore: number;
  nodesAfter: number;
  /** Null is not known. */
  nodesReady: number | null;
}

export interface Preview {
  regions: readonly PreviewRegion[];
  /** Who serves whom as configured, before and after; what moves is marked where it leaves and where it arrives. */
  flows: Readonly<Record<Side, readonly MapFlow[]>>;
  /** The largest step the survivability solver allows now, points of all traffic; null when it has no limit below all. */
  largestSafePoints: number | null;
  /** Points of all traffic this request moves. */
  points: number;
  checks: readonly (Check & { /** What the requester ticks to accept it. */ accept?: string })[];
  price: { lines: readonly { label: string; monthlyDollars: number }[]; monthlyDollars: number };
  approval: { rule: string; candidates: string; expires: string };
  digest: string;
  ramp: { steps: readonly RampPoint[]; doneAt: string; note: string };
  /** Set when it cannot be requested, whatever is accepted. */
  refusal: string | null;
}

export type PreviewResult =
  | { ok: true; preview: Preview }
  | { ok: false; message: string; fields?: Readonly<Record<string, string>> };

export interface ComposerActions {
  preview: (request: ShiftRequest) => Promise<PreviewResult>;
  /** The digest is the one previewed: a plan that has changed since is refused. */
  request: (request: ShiftRequest, reason: string, digest: string) => Promise<ActionResult>;
}
