import type { Route } from 'next';
import type { ChartModel } from '#components/charts/model.ts';
import type { Problem, Reading, Section, Status } from '#components/ui/model.ts';

export interface ReplicationLink {
  id: string;
  href: Route;
  kind: 'database' | 'storage' | 'cache' | 'queue';
  from: string;
  to: string;
  status: Status;
  /** "streaming", "idle, caught up", "behind", "no rule" */
  word: string;
  /** What leads there, and what it leaves out: "rule to-eu-west-1, no time control". */
  detail: string;
  lagSeconds: Reading;
  /** What is not there yet; null where the service does not count it. */
  waiting: { reading: Reading; unit: 'bytes' | 'operations' | 'messages' } | null;
  history: readonly (number | null)[];
  targetSeconds: number;
  warningSeconds: number;
  criticalSeconds: number | null;
  /** The service that says so. */
  by: 'RDS' | 'S3' | 'ElastiCache' | 'MSK';
}

export interface MissingPath {
  id: string;
  from: string;
  to: string;
  text: string;
  finding: string;
}

export interface LinkCharts {
  seconds: ChartModel;
  /** What is not there yet; null where the service does not count it. */
  waiting: ChartModel | null;
}

export interface ReplicationModel {
  at: string;
  status: Status;
  answer: string;
  detail: string;
  links: readonly ReplicationLink[];
  /** Why no link has its course; null where they have. */
  courses: Problem | null;
  missing: readonly MissingPath[];
  selected: {
    id: string;
    title: string;
    rangeLabel: string;
    charts: Section<LinkCharts>;
    facts: readonly { term: string; description: string }[];
    /** How the number is read, and where it misleads: an idle replica's lag grows though nothing is missing. */
    reading: string;
  } | null;
}
