import { plural } from '#components/ui/format.ts';
import type { RollbackOffer, RollbackPreview } from './pipeline-rollback-model.ts';

interface BlockerInput {
  offer: RollbackOffer;
  /** Chosen. */
  regions: readonly string[];
  /** Null while it is asked for: the server judges again in any case, so nobody waits for it. */
  preview: RollbackPreview | null;
  /** Why there is no preview. Only a rule keeps it back: where nobody answered, asking is the way out. */
  problem: { code?: string; message: string } | null;
  /** The rule that keeps this person from it. */
  permission: string | undefined;
}

/** The first rule that keeps it from being rolled back; it stands beside the button. */
export function rollbackBlocker({
  offer,
  regions,
  preview,
  problem,
  permission,
}: BlockerInput): string | undefined {
  if (permission !== undefined) return permission;
  if (regions.length === 0) return 'Choose a Region first.';
  if (offer.operation.running) return undefined;
  if (problem?.code === 'refused') return problem.message;
  return preview?.refusal ?? undefined;
}

/** What the button does, where nothing keeps it from that: beside it, too. */
export function rollbackNote({ operation }: RollbackOffer, preview: RollbackPreview | null): string {
  const name = 'It goes to the audit log with your name.';
  if (operation.running) return `It turns round at once. ${name}`;
  if (preview === null) return name;
  return preview.atOnce ? `It starts at once. ${name}` : `Nothing changes until it may start. ${name}`;
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
