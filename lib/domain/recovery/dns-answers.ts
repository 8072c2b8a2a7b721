import { plannedShares } from '../traffic/solve.ts';
import { known, type Outlook } from './facts.ts';

/** Share of all users whom the zone's name servers send to the Region, 0–1; null where they were not asked lately. */
export function answeredShare(outlook: Outlook, region: string): number | null {
  const dns = known(outlook, 'dns', outlook.facts.dns);
  if (!dns.known) return null;
  const shares = plannedShares(outlook.estate);
  return Object.entries(dns.value.answers).reduce((sum, [geography, answers]) => {
    const asked = Object.values(answers).reduce((total, answered) => total + answered, 0);
    return asked === 0 ? sum : sum + ((shares[geography] ?? 0) * (answers[region] ?? 0)) / asked;
  }, 0);
}
