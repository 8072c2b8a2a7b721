import type { Route } from 'next';
import type { ChartModel } from '#components/charts/model.ts';
import type { Reading, Section, Sentence, Status } from '#components/ui/model.ts';

export interface ComponentRow {
  id: string;
  /** compute, database, cache, storage, cdn, queue, dns */
  kind: string;
  name: string;
  status: Status;
  word: string;
  detail: string;
  /** The service that says so: "RDS". */
  by: string;
  at: string | null;
  withinSeconds: number;
}

export interface PeerDifference {
  id: string;
  subject: string;
  /** One per Region, this one first. */
  values: readonly string[];
  status: Status;
  why?: string;
}

export interface RegionModel {
  at: string;
  code: string;
  name: string;
  status: Status;
  answer: Sentence;
  detail: string;
  components: readonly ComponentRow[];
  charts: Section<readonly ChartModel[]>;
  /** Charts that the strategy asks for and nothing measures yet. */
  unobserved: readonly { title: string; why: string }[];
  rangeLabel: string;
  peers: { regions: readonly string[]; rows: readonly PeerDifference[] };
  capacity: {
    ready: Reading;
    needed: Reading;
    min: number;
    max: number;
    /** Nodes that the peak would need. */
    atPeak: number;
    /** "0.5 requests/s a node, 70 % ceiling" */
    rule: string;
  };
  support: { hours: string; timeZone: string; localTime: string; covered: boolean; note: string };
  facts: readonly { term: string; description: string }[];
  links: readonly { label: string; href: Route }[];
}
