import type { Route } from 'next';
import type { Permission, Section, Sentence, Status } from '#components/ui/model.ts';
import type { RecoveryClock } from '#lib/domain/operation/plan.ts';
import type { DecideOptionKey } from '#lib/routes.ts';
import type { RankedTarget } from './model.ts';
import type { RequestModel, RpoOffer } from './request-model.ts';

/** One screen to decide: what fails, what may be lost, the three ways on, and who would take over. */
export interface DecideModel {
  at: string;
  status: Status;
  answer: Sentence;
  detail: string;
  back: Route;
  lost: string;
  /** First failed request, or where that is not known the first sight of it; 0:00 of the clocks. */
  zeroAt: string;
  /** "the first failed request" */
  zeroIs: string;
  seen: readonly SeenLine[];
  /** What is not known, and therefore not counted as seen. */
  unseen: string | null;
  rpo: Section<RpoOffer>;
  options: readonly DecideOption[];
  targets: readonly ChoosableTarget[];
  /** Of the chosen option and target; null for waiting, which asks for nothing. */
  request: RequestModel | null;
}

/** Who sees it fail, since when. */
export interface SeenLine {
  id: string;
  status: Status;
  /** "Health checkers" */
  who: string;
  /** "0 of 3 see it answer" */
  what: string;
  since: string | null;
  at: string | null;
  withinSeconds: number;
}

export interface DecideOption {
  key: DecideOptionKey;
  /** "Wait", "Reads only", "Full failover" */
  title: string;
  href: Route;
  selected: boolean;
  /** Why it is the recommended one; on one option at most. */
  recommended: string | null;
  permission: Permission;
  clocks: Readonly<Record<RecoveryClock, ProjectedClock>>;
  lines: readonly OptionLine[];
}

/** What a clock will show if this is begun now: from own history, beside the budget. */
export interface ProjectedClock {
  budgetSeconds: number;
  /** From the start of the run; null where nothing of this option stops the clock. */
  history: { medianSeconds: number; p95Seconds: number; runs: number } | null;
  /** Already stopped, seconds after 0:00. */
  stoppedSeconds: number | null;
  /** "not by itself", "never run: 0:30 expected" */
  note: string | null;
}

/** One row of the comparison; every option has the same rows in the same order. */
export interface OptionLine {
  /** "Orders at risk", "Capacity after", "Residency", "Price", "Undo", "Who must agree" */
  term: string;
  status: Status;
  text: string;
}

export interface ChoosableTarget extends RankedTarget {
  href: Route;
  selected: boolean;
}
