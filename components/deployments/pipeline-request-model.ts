import type { Route } from 'next';
import type { ActionResult, Check, Permission } from '#components/ui/model.ts';
import type { PreviewAnswer } from '#components/ui/use-preview.ts';

/** A release as it can be chosen. */
export interface ReleaseChoice {
  version: string;
  /** "expand", and what it says of older code */
  schema: string;
  notes: string;
  /** "served staging for 41 min, OP-1058"; null: not proven there. */
  staging: string | null;
  /** Why it cannot be deployed at all: known bad, served everywhere. Null: it may be asked for. */
  refused: string | null;
}

export type DeploySchedule = { kind: 'now' } | { kind: 'at'; at: string } | { kind: 'low-traffic' };

/** What is asked for, as the form holds it. */
export interface DeployRequest {
  version: string;
  /** Chosen, in the order in which they are switched. */
  regions: readonly string[];
  schedule: DeploySchedule;
  /** Null while the field is empty. */
  soakMinutes: number | null;
  stagingException: string;
  /** Ids of the checks accepted by tick. */
  accepted: readonly string[];
}

export interface DeployModel {
  environment: string;
  /** 60: what is declared as 30 min takes 30 s. */
  timeScale: number;
  /** Newest first. */
  releases: readonly ReleaseChoice[];
  /** All of the environment's, in the strategy's order. */
  regions: readonly { code: string; serves: string | null /** "02:00–06:00 UTC" */; quiet: string | null }[];
  /** Another order, and why it is better; null where it is the same. */
  recommended: { regions: readonly string[]; reason: string } | null;
  /** Name of the environment that proves releases; null: this one, or none. */
  provenIn: string | null;
  initial: DeployRequest;
  permission: Permission;
  /** Where closing leads. */
  closeHref: Route;
}

export interface DeployPreview {
  regions: readonly {
    region: string;
    before: string;
    after: string;
    /** "24, and 48 for 2 h" */
    pods: string;
    image: string;
    /** "at once", "30 min after us-east-1" */
    start: string;
  }[];
  checks: readonly (Check & { accept?: string })[];
  price: { monthlyDollars: number; basis: string };
  agreement: { rule: string; candidates: string; expires: string };
  steps: number;
  digest: string;
  /** Set when it cannot be requested, whatever is accepted: the rule that is not met. */
  refusal: string | null;
}

export interface DeployActions {
  preview: (request: DeployRequest) => Promise<PreviewAnswer<DeployPreview>>;
  /** The digest is the one previewed: a plan that has changed since is refused. */
  request: (request: DeployRequest, reason: string, digest: string) => Promise<ActionResult>;
}
