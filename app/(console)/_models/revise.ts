import type { Route } from 'next';
import { z } from 'zod';
import { isRecoveryKind } from '#lib/domain/recovery/params.ts';
import { routes } from '#lib/routes.ts';
import type { VerbContext } from '#lib/services/context.ts';
import { within } from './common.ts';

const Asked = z.object({ request: z.record(z.string(), z.unknown()) });

/** The form that a request of this kind is made with, filled in as it was asked for; null where the kind has none. */
export function reviseHref(
  { estate }: VerbContext,
  { id, kind, environment, params }: { id: string; kind: string; environment: string; params: unknown },
): Route | null {
  const here = within(estate, environment);
  const request = Asked.safeParse(params).data?.request ?? {};
  const text = (name: string) => {
    const value = request[name];
    return typeof value === 'string' ? value : undefined;
  };
  if (kind === 'traffic-shift') {
    const mode = text('mode');
    const compose = mode === 'drain' ? 'drain' : mode === 'split' ? 'target' : 'geography';
    return routes.traffic({ ...here, compose, revise: id });
  }
  if (kind === 'deployment') return routes.deployments({ ...here, act: 'deploy', version: text('version') });
  if (kind === 'failover')
    return routes.decide({
      ...here,
      ...(text('lost') ? { lost: text('lost') } : {}),
      ...(text('target') ? { target: text('target') } : {}),
    });
  if (!isRecoveryKind(kind)) return null;
  return routes.recovery({
    ...here,
    act: kind,
    ...Object.fromEntries(
      (['region', 'target', 'from', 'to', 'level'] as const).flatMap((name) => {
        const value = text(name);
        return value === undefined ? [] : [[name, value]];
      }),
    ),
  });
}
