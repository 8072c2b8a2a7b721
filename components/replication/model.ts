import type { Route } from 'next';
import type { ChartModel } from '#components/charts/model.ts';
import type { Reading, Section, Status } from '#components/ui/model.ts';

export interface ReplicationLink {
  id: string;
  href: Route;
  kind: 'database' | 'storage' | 'cache' | 'queue';
  from: string;
  to: string;
  status: Status;
  /** "streaming", "idle, caught up", "behind", "broken" */
  word: string;
  lagSeconds: Reading;
  lagBytes: Reading;
  history: readonly (number | null)[];
  targetSeconds: number;
  warningSeconds: number;
  criticalSeconds: number | null;
  source: 'measured' | 'declared' | 'modelled';
}

export interface MissingPath {
  id: string;
  from: string;
  to: string;
  text: string;
  finding: string;
}

export interface ReplicationModel {
  at: string;
  status: Status;
  answer: string;
  detail: string;
  links: Section<readonly ReplicationLink[]>;
  missing: readonly MissingPath[];
  selected: {
    id: string;
    title: string;
    rangeLabel: string;
    seconds: ChartModel;
    bytes: ChartModel;
    facts: readonly { term: string; description: string }[];
    /** How the number is read, and where it misleads: an idle replica's lag grows though nothing is missing. */
    reading: string;
  } | null;
}
