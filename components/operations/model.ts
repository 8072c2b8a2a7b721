import type { Route } from 'next';
import type { CommentsModel } from '#components/approvals/model.ts';
import type { DeploymentRun, PipelineActions } from '#components/deployments/pipeline-model.ts';
import type { RollbackActions, RollbackOffer } from '#components/deployments/pipeline-rollback-model.ts';
import type { ActPlan } from '#components/shell/act-model.ts';
import type { ActionResult, Check, Permission, Reading, Sentence, Status } from '#components/ui/model.ts';
import type { RecoveryRun } from './recovery-model.ts';

export interface OperationRow {
  id: string;
  href: Route;
  status: Status;
  /** "running, step 2 of 3", "done", "refused: 14 ready, 17 needed" */
  word: string;
  what: string;
  kind: string;
  requestedBy: string;
  approvedBy: string;
  startedAt: string | null;
  tookSeconds: number | null;
}

export interface OperationsModel {
  at: string;
  status: Status;
  answer: string;
  detail: string;
  filters: readonly { label: string; href: Route; current: boolean }[];
  rows: readonly OperationRow[];
  summary: string;
  newer: Route | null;
  older: Route | null;
  /** What stands there when the filter finds nothing. */
  emptyText: string;
}

export interface Evidence {
  at: string;
  /** "route53:ChangeResourceRecordSets 200" */
  what: string;
  /** "INSYNC after 22 s" */
  outcome: string;
  requestId?: string;
}

export interface OperationStep {
  number: number;
  title: string;
  status: Status;
  /** What is or was observed; for a running step what it waits for. */
  detail?: string;
  region: string;
  /** Seconds after the start of the operation. */
  beganSeconds: number | null;
  tookSeconds: number | null;
  /** 75th percentile of its own history. */
  usualSeconds: number | null;
  irreversible?: boolean;
  /** Neighbours of the same group run at once. */
  group?: string;
  evidence: readonly Evidence[];
  /** What a person would type for the same, in the order in which the step did it. */
  commands: readonly string[];
}

export interface GateFigure {
  reading: Reading;
  /** Passes below, reverts above, holds between; in the reading's own unit. */
  passBelow: number;
  revertAbove: number;
  /** Of this figure alone. */
  verdict: Status;
}

/** What one gate judged of one Region: its reads or its writes. */
export interface Gate {
  id: string;
  region: string;
  /** "reads", "writes" */
  sli: string;
  /** Unknown: the sample is too small to judge. */
  verdict: Status;
  errorRate: GateFigure;
  p95Ms: GateFigure;
  requests: number;
  /** "0 errors: below 1.2 %", what the sample leaves possible; null when it proves nothing. */
  proves: string | null;
}

export interface OperationModel {
  at: string;
  id: string;
  status: Status;
  answer: Sentence;
  detail: string;
  steps: readonly OperationStep[];
  stepSummary: string;
  gates: readonly Gate[];
  gateNote: string;
  /** When the last gate judged; null before the first. */
  gatesAt: string | null;
  approvals: readonly { who: string; word: string; status: Status; at: string | null; reason?: string }[];
  /** What was said about it; absent where that is not shown. */
  comments?: CommentsModel;
  facts: readonly { term: string; description: string; href?: Route }[];
  /** Its rows of the audit log. */
  auditHref: Route;
  digest: string;
  checks: readonly Check[];
  /** Clocks, RPO, fencing, what shoppers saw; null where the kind is no recovery. */
  recovery: RecoveryRun | null;
  /** Lanes, live gates and what was served; null where the kind is no deployment or rollback. */
  deployment: DeploymentRun | null;
  /** Of a deployment: while it runs the whole of it, afterwards by Region. */
  rollback: RollbackOffer | null;
  share: {
    region: string;
    configured: readonly { at: string; share: number }[];
    measured: readonly { at: string; share: number }[];
  } | null;
  /** "If you abort now": what it leaves. */
  abortLeaves: string;
  /** Where this person may approve or reject it; absent where they may not, or nobody has to. */
  decideHref?: Route;
  pause: Permission;
  /** Resume while paused; while held, try again at once. */
  resume: Permission;
  held: boolean;
  abort: { permission: Permission; plan: ActPlan };
  /** Turns a run round; of a finished one, puts it back by an operation of its own. Null where nothing of the kind is kept. */
  revert: { label: string; permission: Permission; plan: ActPlan } | null;
  /** Takes one's own request back while it waits; null where there is none to take back. */
  withdraw: ActPlan | null;
  /** Behind the point of no return, while a step holds: go on without it, or end the run with what is open on record. */
  undone: {
    close: { permission: Permission; plan: ActPlan };
    omit: readonly { step: string; label: string; permission: Permission; plan: ActPlan }[];
  } | null;
  /** Of a run that ended incomplete: what was left undone, in the order of the run. */
  open: readonly { key: string; title: string; words: string }[];
  /** Ends a putting back that has failed; null while nothing is put back. */
  leave: { permission: Permission; plan: ActPlan } | null;
}

export interface OperationPageActions {
  /** Needed where comments are shown. */
  comment?: (operationId: string, body: string) => Promise<ActionResult>;
  pause: (operationId: string) => Promise<ActionResult>;
  resume: (operationId: string) => Promise<ActionResult>;
  revert: (operationId: string, reason: string) => Promise<ActionResult>;
  withdraw: (operationId: string) => Promise<ActionResult>;
  leave: (operationId: string, reason: string) => Promise<ActionResult>;
  close: (operationId: string, reason: string) => Promise<ActionResult>;
  omit: (operationId: string, step: string, reason: string) => Promise<ActionResult>;
  /** Where deployments are shown. */
  pipeline?: PipelineActions;
  rollback?: RollbackActions;
}
