import type { RankedTarget, Ranking } from '#components/recovery/model.ts';
import { formatShare } from '#components/ui/format.ts';
import type { Status } from '#components/ui/model.ts';
import { requireDeclared } from '#lib/domain/recovery/facts.ts';
import type { CapacityAfter } from '#lib/domain/recovery/loss.ts';
import { dutyOf } from '#lib/domain/recovery/support.ts';
import type { Target } from '#lib/domain/recovery/targets.ts';
import type { Reason } from '#lib/domain/recovery/verdict.ts';
import { rankingsOf } from '#lib/services/recovery/read.ts';
import { count, readingOf } from '../common.ts';
import { type Frame, freshSeconds, VERDICT_STATUS } from './frame.ts';

/** Candidates that a row of the page lists; thirty Regions are ranked, and a few are looked at. */
const LISTED = 4;

const WORDS = {
  ready: { status: 'ok', word: 'can take over' },
  'with-warnings': { status: 'warning', word: 'can, with warnings' },
  blocked: { status: 'critical', word: 'cannot' },
} as const satisfies Record<Target['verdict'], { status: Status; word: string }>;

/** Who would take over, for each Region whose loss asks for that. */
export function rankingModels(frame: Frame): Ranking[] {
  const { writer } = frame.situation.topology;
  return rankingsOf(frame.situation)
    .filter(({ lost, targets }) => lost === writer && targets.length > 0)
    .map(({ lost, targets }) => ({
      lost,
      more: Math.max(0, targets.length - LISTED),
      targets: targets.slice(0, LISTED).map((target) => targetModel(frame, target)),
    }));
}

/** One candidate with every reason for its rank. */
export function targetModel(frame: Frame, target: Target): RankedTarget {
  const { region, capacity, reasons, risk } = target;
  const { outlook } = frame.situation;
  const facts = outlook.facts.regions.find(({ code }) => code === region);
  const lag = reasonOf(reasons, 'lag') ?? reasonOf(reasons, 'data-at-risk');
  return {
    region,
    rank: target.verdict === 'blocked' ? null : target.rank,
    ...verdictWords(target),
    lag: {
      reading: facts
        ? readingOf(facts.lag, (value) => (value.idle ? 0 : value.seconds), freshSeconds(frame))
        : { value: null, at: null, withinSeconds: freshSeconds(frame) },
      status: lag ? VERDICT_STATUS[lag.verdict] : 'unknown',
    },
    behindBytes: risk ? risk.bytes : (facts?.lag.value?.bytes ?? null),
    ...nodesOf(capacity),
    version: {
      text: target.version ?? 'version unknown',
      status: statusOf(reasons, 'version'),
    },
    residency: residencyOf(frame, region, reasons),
    onCall: onCallOf(frame, region),
    why: whyOf(target),
  };
}

function verdictWords({ verdict, capacity }: Target): { status: Status; word: string } {
  if (verdict === 'with-warnings' && capacity.class === 'pre-scale')
    return { status: 'warning', word: 'can, after pre-scale' };
  return WORDS[verdict];
}

/** Ready nodes and most nodes beside what its share of the load asks for. */
function nodesOf({ needed, ready, usable, maximum }: CapacityAfter): Pick<RankedTarget, 'ready' | 'maximum'> {
  const enough = ready !== null && needed <= ready;
  return {
    ready: { needed, has: ready, status: ready === null ? 'unknown' : enough ? 'ok' : 'warning' },
    maximum: {
      needed,
      has: maximum,
      status: needed <= usable ? 'ok' : needed <= maximum ? 'warning' : 'critical',
    },
  };
}

function residencyOf(
  { context, situation }: Frame,
  region: string,
  reasons: readonly Reason[],
): RankedTarget['residency'] {
  const { jurisdiction } = requireDeclared(situation.outlook, region);
  const outside = context.estate.geographies.filter(
    ({ residency }) => residency !== undefined && residency !== jurisdiction,
  );
  const share = outside.reduce((sum, { plannedShare }) => sum + plannedShare, 0);
  return {
    text:
      outside.length === 0
        ? `${jurisdiction}, all inside`
        : `${formatShare(share, 0)} % stored in ${jurisdiction}`,
    status: statusOf(reasons, 'residency'),
  };
}

function onCallOf({ context, situation }: Frame, region: string): RankedTarget['onCall'] {
  const duty = dutyOf(requireDeclared(situation.outlook, region), context.now);
  return { text: duty.hours, status: duty.awake ? 'ok' : 'warning' };
}

/** What stops it, else what speaks most against it, else that nothing does. */
function whyOf({ region, reasons, verdict }: Target): string {
  const worst =
    reasons.find((reason) => reason.verdict === 'blocked') ??
    reasons.find((reason) => reason.verdict === 'unknown') ??
    reasons.find((reason) => reason.verdict === 'warning');
  if (!worst) return `Nothing speaks against ${region}.`;
  const others = reasons.filter((reason) => reason.verdict !== 'ok').length - 1;
  if (verdict === 'blocked' || others === 0) return worst.message;
  return `${worst.message} ${count(others, 'more warning')}.`;
}

const reasonOf = (reasons: readonly Reason[], wanted: string) => reasons.find(({ code }) => code === wanted);

function statusOf(reasons: readonly Reason[], wanted: string): Status {
  const found = reasonOf(reasons, wanted);
  return found ? VERDICT_STATUS[found.verdict] : 'unknown';
}
