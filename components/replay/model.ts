import type { Route } from 'next';
import type { Tone } from '#components/charts/model.ts';
import type { MapModel } from '#components/map/model.ts';
import type { Coordinates } from '#components/map/projection.ts';
import type { Status } from '#components/ui/model.ts';
import type { Course } from '#lib/domain/recovery/standing.ts';

export type { Course };

/** A run as it was: everything by time, so that the page can stand at any moment of it. */
export interface ReplayModel {
  id: string;
  href: Route;
  status: Status;
  /** "OP-1057 from its first failed request to redundancy, 41:10." */
  answer: string;
  detail: string;
  /** Epoch seconds, ascending; at least two where there is anything to replay. */
  times: readonly number[];
  /** Epoch seconds of 0:00, and what it is. */
  zero: number;
  zeroIs: string;
  regions: readonly ReplayRegion[];
  flows: readonly ReplayFlow[];
  links: readonly ReplayLink[];
  geographies: MapModel['geographies'];
  steps: readonly ReplayStep[];
  marks: readonly ReplayMark[];
  strips: readonly Strip[];
  /** What is missing from it: "Samples of us-east-1 are missing from 03:58 on." */
  gap: string | null;
}

/** Users of one city, as served by one Region. */
interface ReplayFlow extends Coordinates {
  city: string;
  region: string;
  /** Whether DNS answered the city with it, by time. */
  named: readonly boolean[];
  /** Fraction of all requests; null is unknown. */
  share: Course;
}

export interface ReplayRegion extends Coordinates {
  code: string;
  name: string;
  href: Route;
  /** Fractions; requests a second; ms; nodes; seconds. */
  share: Course;
  requests: Course;
  errors: Course;
  p95Ms: Course;
  nodes: Course;
  lagSeconds: Course;
  /** How it stood, each until the next; the first begins no later than the first time. */
  states: readonly RegionState[];
}

export interface RegionState {
  /** Epoch seconds. */
  from: number;
  status: Status;
  /** "Serving", "Failing", "Not reporting" */
  word: string;
  /** "reads, writes" */
  capabilities: string;
  database: string;
}

export interface ReplayLink {
  id: string;
  from: string;
  to: string;
  seconds: Course;
  /** Each until the next; `missing`: there was no network path; `absent`: there was no such link then. */
  states: readonly { from: number; status: Status; missing: boolean; absent?: boolean }[];
}

export interface ReplayStep {
  number: number;
  title: string;
  /** Epoch seconds; null where it never began or never ended. */
  from: number | null;
  until: number | null;
  status: Status;
  irreversible: boolean;
}

export interface ReplayMark {
  at: number;
  label: string;
}

/** One metric of the Regions over the whole run, on the common axis. */
export interface Strip {
  key: string;
  /** "Requests" */
  label: string;
  unit: string;
  scale: number;
  digits: number;
  series: readonly { key: string; label: string; tone: Tone; values: Course }[];
}
