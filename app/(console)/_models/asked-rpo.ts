import type { ApprovalRequest } from '#components/approvals/model.ts';
import { rpoText } from '#components/recovery/rpo-figures.tsx';
import { formatAge } from '#components/ui/format.ts';
import { staleAfterSeconds } from '#lib/domain/observation/kinds.ts';
import { RpoContract } from '#lib/domain/recovery/params.ts';
import { contractOf, type DataAtRisk, dataAtRisk, isWorse } from '#lib/domain/recovery/rpo.ts';
import type { VerbContext } from '#lib/services/context.ts';
import { downSince } from '#lib/services/recovery/situation.ts';
import { pageSituation } from '#lib/web/situation.ts';
import { readOrderRate } from './order-rate.ts';
import { askedRegions } from './recovery-run.ts';

interface AskedLoss {
  rpo: NonNullable<ApprovalRequest['rpo']>;
  /** Why nobody may accept it any more; null while it is no more than what was accepted when it was requested. */
  worse: string | null;
}

/** What may be lost, as it is measured now, beside what was accepted when it was requested; null where nothing may be. */
export async function askedLoss(
  context: VerbContext,
  operation: { environment: string; params: unknown; accepted: unknown },
): Promise<AskedLoss | null> {
  const requested = RpoContract.safeParse(operation.accepted).data;
  const { lost, target } = askedRegions(operation.params);
  if (!requested || !lost || !target) return null;
  const { outlook, detection } = await pageSituation(operation.environment);
  const writesEndedAt = downSince(detection, lost);
  const risk = dataAtRisk(outlook, { lost, target, writesEndedAt });
  const comparison = isWorse(requested, risk);
  const now = contractOf(risk);
  const rate = await readOrderRate(context, operation.environment, risk.writesEndedAt);
  // What is accepted is what the run stops at: the contract of the request, as long as it holds.
  const bound = comparison.worse
    ? (now ?? requested)
    : { ...requested, measuredAt: risk.measuredAt ?? requested.measuredAt };
  return {
    worse: comparison.worse
      ? `${comparison.reason} Reject it, and have it requested with what is true now.`
      : null,
    rpo: {
      requested,
      offer: {
        bound,
        when: measuredWords(context, risk, now),
        withinSeconds:
          risk.endedBy === 'outage' && now !== null
            ? null
            : staleAfterSeconds('lag', context.estate.metrics.periodSeconds),
        orders: rate === null ? null : Math.ceil(bound.seconds * rate),
        ordersPerSecond: rate,
        lastOrder: risk.lastOrder && { id: risk.lastOrder.id, region: target, at: risk.lastOrder.createdAt },
      },
    },
  };
}

function measuredWords(context: VerbContext, risk: DataAtRisk, now: RpoContract | null): string {
  if (now === null) return 'not known now';
  const words = `at most ${rpoText({ seconds: risk.seconds ?? 0, bytes: risk.bytes })}`;
  if (risk.endedBy !== 'outage') return `${words} now`;
  const ago = (context.now.getTime() - Date.parse(risk.writesEndedAt)) / 1_000;
  return `${words}; orders ended ${formatAge(ago)} ago`;
}
