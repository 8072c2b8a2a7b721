import type { SafeAct } from '#components/overview/model.ts';
import { permits } from '#lib/domain/access/access.ts';
import { findEnvironment } from '#lib/domain/estate/estate.ts';
import { blockingFreeze, type Freeze, freezeReason } from '#lib/domain/freeze/freeze.ts';
import { routes } from '#lib/routes.ts';
import type { findActiveOperation } from '#lib/services/operations/read.ts';
import type { EstateState } from '#lib/services/regions/state.ts';
import { findNewestGood } from '#lib/services/releases/read.ts';
import { count, listOf } from './common.ts';
import type { Frame } from './recovery/frame.ts';
import { rollbackOffer } from './rollback-offer.ts';

type Active = Awaited<ReturnType<typeof findActiveOperation>>;

/** What may stand against an act: the operation that runs, and the freezes that are not over. */
interface Stands {
  active: Active;
  freezes: readonly Freeze[];
}

/** What may be done to versions now: back to the one before, and forward to the newest that does not serve yet. */
export async function deploymentActs(
  frame: Frame,
  state: EstateState,
  { active, freezes }: Stands,
): Promise<SafeAct[]> {
  return [...(await rollbackAct(frame, active)), ...(await deployAct(frame, state, { active, freezes }))];
}

async function rollbackAct({ context, environment, here }: Frame, active: Active): Promise<SafeAct[]> {
  const offer = await rollbackOffer(context, environment);
  if (offer === null) return [];
  const targets = [...new Set(offer.regions.flatMap(({ back }) => back ?? []))];
  const { permission, operation } = offer;
  const waits = active && active.id !== operation.id;
  return [
    {
      id: 'rollback',
      title: `Roll back to ${listOf(targets)}`,
      why: !permission.allowed
        ? permission.reason
        : waits
          ? `Waits for ${active.id}: one operation at a time.`
          : `${count(offer.regions.length, 'Region')} on ${offer.version}, brought by ${operation.id}. It waits for nobody by default.`,
      verdict: permission.allowed && !waits ? 'allowed' : 'held',
      href: operation.running ? operation.href : routes.deployments(here),
    },
  ];
}

async function deployAct(
  { context, environment, here }: Frame,
  state: EstateState,
  { active, freezes }: Stands,
): Promise<SafeAct[]> {
  const version = await findNewestGood(context);
  const regions = findEnvironment(context.estate, environment)?.regions ?? [];
  const serves = state.regions.every((region) => region.service.value?.liveVersion === version);
  if (version === null || serves) return [];
  const granted = permits(context.actor.grants, 'operation.request', { regions });
  const freeze = blockingFreeze(freezes, { environment, regions, kind: 'deployment' }, context.now);
  const why = !granted.allowed
    ? granted.reason
    : freeze
      ? freezeReason(freeze)
      : active
        ? `Waits for ${active.id}: one operation at a time.`
        : 'The newest release that is not marked bad. Its checks stand in the request.';
  return [
    {
      id: 'deploy',
      title: `Deploy ${version}`,
      why,
      verdict: granted.allowed && !freeze && !active ? 'allowed' : 'held',
      href: routes.deployments({ ...here, act: 'deploy', version }),
    },
  ];
}
