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
  const { rows } = await context.database.pool.query<Dismissal & { code: string }>({
    name: 'dismissals',
    text: `select d.code, d.reason, json_build_object('id', p.id, 'name', p.name) as "dismissedBy",
                  d.dismissed_at as "dismissedAt"
             from finding_dismissal d join person p on p.id = d.dismissed_by
            where d.environment = $1 and d.lifted_at is null`,
    values: [outlook.environment.name],
  });
  const dismissals = new Map(rows.map(({ code, ...dismissal }) => [code, dismissal]));
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
