import type { Permission, Status } from '#components/ui/model.ts';
import { permits } from '#lib/domain/access/access.ts';
import { staleAfterSeconds } from '#lib/domain/observation/kinds.ts';
import type { RecoveryKind } from '#lib/domain/recovery/params.ts';
import type { Verdict } from '#lib/domain/recovery/verdict.ts';
import { type RequestQuery, routes } from '#lib/routes.ts';
import type { VerbContext } from '#lib/services/context.ts';
import type { Situation } from '#lib/services/recovery/situation.ts';

/** What every part of the recovery pages is made from. */
export interface Frame {
  context: VerbContext;
  situation: Situation;
  environment: string;
  /** What a link carries to stay in the environment. */
  here: { environment?: string };
}

export const VERDICT_STATUS = {
  ok: 'ok',
  warning: 'warning',
  blocked: 'critical',
  unknown: 'unknown',
} as const satisfies Record<Verdict, Status>;

/** Readiness is evaluated at least each 60 s by the elected worker; beyond this it is late, s. */
export const EVALUATED_WITHIN_SECONDS = 75;

/** Past this age a metric, an observation of a database or a verdict on who fails has lost its status, s. */
export function freshSeconds({ context }: Pick<Frame, 'context'>): number {
  return staleAfterSeconds('metrics', context.estate.metrics.periodSeconds);
}

/** As `freshSeconds`, of what is asked for less often: the zone, networks, other stores. */
export function slowFreshSeconds({ context }: Pick<Frame, 'context'>): number {
  return staleAfterSeconds('zone', context.estate.metrics.periodSeconds);
}

/** Past this age what a vantage point sees has lost its status, s: a canary runs, then its metric arrives. */
export function sightFreshSeconds(frame: Pick<Frame, 'context'>, vantage: string): number {
  if (vantage === 'console') return slowFreshSeconds(frame);
  return vantage.startsWith('canary-') ? 2 * freshSeconds(frame) : freshSeconds(frame);
}

/** Where something is asked for: a lost Region is decided about on a page of its own, the rest in a sheet. */
export function requestHref(
  { here }: Pick<Frame, 'here'>,
  { kind, params }: { kind: RecoveryKind; params: Readonly<Record<string, unknown>> },
  page: Parameters<typeof routes.recovery>[0] = {},
) {
  if (kind === 'failover')
    return routes.decide({
      ...here,
      option: 'full',
      lost: String(params.lost),
      target: String(params.target),
    });
  return routes.recovery({ ...here, ...page, act: kind, ...(params as RequestQuery) });
}

/** Whether this person's grants let them ask for something that changes these Regions. */
export function mayRequestIn({ context }: Pick<Frame, 'context'>, regions: readonly string[]): Permission {
  return permits(context.actor.grants, 'operation.request', { regions });
}
