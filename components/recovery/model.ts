import type { Route } from 'next';
import type {
  ActionResult,
  Check,
  Permission,
  Reading,
  Section,
  Sentence,
  Status,
} from '#components/ui/model.ts';
import type { RecoveryTab } from '#lib/routes.ts';
import type { RequestModel } from './request-model.ts';

export interface Tab {
  label: string;
  href: Route;
  current: boolean;
}

/** The page: its answer, and one of six tabs. */
export interface RecoveryModel {
  at: string;
  status: Status;
  /** The answer, worst first: what fails since when and by whom seen; else how ready, and the worst gap. */
  answer: Sentence;
  detail: string;
  /** Set while a Region fails or is suspected: where the decision is made. */
  decide: { label: string; href: Route; permission: Permission } | null;
  tabs: readonly (Tab & { key: RecoveryTab })[];
  findings: { href: Route; open: number; status: Status };
  /** When readiness was evaluated last, and how often it is. */
  evaluatedAt: string | null;
  evaluatedWithinSeconds: number;
  content: RecoveryContent;
  /** The sheet that stands open over the page. */
  request: RequestModel | null;
  /** Where closing the sheet leads. */
  closeHref: Route;
}

/** A tab that could not be read leaves head and tabs standing. */
export type RecoveryContent =
  | { tab: 'now'; section: Section<NowModel> }
  | { tab: 'readiness'; section: Section<ReadinessModel> }
  | { tab: 'plans'; section: Section<PlansModel> }
  | { tab: 'runbook'; section: Section<RunbookModel> }
  | { tab: 'drills'; section: Section<DrillsModel> }
  | { tab: 'reports'; section: Section<ReportsModel> };

/* ---------- now ---------- */

export interface NowModel {
  regions: readonly RegionNow[];
  witnesses: WitnessMatrix;
  /** How a loss is detected, how fast, and what the policy lets the console do by itself. */
  detection: readonly { term: string; description: string }[];
  /** What can be done about the chosen Region. */
  acts: { region: string; items: readonly RecoveryAct[] };
  fences: readonly Fence[];
}

export interface RegionNow {
  code: string;
  name: string;
  /** Chooses it: its acts stand at the right. */
  href: Route;
  selected: boolean;
  status: Status;
  /** "Serving", "Suspect", "Failing", "Unknown" */
  word: string;
  /** Since when it is so; shown while it is not serving. */
  since: string | null;
  /** "3 of 3 checkers, 2 of 2 peers" */
  seenBy: string;
  /** "writer", "replica", "no database", "fenced" */
  database: { status: Status; word: string /** "ecommerce-db-us-east-1" */; detail: string };
  /** Null on the writer. */
  lag: { reading: Reading; status: Status } | null;
  share: Reading;
  /** "in DNS", "out by its health check", "forced off" */
  traffic: { status: Status; word: string /** "switch ready", "no switch prepared" */; detail: string };
  /** "taken here", "to us-east-1", "frozen", "fail" */
  orders: { status: Status; word: string };
  /** The oldest observation of the row. */
  at: string | null;
  withinSeconds: number;
}

/** Who sees what: a column of trouble is a Region's, a row of trouble is the witness's own. */
export interface WitnessMatrix {
  regions: readonly string[];
  rows: readonly Witness[];
  /** "A Region fails when two vantage points outside it agree for 30 s. Never more than one at once." */
  rule: string;
}

export interface Witness {
  id: string;
  /** "Health checkers", "Canary in eu-west-1" */
  name: string;
  /** "16 locations, every 10 s, 3 in a row" */
  note: string;
  /** One per Region; null where this witness does not look. */
  cells: readonly (WitnessCell | null)[];
}

export interface WitnessCell {
  status: Status;
  /** "16 of 16", "refused", "reads 100 %" */
  figure: string;
  /** It stands in the Region it speaks of: shown, never counted. */
  own?: boolean;
  at: string | null;
  withinSeconds: number;
}

export interface RecoveryAct {
  id: string;
  /** "Fail over to eu-west-1" */
  title: string;
  /** What it does and what it costs; the rule stands beside the button when it is forbidden. */
  why: string;
  /** How it stands: ok may be done, warning may with something to accept, held is refused. */
  status: Status;
  permission: Permission;
  /** The button: "Decide", "Request". */
  label: string;
  href: Route;
  /** It begins an emergency. */
  danger?: boolean;
}

/** A Region that was fenced, or is to be fenced as soon as it answers. */
export interface Fence {
  id: string;
  region: string;
  /** What asked for it; null where the record of a break-glass script did. */
  operation: { id: string; href: Route } | null;
  status: Status;
  /** "fenced", "not fenced" */
  word: string;
  since: string;
  means: readonly FenceMeans[];
  /** The watch that fences the moment the Region answers; null once all is done. */
  watch: { tries: number; triedAt: string; everySeconds: number } | null;
  /** Set when it came back with writes; `orders` is null while what it has was not read yet. */
  splitBrain: { text: string; orders: number | null; href: Route } | null;
}

export interface FenceMeans {
  id: string;
  /** done: ok; unreachable: unknown; refused or erred: critical; not tried yet: waiting. */
  status: Status;
  /** "done", "unreachable", "failed", "next" */
  word: string;
  /** "Database security group to deny-all" */
  name: string;
  /** "1:31", "11 tries" */
  note: string;
}

/* ---------- readiness ---------- */

export interface ReadinessModel {
  /** Which scenarios are shown: all, Regions, links, services. */
  filters: readonly Tab[];
  scenarios: readonly Scenario[];
  groups: readonly CheckGroup[];
  /** The cell that is open. */
  chosen: CheckDetail | null;
  rankings: readonly Ranking[];
}

export interface Scenario {
  id: string;
  /** "us-east-1" */
  name: string;
  /** "Region lost", "link lost", "control plane lost" */
  what: string;
  status: Status;
  /** "ready", "3 gaps", "not survivable" */
  word: string;
}

export interface CheckGroup {
  name: string;
  checks: readonly {
    id: string;
    name: string;
    /** One per scenario; null where the check says nothing about it. */
    cells: readonly (ReadinessCell | null)[];
  }[];
}

export interface ReadinessCell {
  status: Status;
  /** A few characters: "0.08 s", "11 short", "no path". Empty where the shape says it. */
  figure: string;
  href: Route;
  at: string | null;
  withinSeconds: number;
}

export interface CheckDetail {
  checkId: string;
  scenarioId: string;
  /** "Network paths, if us-east-1 is lost" */
  title: string;
  status: Status;
  word: string;
  /** A sentence with numbers. */
  message: string;
  at: string | null;
  withinSeconds: number;
  /** What it was judged from. */
  evidence: readonly Check[];
  /** The row of the AWS facts it rests on, with the strategy document's own words where it contradicts them. */
  source: { row: string; statement: string; line: string | null } | null;
  remedy: string | null;
  /** The operation that closes it. */
  operation: { label: string; href: Route; permission: Permission } | null;
  finding: { id: string; href: Route } | null;
}

export interface Ranking {
  /** The Region that is lost. */
  lost: string;
  /** How many candidates are not listed. */
  more: number;
  targets: readonly RankedTarget[];
}

/** A Region that could take over, with the reasons for its rank. */
export interface RankedTarget {
  region: string;
  /** Null where it may not take over. */
  rank: number | null;
  status: Status;
  /** "can take over", "can, after pre-scale", "cannot" */
  word: string;
  lag: { reading: Reading; status: Status };
  behindBytes: number | null;
  /** Nodes: needed of ready, needed of maximum. */
  ready: { needed: number; has: number | null; status: Status };
  maximum: { needed: number; has: number; status: Status };
  version: { text: string; status: Status };
  residency: { text: string; status: Status };
  onCall: { text: string; status: Status };
  /** The sentence that decides. */
  why: string;
}

/* ---------- plans ---------- */

export interface PlansModel {
  plans: readonly PlanRow[];
  chosen: PlanDetail | null;
}

export interface PlanRow {
  id: string;
  href: Route;
  /** "Failover", "Switchover" */
  kind: string;
  /** "us-east-1 lost, to eu-west-1" */
  what: string;
  selected: boolean;
  status: Status;
  /** "sound", "2 steps refused", "5 steps unproven" */
  word: string;
  steps: number;
  typicalSeconds: number | null;
  provenAt: string | null;
}

export interface PlanDetail {
  id: string;
  title: string;
  note: string;
  steps: readonly PlanStep[];
  /** The self-contained file; null where none was written yet. */
  bundle: { href: string; writtenAt: string; sha256: string; status: Status; word: string } | null;
  act: { label: string; href: Route; permission: Permission } | null;
}

export interface PlanStep {
  number: number;
  title: string;
  region: string | null;
  needsRegions: readonly string[];
  irreversible: boolean;
  /** Neighbours of the same group run at once. */
  group: string | null;
  /** What it has observed when it passes. */
  postcondition: string | null;
  typicalSeconds: number | null;
  runs: number;
  /** When it last ran for real or in a drill; null: never. */
  provenAt: string | null;
  /** Older than this its proof has decayed, seconds. */
  provenWithinSeconds: number;
  /** Set where the step needs what is lost: the reason with its row of the AWS facts. */
  refusal: { reason: string; row: string } | null;
}

/* ---------- runbook ---------- */

export interface RunbookModel {
  /** "The runbook as written stops at its second step: 9 of 21 commands cannot work." */
  summary: string;
  /** "Quarterly review due 24 Jan 2026, 303 d overdue." */
  review: { status: Status; text: string };
  filters: readonly Tab[];
  lines: readonly RunbookLine[];
}

export interface RunbookLine {
  id: string;
  /** Lines of the strategy document: "L414". */
  line: string;
  /** "Failover, step 1" */
  section: string;
  written: string;
  status: Status;
  /** "works", "cannot work", "acts elsewhere", "destroys", "unsafe" */
  word: string;
  why: string;
  /** "B-07" */
  row: string;
  /** What to do instead; null where it is right as written. */
  instead: string | null;
}

/* ---------- drills ---------- */

export interface DrillsModel {
  /** The strip of every row covers this time. */
  from: string;
  to: string;
  rows: readonly DrillRow[];
  /** Steps that never ran, or whose proof has decayed. */
  /** How many there are in all; some of them are listed. */
  unprovenInAll: number;
  unproven: readonly { step: string; plan: string; provenAt: string | null; status: Status }[];
  schedule: { permission: Permission; regions: readonly string[]; levels: readonly DrillLevelChoice[] };
}

export interface DrillLevelChoice {
  value: string;
  label: string;
  /** What it does to the estate. */
  hint: string;
}

export interface DrillRow {
  id: string;
  /** "Read evacuation" */
  name: string;
  region: string;
  /** "sends readers away and back" */
  what: string;
  last: { at: string; operation: { id: string; href: Route }; status: Status; word: string } | null;
  /** The best proof of it: "writes 0:24, reads 0:19". */
  achieved: string;
  /** Null where it was never held and nobody has scheduled it: it is due as long as that is so. */
  due: string | null;
  status: Status;
  /** "overdue", "due", "scheduled", "done" */
  word: string;
  marks: readonly { at: string; status: Status; label: string }[];
  start: { label: string; href: Route; permission: Permission };
}

export interface DrillSchedule {
  level: string;
  region: string;
  /** ISO 8601, UTC. */
  at: string;
  reason: string;
}

/* ---------- reports ---------- */

export interface ReportsModel {
  rows: readonly ReportRow[];
  summary: string;
  newer: Route | null;
  older: Route | null;
}

export interface ReportRow {
  id: string;
  href: Route;
  kind: string;
  what: string;
  endedAt: string;
  status: Status;
  word: string;
  /** Writes, reads, redundancy; null where the run had no such clock. */
  clocks: readonly ({ seconds: number; status: Status } | null)[];
  orders: { status: Status; text: string };
  links: { html: string; pdf: string; json: string };
  replay: Route;
}

export interface RecoveryActions {
  scheduleDrill: (schedule: DrillSchedule) => Promise<ActionResult>;
}
