import type { Route } from 'next';
import type { MapModel, Trouble } from '#components/map/model.ts';
import type { ActPlan } from '#components/shell/act-model.ts';
import type { Permission, Problem, Reading, Section, Sentence, Status } from '#components/ui/model.ts';

export interface RegionRow {
  code: string;
  name: string;
  href: Route;
  status: Status;
  /** "Serving", "Link behind", "Failing" */
  word: string;
  /** Pages are served and orders are not. */
  ordersFail: boolean;
  /** What those outside see; null where its own numbers tell. */
  trouble: Trouble | null;
  /** "reads, writes" */
  capabilities: string;
  share: Reading;
  /** Fraction; null when the zone could not be read. */
  configuredShare: number | null;
  requests: Reading;
  requestsHistory: readonly (number | null)[];
  /** Fraction of requests. */
  errors: Reading;
  errorsHistory: readonly (number | null)[];
  p95Ms: Reading;
  p95History: readonly (number | null)[];
  nodesReady: Reading;
  nodes: { min: number; max: number };
  lag: { primary: true } | { primary: false; reading: Reading; status: Status; targetSeconds: number };
  version: string | null;
  onCall: { localTime: string; hours: string };
  /** The oldest of the row's observations. */
  at: string | null;
  withinSeconds: number;
}

export interface AttentionItem {
  id: string;
  status: Status;
  title: string;
  text: string;
  /** "B-05", "3:12 min ago" */
  end?: string;
  href?: Route;
}

export interface SafeAct {
  id: string;
  title: string;
  why: string;
  verdict: 'allowed' | 'emergency' | 'held' | 'refused';
  href?: Route;
}

export interface RunningShift {
  id: string;
  href: Route;
  region: string;
  course: Section<{
    configured: readonly { at: string; share: number }[];
    measured: readonly { at: string; share: number }[];
  }>;
  /** "Holds above 0.1 % errors or 200 ms; reverts at 1 % or 500 ms." */
  gates: string;
}

interface SurvivabilityRow {
  lost: string;
  now: { status: Status; text: string };
  atPeak: { status: Status; text: string };
}

interface ReplicationCell {
  reading: Reading;
  status: Status;
  unit: string;
}

/** How ready a loss would find us. */
export interface ReadinessLine {
  status: Status;
  /** "3 gaps, most if us-east-1 is lost" */
  word: string;
  /** When the elected worker evaluated it last. ISO. */
  at: string | null;
  withinSeconds: number;
}

export interface OverviewModel {
  at: string;
  status: Status;
  /** "All three Regions serve. One link is behind, one is not reporting." A Region that fails comes first. */
  answer: Sentence;
  detail: string;
  /** Set while a Region fails or is suspected: where the decision is made. */
  decide: { label: string; href: Route; permission: Permission } | null;
  readiness: Section<ReadinessLine>;
  freeze: { permission: Permission; plan: ActPlan };
  map: MapModel;
  safe: {
    checkedAt: string;
    acts: Section<readonly SafeAct[]>;
    /** What stands there when there is no act. */
    none: { title: string; text: string };
  };
  links: { freezes: Route; replication: Route; findings: Route; readiness: Route };
  running: RunningShift | null;
  regions: readonly RegionRow[];
  /** Why no row has its course; null where they have. */
  courses: Problem | null;
  /** Alarms, silent Regions, drift: what someone must look at. */
  attention: { items: readonly AttentionItem[]; note?: string };
  findings: Section<{
    items: readonly AttentionItem[];
    open: number;
    /** Of the worst that is open. */
    status?: Status;
    note?: string;
  }>;
  freezes: Section<readonly AttentionItem[]>;
  survivability: { /** "Now, 40 % of peak" */ loadNow: string; rows: readonly SurvivabilityRow[] };
  replication: {
    columns: readonly string[];
    rows: readonly { region: string; cells: readonly (ReplicationCell | null)[] }[];
  };
}
