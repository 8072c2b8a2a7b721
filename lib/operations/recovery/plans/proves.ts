import type { PlannedStep } from '#lib/domain/operation/plan.ts';
import { keysOf } from '../planning.ts';

/**
 * The steps of a part of a plan, or of a drill, with the keys under which other plans have them: who moved the writer there and
 * back in a drill has carried out what a failover would.
 */
export function proving(steps: readonly PlannedStep[], part = ''): PlannedStep[] {
  return steps.map((step) => {
    const proves = [...new Set([...ownKeys(step, part), ...sameCalls(step)])];
    return proves.length === 1 && proves[0] === step.key ? step : { ...step, proves };
  });
}

function ownKeys({ key, action, region, input }: PlannedStep, part: string): string[] {
  const own = part !== '' && key.startsWith(`${part}-`) ? key.slice(part.length + 1) : key;
  if (action === 'recovery.verify-reads') return ['verify-reads', own];
  // That DNS answers a Region again says nothing of how it is taken out.
  if (action === 'recovery.await-dns' && input.answered === true && region !== null)
    return [keysOf()('await-dns-back', region)];
  return [own];
}

/** Steps of other plans that ask the same of the same Region. */
function sameCalls({ action, region }: PlannedStep): string[] {
  if (region === null) return [];
  const verbs: Readonly<Record<string, readonly string[]>> = {
    // The same group, the same end of every session.
    'recovery.seal-writer': ['fence-database'],
    'capacity.ensure': ['send-for-nodes', 'prescale'],
    'recovery.prescale': ['send-for-nodes', 'capacity'],
  };
  return (verbs[action] ?? []).map((verb) => keysOf()(verb, region));
}
