import { type Permission, permits } from '#lib/domain/access/access.ts';
import type { Outlook } from '#lib/domain/recovery/facts.ts';
import { type Finding, listFindings } from '#lib/domain/recovery/findings.ts';
import type { VerbContext } from '../context.ts';
import { readOutlook } from '../recovery/facts.ts';
import { assertPermitted } from '../verb.ts';

export interface Dismissal {
  reason: string;
  dismissedBy: { id: string; name: string };
  dismissedAt: Date;
}

export interface FindingSummary extends Finding {
  /** Null where nobody said that it may stand. */
  dismissal: Dismissal | null;
}

export interface FindingList {
  environment: string;
  /** The worst first, as the domain orders them. */
  items: FindingSummary[];
  /** Neither gone nor dismissed. */
  open: number;
  mayDismiss: Permission;
}

/** Everything that the strategy document says and that is not so here, with what the estate shows of it now. */
export async function readFindings(context: VerbContext, environment: string): Promise<FindingList> {
  assertPermitted(context, 'read', {});
  return findingsOf(context, await readOutlook(context, environment));
}

/** The same, from what was read before. */
export async function findingsOf(context: VerbContext, outlook: Outlook): Promise<FindingList> {
  const rows = await context.database.prisma.findingDismissal.findMany({
    where: { environment: outlook.environment.name, liftedAt: null },
    include: { dismisser: { select: { id: true, name: true } } },
  });
  const dismissals = new Map(
    rows.map(({ code, reason, dismisser, dismissedAt }) => [
      code,
      { reason, dismissedBy: dismisser, dismissedAt },
    ]),
  );
  const items = listFindings(outlook).map((finding) => ({
    ...finding,
    dismissal: dismissals.get(finding.code) ?? null,
  }));
  return {
    environment: outlook.environment.name,
    items,
    open: items.filter(({ state, dismissal }) => state !== 'gone' && dismissal === null).length,
    mayDismiss: permits(context.actor.grants, 'finding.dismiss'),
  };
}
