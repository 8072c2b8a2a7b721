import type { AttentionItem } from '#components/overview/model.ts';
import { formatAge, formatShare } from '#components/ui/format.ts';
import { refusedOrders } from '#lib/domain/recovery/refused-orders.ts';
import { routes } from '#lib/routes.ts';
import { detectionOf } from '#lib/services/recovery/situation.ts';
import type { EstateState, RegionState } from '#lib/services/regions/state.ts';
import type { Frame } from './recovery/frame.ts';
import { FORCED_OFF, regionVerdict } from './region-verdict.ts';

/** Orders that a run has left refused, alarms, Regions that are not well, measured shares that are not as configured. */
export function attentionItems({ context, here, situation }: Frame, state: EstateState): AttentionItem[] {
  const { now } = context;
  const refused = refusedOrders(situation.outlook);
  const left: AttentionItem[] = refused
    ? [
        {
          id: 'refused-orders',
          status: 'critical',
          title: 'Orders are refused',
          text: refused.message,
          href: routes.operation(refused.operation, here),
        },
      ]
    : [];
  const somethingIsOff = situation.topology.regions.some(({ switchedOff }) => switchedOff);
  const ofRegions = state.regions.flatMap((region): AttentionItem[] => {
    const code = region.region.code;
    const items: AttentionItem[] = (region.alarms.value?.inAlarm ?? []).map((alarm) => ({
      id: `alarm-${code}-${alarm.name}`,
      status: 'critical',
      title: `${alarm.name}, ${code}`,
      text: alarm.reason,
      href: routes.region(code, here),
    }));
    const { status, trouble, word } = regionVerdict(situation, region);
    if (status !== 'ok') {
      const observed = region.traffic;
      const reason = trouble ? detectionOf(situation.detection, code)?.reason : undefined;
      items.push({
        id: `region-${code}`,
        status,
        title: `${code}: ${word.toLowerCase()}`,
        text:
          word === FORCED_OFF
            ? 'The switches of its peers keep it out of DNS, healthy or not, until its readers are let back.'
            : (reason ?? (observed.error ? `${observed.error}.` : regionText(region))),
        ...(observed.observedAt
          ? { end: `seen ${formatAge((now.getTime() - Date.parse(observed.observedAt)) / 1_000)} ago` }
          : {}),
        href: word === FORCED_OFF ? routes.recovery({ ...here, region: code }) : routes.region(code, here),
      });
    }
    const configured = region.configuredShare;
    // Where a Region is forced off the others carry its share, as they were told to.
    if (
      !somethingIsOff &&
      configured !== null &&
      region.measuredShare !== null &&
      Math.abs(configured - region.measuredShare) > 0.05
    ) {
      items.push({
        id: `drift-${code}`,
        status: 'warning',
        title: `${code} carries ${formatShare(region.measuredShare)} %, configured are ${formatShare(configured)} %`,
        text: 'Measured and configured share differ by more than 5 points. Resolvers may still follow a change.',
        href: routes.traffic(here),
      });
    }
    return items;
  });
  return [...left, ...ofRegions];
}

function regionText(region: RegionState): string {
  const lag = region.lag?.value;
  if (lag && !lag.idle && lag.seconds !== null && lag.class !== 'ok')
    return `Database lag is ${lag.seconds.toFixed(1)} s.`;
  const traffic = region.traffic.value;
  return traffic
    ? `Error rate ${formatShare(traffic.errorRate ?? 0, 2)} %, p95 ${Math.round(traffic.p95Ms ?? 0)} ms.`
    : 'Nothing is known about it.';
}
