import type { Route } from 'next';
import type { ActPlan } from '#components/shell/act-model.ts';
import type { ActionResult, Check, Permission, Sentence, Status } from '#components/ui/model.ts';
import type { PreviewAnswer } from '#components/ui/use-preview.ts';
import type { ActionKind } from '#lib/domain/freeze/action-kinds.ts';
import type { FreezesTab } from '#lib/routes.ts';

/** One freeze in a list. */
export interface FreezeRow {
  id: string;
  href: Route;
  current: boolean;
  /** Its name, else what it holds. */
  title: string;
  /** "Deployments, production" */
  what: string;
  region: string;
  /** "every weekday at 22:00 for 8 h, Europe/Berlin"; null: once. */
  recurs: string | null;
  status: Status;
  word: string;
  /** In force from when until when; of one that is not, the next time, or as it was. */
  startsAt: string;
  /** Null: until somebody lifts it. */
  endsAt: string | null;
  reason: string;
  incidentUrl: string | null;
  by: string;
  lift: Permission;
}

/** A freeze that is looked at: what it says where it blocks something, and what can be done about it. */
export interface FreezeDetail {
  row: FreezeRow;
  /** The sentence that stands at what it blocks; null while it blocks nothing. */
  sentence: string | null;
  /** "created by Ada, 3 Nov; changed by Otto, 4 Nov" */
  history: readonly { what: string; by: string; at: string }[];
  exceptions: readonly ExceptionRow[];
  except: ExceptForm;
  change: ChangeForm;
}

export interface ExceptionRow {
  id: string;
  freeze: { title: string; href: Route };
  /** "Deployments in eu-west-1, production" */
  what: string;
  /** "Olga Operator", "anybody else" */
  who: string;
  once: boolean;
  status: Status;
  word: string;
  by: string;
  reason: string;
  grantedAt: string;
  endsAt: string;
  usedBy: readonly { id: string; href: Route }[];
  end: Permission;
}

/** What may be let through a freeze. */
export interface ExceptForm {
  freeze: string;
  title: string;
  permission: Permission;
  environments: readonly string[];
  /** Of the freeze; the first means all of them. */
  regions: readonly Choice[];
  actionKinds: readonly { value: ActionKind; label: string }[];
  people: readonly Choice[];
}

/** What may be changed of a freeze. */
export interface ChangeForm {
  freeze: string;
  title: string;
  permission: Permission;
  values: FreezeValues;
}

export interface Choice {
  value: string;
  label: string;
}

export interface MatrixCell {
  status: Status;
  /** "open", "frozen", "frozen in part", "exception" */
  word: string;
  /** When that ends; null: open, or until somebody lifts it. */
  until: string | null;
  /** Where it is open: when it next is not. */
  next: string | null;
  href: Route;
}

export interface FreezeMatrix {
  regions: readonly string[];
  kinds: readonly { key: string; label: string; title: string }[];
  rows: readonly (readonly MatrixCell[])[];
}

/** One cell that is looked at. */
export interface CellDetail {
  region: string;
  kind: string;
  kindLabel: string;
  status: Status;
  word: string;
  /** One for each freeze in force, and one where nothing is. */
  sentences: readonly { text: string; href: Route | null }[];
  next: { text: string; href: Route } | null;
  holds: string;
}

export interface CalendarEntry {
  freeze: string;
  href: Route;
  title: string;
  what: string;
  region: string;
  recurs: boolean;
  startsAt: string;
  endsAt: string | null;
  current: boolean;
}

export interface CalendarModel {
  /** "2026-11" */
  month: string;
  label: string;
  /** The reader's own (null), UTC, and those that freezes and Regions are in. */
  zones: readonly { zone: string | null; href: Route }[];
  /** Null: the reader's. */
  zone: string | null;
  entries: readonly CalendarEntry[];
  more: boolean;
  earlier: Route;
  later: Route;
  today: Route;
}

/** What a freeze is made of, as the form holds it; times are local to `zone`. */
export interface FreezeValues {
  name: string;
  environment: string;
  region: string;
  /** An action kind, a kind of operation, or every change. */
  kind: string;
  recurs: boolean;
  zone: string;
  /** "2026-11-27T22:00"; empty: now. */
  start: string;
  /** "2026-11-28T06:00"; empty: until somebody lifts it. */
  end: string;
  rule: string;
  hours: string;
  reason: string;
  incidentUrl: string;
}

/** What the form sends: as the verb takes it. */
export interface FreezeRequest {
  name: string | null;
  environment: string | null;
  region: string | null;
  actionKind: ActionKind | null;
  kind: string | null;
  reason: string;
  incidentUrl: string | null;
  startsAt?: string;
  endsAt: string | null;
  recurrence: RecurrenceValues | null;
  acknowledged: string[];
}

export interface RecurrenceValues {
  start: string;
  rule: string;
  zone: string;
  durationMinutes: number;
}

export interface OccurrencePreview {
  next: readonly { startsAt: string; endsAt: string }[];
  endsAt: string | null;
}

export interface CreateModel {
  permission: Permission;
  environments: readonly Choice[];
  regions: readonly Choice[];
  kinds: readonly Choice[];
  /** What stands against freezing now: a run that would be held. */
  checks: readonly Check[];
  rollbackWarning: string;
}

export interface FreezesModel {
  at: string;
  environment: string;
  status: Status;
  answer: Sentence;
  detail: string;
  tab: FreezesTab;
  tabs: readonly { label: string; href: Route; current: boolean }[];
  stop: { permission: Permission; plan: ActPlan };
  create: CreateModel;
  matrix: FreezeMatrix | null;
  cell: CellDetail | null;
  chosen: FreezeDetail | null;
  /** Of the tab: those that are open, or those that are past. */
  rows: readonly FreezeRow[];
  calendar: CalendarModel | null;
  exceptions: readonly ExceptionRow[];
  exceptionFilters: readonly { label: string; href: Route; current: boolean }[];
  summary: string;
  newer: Route | null;
  older: Route | null;
  closeHref: Route;
}

export interface FreezesActions {
  stop: (reason: string) => Promise<ActionResult>;
  create: (request: FreezeRequest) => Promise<ActionResult>;
  change: (id: string, request: FreezeRequest) => Promise<ActionResult>;
  lift: (id: string, reason: string) => Promise<ActionResult>;
  preview: (request: {
    recurrence: RecurrenceValues;
    endsAt: string | null;
  }) => Promise<PreviewAnswer<OccurrencePreview>>;
  except: (request: ExceptRequest) => Promise<ActionResult>;
  endException: (id: string) => Promise<ActionResult>;
}

export interface ExceptRequest {
  freeze: string;
  environment: string;
  region: string | null;
  actionKind: ActionKind;
  person: string | null;
  once: boolean;
  endsAt: string;
  reason: string;
}
