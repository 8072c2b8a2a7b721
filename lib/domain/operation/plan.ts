/** How bad a check is. `accept`: the requester may accept it by its code; `refuse` stops the request. */
export type CheckVerdict = 'pass' | 'warn' | 'accept' | 'refuse' | 'unknown';

/** One thing that could go wrong, with what was measured and how old that is. */
export interface Check {
  code: string;
  verdict: CheckVerdict;
  /** A sentence with numbers: "eu-west-1 carries it: 12 of 14 ready nodes." */
  message: string;
  /** When the oldest observation it rests on was made; null where it rests on none. */
  observedAt: string | null;
  region?: string;
  /** What the requester accepts by ticking it, for verdict `accept`. */
  acceptance?: string;
  /** The freeze that refuses it, or that it is let through. */
  freeze?: string;
  /** Exceptions by which it is let through. */
  exceptions?: readonly string[];
}

/** One step as planned: data that the interpreter runs. `action` names the code, `input` is all it gets. */
export interface PlannedStep {
  key: string;
  title: string;
  action: string;
  region: string | null;
  input: Record<string, unknown>;
  /** How long until the step is given up as unknown, real seconds. */
  deadlineSeconds: number;
  irreversible: boolean;
  /** Regions whose control plane or service the step needs to answer. */
  needsRegions: readonly string[];
  /**
   * Behind the point of no return a person may go on without it: it verifies, records, scales or makes a further copy, and
   * nothing that takes orders rests on it.
   */
  omissible?: true;
  /** Neighbours of the same group run at the same time; absent: alone, in order. */
  group?: string;
  /** What must hold before it acts, and what it has observed when it passes, in words for people. */
  precondition?: string;
  postcondition?: string;
  /** The clock that stops when this step passes. */
  clock?: RecoveryClock;
  /** Keys of the steps that are proven when this one was carried out; absent: its own alone. None of a step that only tries. */
  proves?: readonly string[];
}

/** How far a recovery has come (aws-facts B-08): orders are taken, reads are within limits, a second copy replicates. */
export type RecoveryClock = 'writes' | 'reads' | 'redundancy';

/** A versioned plan: kept with the operation, run by the interpreter of that version. */
export interface Plan {
  version: 1;
  kind: string;
  environment: string;
  title: string;
  /** Regions that it changes: what a freeze of a Region is about. Plans of an earlier version name none. */
  regions?: readonly string[];
  steps: readonly PlannedStep[];
  /**
   * Run in this order to put things back after an abort, a revert or a failure. Only until an irreversible step began:
   * behind that point a run goes forward, and what fails holds for a person.
   */
  compensation: readonly PlannedStep[];
}

/** The step after whose beginning nothing is put back any more, or undefined where there is none. */
export function pointOfNoReturn(plan: Pick<Plan, 'steps'>): PlannedStep | undefined {
  return plan.steps.find(({ irreversible }) => irreversible);
}

export interface Price {
  /** Change in dollars a month if the result is kept. */
  monthlyDollars: number;
  lines: readonly { label: string; monthlyDollars: number }[];
  basis: string;
}
