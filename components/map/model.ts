import type { Route } from 'next';
import type { Reading, Status } from '#components/ui/model.ts';
import type { Coordinates } from './projection.ts';

/** A Region that those outside it see in trouble: holds while they look, whatever the Region reports of itself. */
export interface Trouble {
  /** "Failing", "Suspect", "Awaits rebuild", "Unfenced" */
  word: string;
  /** When the first of them saw it. ISO. */
  since: string | null;
  /** "3 of 3 outside see it fail" */
  seenBy: string;
  /** When they looked last. ISO. */
  at: string | null;
  withinSeconds: number;
}

export interface MapRegion extends Coordinates {
  code: string;
  status: Status;
  /** Null where the Region's own numbers tell its status. */
  trouble: Trouble | null;
  /** Share of all requests, fraction. */
  share: Reading;
  /** Requests per second. */
  requests: Reading;
  /** "reads, writes" */
  capabilities: string;
  /** Null where a sheet would be left by following it. */
  href: Route | null;
}

/** Users of one city, as served by one Region. */
export interface MapFlow extends Coordinates {
  city: string;
  region: string;
  /** Share of all requests, fraction; null is unknown, and is drawn without a width that would say how much. */
  share: number | null;
  /** What moves some of these requests, "OP-1042", and how many: fraction of all requests, null is unknown. */
  moved?: { by: string; share: number | null };
}

/** A replication path. `missing` is drawn too: what is absent is the risk. */
export interface MapLink {
  id: string;
  from: string;
  to: string;
  status: Status;
  missing: boolean;
  /** "0.08 s", "no path" */
  figure: string;
  /** "database behind, target < 2 s" */
  detail?: string;
}

interface MapGeography {
  key: string;
  name: string;
  /** Share of all requests that the estate plans for, fraction: no AWS metric tells where users sit. */
  plannedShare: number | null;
}

export interface MapModel {
  at: string;
  /** What shares and requests are: observed, or what DNS is or would be told. */
  figures: 'measured' | 'configured';
  regions: readonly MapRegion[];
  flows: readonly MapFlow[];
  links: readonly MapLink[];
  /** Labels of user geographies, each at the middle of its cities. */
  geographies: readonly (MapGeography & Coordinates)[];
}

export type MapLayer = 'traffic' | 'replication';
