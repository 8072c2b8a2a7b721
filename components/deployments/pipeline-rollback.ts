import { plural } from '#components/ui/format.ts';
import type { RollbackOffer, RollbackPreview } from './pipeline-rollback-model.ts';

interface BlockerInput {
  offer: RollbackOffer;
  /** Chosen. */
  regions: readonly string[];
  accepted: readonly string[];
  /** Null while it is asked for: the server judges again in any case, so nobody waits for it. */
  preview: RollbackPreview | null;
  /** The rule that keeps this person from it. */
  permission: string | undefined;
}

/** The first rule that keeps it from being rolled back; it stands beside the button. */
export function rollbackBlocker({
  offer,
  regions,
  accepted,
  preview,
  permission,
}: BlockerInput): string | undefined {
  if (permission !== undefined) return permission;
  if (regions.length === 0) return 'Choose a Region first.';
  if (offer.operation.running || preview === null) return undefined;
  if (preview.refusal !== null) return preview.refusal;
  const open = preview.checks.some(({ id, accept }) => accept !== undefined && !accepted.includes(id));
  return open ? 'Accept the warning in part 2, or choose fewer Regions.' : undefined;
}

/** The button: "Roll back 3 Regions to v2.0.0". */
export function rollbackVerb(offer: RollbackOffer, regions: readonly string[]): string {
  const [only] = regions;
  const what = regions.length === 1 && only !== undefined ? only : plural(regions.length, 'Region');
  const back = new Set(
    offer.regions.flatMap(({ region, back }) => (back !== null && regions.includes(region) ? [back] : [])),
  );
  const [to] = back;
  return back.size === 1 && to !== undefined ? `Roll back ${what} to ${to}` : `Roll back ${what}`;
}
