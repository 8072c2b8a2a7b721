import type { Route } from 'next';
import type { ActPlan } from '#components/shell/act-model.ts';
import type { ActionResult, Permission, Status } from '#components/ui/model.ts';

/**
 * What one Region goes through, in this order (aws-facts 2.2); `retire` follows when all Regions have been switched. A rollback
 * has three: back, verified, diagnosed (aws-facts 2.3).
 */
export const STAGES = [
  'wait',
  'apply',
  'rollout',
  'smoke',
  'endpoints',
  'switch',
  'drain',
  'soak',
  'retire',
  'back',
  'verify',
  'diagnose',
] as const;
export type StageKey = (typeof STAGES)[number];

export interface Stage {
  key: StageKey;
  status: Status;
  /** "done", "18 of 24", "until 09:44 UTC" */
  word: string;
  /** All that was observed, on hover and for those who listen. */
  detail?: string;
}

/** A version and the colour it stands in; the colour is state, never a name to rely on (aws-facts C-28). */
interface VersionAt {
  version: string | null;
  colour: string | null;
}

/** When a Region begins, and which of two rules decided it (aws-facts C-10). */
export interface LaneStart {
  /** The later of the two; null while the Region before has not been switched. */
  at: string | null;
  /** "30 min after us-east-1 was switched at 2026-11-23 09:00:12 UTC. Planned for …" */
  why: string;
}

/** One Region's way through the deployment. */
export interface Lane {
  region: string;
  name: string;
  href: Route;
  before: VersionAt;
  after: VersionAt;
  status: Status;
  /** "soaks", "serves v2.1.0", "waits for us-east-1", "put back to v2.0.0" */
  word: string;
  /** Only the stages that its plan has. */
  stages: readonly Stage[];
  switchedAt: string | null;
  backAt: string | null;
  /** Null once it has begun, and for the first where nothing keeps it. */
  start: LaneStart | null;
}

export type GateMetric = 'errors' | 'p95' | 'cpu' | 'memory';
export type GateBand = 'pass' | 'hold' | 'revert' | 'unknown';

/** One look at one metric. */
export interface Look {
  /** Real seconds since the soak began. */
  elapsedSeconds: number;
  value: number | null;
  band: GateBand;
}

/** One metric of a Region's gate: where it stands, against what, on how much. */
export interface GateLine {
  key: string;
  /** "Errors, reads" */
  label: string;
  unit: '%' | 'ms';
  digits: number;
  /** In `unit`. */
  passBelow: number;
  /** Null: this metric holds, and never turns a run round by itself. */
  revertAbove: number | null;
  value: number | null;
  band: GateBand;
  /** Requests counted; null where the metric is no rate. */
  samples: number | null;
  /** "at most 0.36 %" is what the sample leaves possible; null where it proves nothing. */
  proves: string | null;
  /** The same window in Regions that still serve the old version; null where none does. */
  baseline: number | null;
  /** Of the newest look, why it is so. */
  message: string;
  looks: readonly Look[];
}

/** The gate of one Region: of its soak, or of what verifies that it is well again after a rollback. */
export interface RegionGate {
  region: string;
  band: GateBand;
  /** "passes", "holds: p95 of reads 212 ms", "cannot judge: 42 of 200 requests" */
  word: string;
  judgedAt: string;
  /** "eu-west-1 and ap-southeast-1 on v2.0.0", null where there is none. */
  baselineOf: string | null;
  /** Requests that are needed before anything is judged. */
  minSample: number;
  /** Null where it verifies a rollback: it ends as soon as all passes. */
  soak: SoakClock | null;
  lines: readonly GateLine[];
}

export interface SoakClock {
  /** running: it counts. held: it may be over, and a gate keeps it. The rest have ended. */
  state: 'running' | 'held' | 'passed' | 'skipped' | 'turned';
  /** Real seconds at `at`, which is the newest look. */
  elapsedSeconds: number;
  at: string;
  totalSeconds: number;
  /** What the soak stands for, before the environment's time scale. */
  declaredSeconds: number;
}

/** Something that happened to the deployment, or is planned to. */
export interface PipelineEvent {
  at: string;
  /** Null: of the deployment as a whole. */
  region: string | null;
  kind: 'request' | 'approve' | 'start' | 'switch' | 'hold' | 'pass' | 'turn' | 'back' | 'end' | 'person';
  status: Status;
  text: string;
}

/** Which version a Region's users were served, over time. */
export interface ServedSpan {
  from: string;
  /** Null: still. */
  until: string | null;
  version: string;
  /** The version that this run brings. */
  isNew: boolean;
}

export interface PipelineTimeline {
  from: string;
  until: string;
  rows: readonly {
    region: string;
    served: readonly ServedSpan[];
    soak: { from: string; until: string | null } | null;
    holds: readonly { from: string; until: string | null }[];
    /** When it would begin; null once it has. */
    plannedAt: string | null;
  }[];
  events: readonly PipelineEvent[];
}

/** One line of what the deployment changes in a Region. */
export interface DiffLine {
  region: string | null;
  label: string;
  before: string;
  after: string;
}

/** A pod that was in trouble when the diagnostics were taken. */
export interface PodReport {
  region: string;
  pod: string;
  phase: string;
  restarts: number;
  waiting: string | null;
  events: readonly { at: string; reason: string; message: string; count: number }[];
  log: readonly string[];
}

/** Why the run turned round, and what stands now. */
export interface TurnedRound {
  status: Status;
  /** "Errors of reads in us-east-1 were 1.4 %, above 1 %." */
  why: string;
  /** Region whose gate decided; null where a person or a failed step did. */
  region: string | null;
  /** Of the gate's metric: "errors, reads". */
  metric: string | null;
  /** A step of the way forward failed. */
  failed: boolean;
  decidedAt: string;
  /** From the decision until every Region was served by the old version again; null while it goes on. */
  backSeconds: number | null;
  back: readonly { region: string; from: string; to: string; status: Status; word: string }[];
  /** "v2.1.0 is marked bad: nothing is deployed or rolled back to it." */
  verdict: { status: Status; text: string } | null;
  /** Null until they were collected. */
  diagnostics: { at: string | null; pods: readonly PodReport[]; note: string } | null;
}

/** Checks of the whole estate, before the first Region and after the last. */
export interface PipelineCheck {
  key: 'images' | 'parity';
  status: Status;
  text: string;
}

export interface DeploymentRun {
  kind: 'deployment' | 'rollback';
  /** The version that this run brings. */
  version: string;
  releaseHref: Route | null;
  lanes: readonly Lane[];
  checks: readonly PipelineCheck[];
  /** "Tomas Rehn, 2026-11-23 09:02 UTC"; null where nobody had to, or nobody has yet. */
  approvedBy: string | null;
  gates: readonly RegionGate[];
  /** The Region whose gate matters most now: it soaks, or decided. */
  focus: string | null;
  /** "eu-west-1 starts" */
  next: { region: string; start: LaneStart } | null;
  timeline: PipelineTimeline | null;
  diff: readonly DiffLine[];
  turned: TurnedRound | null;
  controls: PipelineControls;
}

export interface PipelineControls {
  /** Ends the soak that runs, without its gates. */
  skipSoak: { step: string; region: string; permission: Permission; plan: ActPlan } | null;
  /** Lets the remaining Regions follow without waiting for their times; their gates stay. */
  promote: { permission: Permission; plan: ActPlan } | null;
  markBad: { permission: Permission; plan: ActPlan } | null;
}

export interface PipelineActions {
  skipSoak: (operationId: string, step: string, reason: string) => Promise<ActionResult>;
  promote: (operationId: string, reason: string) => Promise<ActionResult>;
  markBad: (version: string, reason: string) => Promise<ActionResult>;
}
