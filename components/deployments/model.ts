import type { Route } from 'next';
import type { ActPlan } from '#components/shell/act-model.ts';
import type { ActionResult, Permission, Section, Sentence, Status } from '#components/ui/model.ts';

/** Deployments of one environment: runs, releases, what serves where, and how well it goes. */
export interface DeploymentsModel {
  at: string;
  status: Status;
  /** "All 3 Regions of production serve v2.0.0." */
  answer: Sentence;
  detail: string;
  tabs: readonly LinkTab[];
  content: DeploymentsContent;
  register: RegisterModel;
}

interface LinkTab {
  label: string;
  href: Route;
  current: boolean;
}

export type DeploymentsContent =
  | { tab: 'deployments'; section: Section<RunsModel> }
  | { tab: 'releases'; section: Section<ReleasesModel> }
  | { tab: 'versions'; section: Section<VersionsModel> }
  | { tab: 'numbers'; section: Section<NumbersModel> };

/** A page of a list, and how to get to its neighbours. */
interface PageOf<Row> {
  filters: readonly LinkTab[];
  rows: readonly Row[];
  summary: string;
  newer: Route | null;
  older: Route | null;
  none: { title: string; text: string };
}

export type RunsModel = PageOf<RunRow>;

export interface RunRow {
  id: string;
  href: Route;
  status: Status;
  word: string;
  /** "Deployment", "Rollback" */
  kind: string;
  what: string;
  /** In the order in which it goes through them. */
  regions: readonly { region: string; reached: 'no' | 'switched' | 'back' }[];
  /** "2 of 3", "1 of 3, put back" */
  reached: string;
  who: string;
  requestedAt: string;
  startedAt: string | null;
  /** Of one that has ended; null while it runs or waits. */
  tookSeconds: number | null;
}

export type ReleasesModel = PageOf<ReleaseRow>;

export interface ReleaseRow {
  version: string;
  href: Route;
  /** What stands against deploying it: bad, a moved tag, missing somewhere, not known. */
  verdict: { status: Status; word: string };
  /** `sha256:4f1c9a…`, as far as people compare it. */
  digest: string;
  /** "expand" */
  schema: string;
  author: string;
  registeredBy: string;
  registeredAt: string;
  /** Null: no deployment of it to staging ended well. */
  staging: { label: string; href: Route } | null;
  registries: { status: Status; text: string };
  /** "production: 3 of 3", one line an environment. */
  liveIn: readonly string[];
}

export interface VersionsModel {
  environments: readonly EnvironmentVersions[];
  withinSeconds: number;
}

export interface EnvironmentVersions {
  name: string;
  status: Status;
  /** "All 3 Regions serve v2.0.0." */
  text: string;
  /** Since when they differ, at least. */
  since: string | null;
  rows: readonly VersionRow[];
}

export interface VersionRow {
  region: string;
  regionHref: Route;
  status: Status;
  /** "as the others", "differs", "not known" */
  word: string;
  version: string | null;
  /** Of a registered release. */
  versionHref: Route | null;
  digest: string | null;
  colour: string | null;
  liveSince: string | null;
  ready: number | null;
  desired: number | null;
  /** "v1.9.0, green, 0 of 0" */
  idle: string | null;
  at: string | null;
  /** What differs, each with since when. */
  differences: readonly { text: string; since: string | null }[];
}

export interface NumbersModel {
  environment: string;
  /** "Last 7 days" … */
  columns: readonly string[];
  rows: readonly NumberRow[];
  note: string;
}

export interface NumberRow {
  name: string;
  /** What is counted, from when to when. */
  definition: string;
  cells: readonly NumberCell[];
}

export interface NumberCell {
  /** Null: nothing to rest on. */
  value: string | null;
  unit: string;
  /** "12 deployments", "no deployment ended" */
  samples: string;
}

/** One release on its own page. */
export interface ReleaseModel {
  at: string;
  version: string;
  status: Status;
  answer: Sentence;
  detail: string;
  /** What stands against it, worst first. */
  remarks: readonly { id: string; status: Status; title: string; text: string }[];
  digest: string;
  facts: readonly ReleaseFact[];
  notes: string;
  /** One row a Region. */
  regions: readonly ReleaseRegion[];
  /** Names of the environments, one column each. */
  environments: readonly string[];
  /** Age past which what a registry has is not known any more. */
  withinSeconds: number;
  runs: readonly RunRow[];
  allRuns: Route;
  /** Whether a deployment of it may be asked for. */
  deploy: Permission;
  markBad: { permission: Permission; plan: ActPlan };
  /** Null while it is not marked bad. */
  clear: { permission: Permission; plan: ActPlan } | null;
  allReleases: Route;
}

/** `href`: a page of ours; `external`: somebody else's; `at`: when it was. */
export interface ReleaseFact {
  term: string;
  text: string;
  href?: Route;
  external?: string;
  at?: string;
}

export interface ReleaseRegion {
  region: string;
  href: Route;
  registry: { status: Status; word: string; text: string | null };
  pushedAt: string | null;
  scan: string | null;
  observedAt: string | null;
  /** In the order of `environments`; null where the environment does not have the Region. */
  live: readonly (LiveCell | null)[];
}

export interface LiveCell {
  status: Status;
  word: string;
  text: string | null;
  since: string | null;
}

export interface RegisterModel {
  permission: Permission;
  /** Who is the author where nobody else is named. */
  author: string;
}

/** What the form holds; the verb parses it. */
export interface RegisterDraft {
  version: string;
  digest: string;
  schema: string;
  schemaNote: string;
  notes: string;
  changeUrl: string;
  author: string;
}

export interface DeploymentsActions {
  register: (draft: RegisterDraft) => Promise<ActionResult>;
}

export interface ReleaseActions {
  markBad: (version: string, reason: string) => Promise<ActionResult>;
  clear: (version: string, reason: string) => Promise<ActionResult>;
}
