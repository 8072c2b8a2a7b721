import type { Route } from 'next';
import type { RollbackOffer } from '#components/deployments/pipeline-rollback-model.ts';
import type { Permission, Status } from '#components/ui/model.ts';
import type { ActPlan } from './act-model.ts';
import type { AreaKey } from './areas.ts';

export interface RunningOperation {
  /** Held: a gate or a rule stopped it, and it goes on when that passes or a person asks it to try again. */
  state: 'running' | 'paused' | 'held';
  id: string;
  href: Route;
  /** "Traffic shift, us-east-1 to eu-west-1, 10 points" */
  title: string;
  step: { index: number; count: number };
  /** "Step 2 of 3, dwell 3:12 of 5:00, next at 09:43" */
  progress: string;
  pause: Permission;
  resume: Permission;
  abort: Permission;
  abortPlan: ActPlan;
}

/** What the bar under the top bar says on every page. */
export type OperationBarModel =
  | {
      state: 'idle' /** "No operation is running in production. Last: OP-1036 reverted at 2026-11-23 05:28 UTC." */;
      sentence: string;
    }
  | RunningOperation;

export interface ShellModel {
  /** Time of the render, ISO 8601. */
  at: string;
  /** The area to mark; without it the path decides. */
  current?: AreaKey;
  environment: {
    name: string;
    /** 60: declared waits run sixty times faster. Always shown when it is not 1. */
    timeScale: number;
    choices: readonly { name: string; href: Route }[];
  };
  /** Where the console and its database run; `warning` is set when one of them stands in a Region that is at risk, `lost`. */
  home: { region: string; databaseRegion?: string; lost?: string; status?: Status; warning?: string };
  /** What this person must know on every page, under the operation bar: the sinking ship, split brain, a debt that holds them. */
  notices?: readonly ShellNotice[];
  person: { name: string; email: string; roles: string; password: PasswordPlace };
  /** A count only where someone must act, with the shape of the worst item. */
  counts: Partial<Record<AreaKey, { count: number; status?: Status }>>;
  operation: OperationBarModel;
  palette: readonly PaletteItem[];
  /** What can be rolled back from any page; absent where nothing can. */
  rollback?: RollbackOffer;
}

/** Where somebody's password is kept and changed: here, or at the identity provider, by its name. */
export type PasswordPlace = { kept: 'here' } | { kept: 'provider'; provider: string };

export interface ShellNotice {
  id: string;
  status: Status;
  /** "Your changes are held." */
  title: string;
  text: string;
  link?: { href: Route; label: string };
}

export interface PaletteItem {
  id: string;
  group: string;
  label: string;
  hint?: string;
  href: Route;
  /** Opens this sheet over the page instead of going to the address. */
  opens?: 'rollback';
}

export const RANGES = [
  { key: '15m', label: 'Last 15 min' },
  { key: '1h', label: 'Last 1 h' },
  { key: '6h', label: 'Last 6 h' },
  { key: '24h', label: 'Last 24 h' },
  { key: '7d', label: 'Last 7 d' },
] as const;

export type RangeKey = (typeof RANGES)[number]['key'];
export const DEFAULT_RANGE: RangeKey = '1h';
