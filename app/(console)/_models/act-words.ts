import type { Route } from 'next';
import type { RecoveryKind } from '#lib/domain/recovery/params.ts';
import { type RequestQuery, routes } from '#lib/routes.ts';

type Params = Readonly<Record<string, unknown>>;

/** The button that asks for it: "Connect eu-west-1 and ap-southeast-1". */
export function actLabel(kind: RecoveryKind, params: Params): string {
  const { from, to, region, target, lost } = params;
  switch (kind) {
    case 'connect-regions':
      return `Connect ${from} and ${to}`;
    case 'prepare-switch':
      return `Prepare the switch of ${region}`;
    case 'rebuild':
      return `Rebuild ${region}`;
    case 'return':
      return `Let readers back into ${region}`;
    case 'evacuate':
      return `Evacuate ${region}`;
    case 'switchover':
      return `Switch over to ${target}`;
    case 'failback':
      return `Fail back to ${target}`;
    case 'failover':
      return `Decide about ${lost}`;
    case 'drill':
      return `Drill in ${region}`;
    default:
      return kind satisfies never;
  }
}

/** Where it is asked for: what the network lacks on its own page, a lost Region where it is decided about, the rest in a sheet. */
export function actHref(here: { environment?: string }, kind: RecoveryKind, params: Params): Route {
  const asked = { ...here, act: kind, ...(params as RequestQuery) };
  if (kind === 'connect-regions') return routes.network(asked);
  if (kind === 'failover')
    return routes.decide({
      ...here,
      option: 'full',
      lost: String(params.lost),
      target: String(params.target),
    });
  return routes.recovery(asked);
}
