import type { Release } from '../release/release.ts';
import type { DeployedRegion } from './facts.ts';

/** Where a Region goes back to, or why it does not. */
export type RollbackTarget =
  | {
      ok: true;
      from: string;
      to: string;
      digest: string | null;
      passed: readonly string[];
      redeploys: boolean;
    }
  | { ok: false; code: string; reason: string };

/**
 * The version that the Region recorded before what it serves now, or an earlier one by name. `passed` are the versions that are
 * undone with it: none of them may have contracted the schema.
 */
export function rollbackTarget(region: DeployedRegion, to: string | undefined): RollbackTarget {
  const { code, service, switches } = region;
  const live = service.value?.liveVersion ?? null;
  if (live === null)
    return no(
      'unknown-live',
      `What ${code} serves is not known (${service.error ?? 'never observed'}): there is nothing to go back from.`,
    );
  const [last] = switches;
  if (!last)
    return no(
      'no-record',
      `No deployment of ours has switched ${code}: the version before ${live} is not on record.`,
    );
  if (last.to !== live)
    return no(
      'moved-on',
      `${last.operation} left ${last.to} serving in ${code}, and ${live} serves: somebody changed it since. Deploy the version that is wanted instead.`,
    );
  const passed: string[] = [];
  for (const record of switches) {
    if (passed.length > 0 && passed.at(-1) !== record.to && !passed.includes(record.to))
      passed.push(record.to);
    else if (passed.length === 0) passed.push(record.to);
    if (to === undefined || record.from === to)
      return {
        ok: true,
        from: live,
        to: record.from,
        digest: record.fromDigest,
        passed,
        redeploys: !isStanding(region, record.from),
      };
  }
  return no(
    'not-recorded',
    `${code} has not served ${to} before ${live}, as far as it is on record. Deploy it instead.`,
  );
}

/** Whether a Deployment of that version is still there, with pods or without. */
function isStanding({ service }: DeployedRegion, version: string): boolean {
  return service.value?.deployments.some((deployment) => deployment.version === version) ?? false;
}

/** Why that version is not gone back to, nor this one left; null where nothing stands against it (aws-facts 2.3). */
export function rollbackRefusal(
  { from, to }: { from: string; to: string },
  { target, undone }: { target: Release | null; undone: readonly (Release | null)[] },
): { code: string; reason: string } | null {
  if (target?.bad)
    return {
      code: 'known-bad',
      reason: `${to} was found to be bad: ${target.bad.reason} Go back further (to), or deploy another version.`,
    };
  const contracting = undone.find((release) => release?.schema === 'contract');
  if (contracting)
    return {
      code: 'contract-migration',
      reason: `${contracting.version} has contracted the schema (${contracting.schemaNote}): ${to} does not run on it any more. The way out of ${from} is a new release.`,
    };
  return null;
}

function no(code: string, reason: string): RollbackTarget {
  return { ok: false, code, reason };
}
