import { steadyLoad } from '../capacity/capacity.ts';
import { reckonLoad } from '../capacity/load.ts';
import { onceFor } from '../once-for.ts';
import { plannedShares } from '../traffic/solve.ts';
import { globalShares } from '../traffic/weights.ts';
import { answeredShare } from './dns-answers.ts';
import { known, type Outlook, type RecoveryRegionFacts } from './facts.ts';

/**
 * Requests a second over all Regions, as recovery reckons with them. What a silent Region last reported counts as long as DNS
 * may send users there; once it does not, they are with the others, and counting them twice would ask for half as many nodes
 * again. Until the others show them, the silent Region's last report and its weight say how much all of it was.
 */
export const recoveryLoad = onceFor((outlook: Outlook): number => {
  const { estate, facts } = outlook;
  const gone = facts.regions.filter((region) => isLeft(outlook, region));
  const there = reckonLoad(
    estate,
    facts.regions.filter((region) => !gone.includes(region)),
  );
  const share = gone.reduce((sum, { code }) => sum + weightOf(outlook, code), 0);
  if (gone.length === 0 || share <= 0 || share >= 1) return reckonLoad(estate, facts.regions).load;
  const last = gone.reduce((sum, { traffic }) => sum + (traffic.value?.requestsPerSecond ?? 0), 0);
  return Math.max(there.load, steadyLoad(last / share, estate.capacity.peakRequestsPerSecond));
});

/** Silent, and named by no answer of the zone's name servers. */
function isLeft(outlook: Outlook, { code, traffic }: RecoveryRegionFacts): boolean {
  return (
    traffic.value !== null && !known(outlook, 'traffic', traffic).known && answeredShare(outlook, code) === 0
  );
}

/** Its part of all users by the weights as they were last read. */
function weightOf({ estate, environment, facts }: Outlook, code: string): number {
  const weights = facts.records.value?.weights;
  return weights ? (globalShares(weights, plannedShares(estate), environment.regions)[code] ?? 0) : 0;
}
