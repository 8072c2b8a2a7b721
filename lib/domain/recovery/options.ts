import type { PlannedStep, Price, RecoveryClock } from '../operation/plan.ts';
import { priceShift } from '../traffic/price.ts';
import { type ClockProjection, type History, projectClocks } from './clocks.ts';
import { type Detection, detectionTime } from './detection.ts';
import type { Outlook } from './facts.ts';
import { type CapacityAfter, type Loss, lossOf } from './loss.ts';
import type { RpoContract } from './params.ts';
import { contractOf, type DataAtRisk } from './rpo.ts';
import { rankTargets, type Target } from './targets.ts';
import { writerOf, writerRegion } from './topology.ts';
import { durationWords, listOf } from './words.ts';

export type OptionKind = 'wait' | 'evacuate' | 'failover';

/** One way to meet the loss of a Region, with everything that has to be weighed. */
export interface RecoveryOption {
  kind: OptionKind;
  title: string;
  /** Why it cannot be chosen; null when it can. */
  refusal: string | null;
  /** Region that would take the writes; of a failover alone. */
  target: string | null;
  clocks: Record<RecoveryClock, ClockProjection>;
  /** What would be lost, and the bound that is accepted for it; of a failover alone. */
  risk: DataAtRisk | null;
  contract: RpoContract | null;
  capacity: CapacityAfter[];
  /** Sentences on who would be served from, or stored, where their data must not be. */
  residency: string[];
  /** Change in dollars a month if it stayed so; null where nothing changes. */
  price: Price | null;
  does: string[];
  cannot: string[];
}

export interface OptionsQuestion {
  lost: string;
  detection: Detection | null;
  /** Steps of the plans that would be run; empty where there is no such plan now. */
  plans: { evacuate: readonly PlannedStep[]; failover: readonly PlannedStep[] };
  history: History;
  /** Region that a person prefers; absent: the best ranked. */
  target?: string;
}

/** What an operator can do about a lost Region: wait, send readers away, or fail over (aws-facts 2.5). In this order. */
export function recoveryOptions(outlook: Outlook, question: OptionsQuestion): RecoveryOption[] {
  const { lost, detection } = question;
  const writes = writerRegion(writerOf(outlook)) === lost;
  const seen = detection?.regions.find(({ region }) => region === lost);
  const since = seen?.state === 'failing' || seen?.state === 'suspect' ? seen.since : null;
  const loss = lossOf(outlook, [lost]);
  const choice: Choice = {
    outlook,
    question,
    writes,
    loss,
    since,
    elapsed: elapsedSeconds(outlook, lost, since),
  };
  return [waiting(choice), evacuation(choice), failover(choice)];
}

interface Choice {
  outlook: Outlook;
  question: OptionsQuestion;
  /** Whether the lost Region takes the orders. */
  writes: boolean;
  loss: Loss;
  /** Since when it is seen down. */
  since: string | null;
  /** From the outage to the moment a run could begin. */
  elapsed: number;
}

/** What has passed since the outage; before one, what detection takes. */
function elapsedSeconds(outlook: Outlook, lost: string, since: string | null): number {
  if (since !== null) return Math.max(0, (outlook.facts.now.getTime() - Date.parse(since)) / 1_000);
  return detectionTime(outlook, lost).confirmedSeconds ?? 0;
}

function waiting({ question: { lost }, writes, outlook, loss }: Choice): RecoveryOption {
  const traffic = detectionTime(outlook, lost).trafficSeconds;
  const moved =
    traffic === null
      ? `Users go on being sent to ${lost}: its records carry no health check.`
      : `DNS leaves ${lost} by its health check, ${durationWords(traffic)} after it failed.`;
  const never = (clock: RecoveryClock): ClockProjection => ({
    clock,
    p50Seconds: null,
    p95Seconds: null,
    unproven: [],
    message: `When ${lost} is back: only AWS knows.`,
  });
  return {
    kind: 'wait',
    title: `Wait for ${lost}`,
    refusal: null,
    target: null,
    clocks: { writes: never('writes'), reads: never('reads'), redundancy: never('redundancy') },
    risk: null,
    contract: null,
    capacity: loss.survivors,
    residency: servedElsewhere(loss),
    price: null,
    does: [moved, 'No order that was acknowledged is lost, if the Region comes back as it was.'],
    cannot: [
      ...(writes ? [`Nobody can order until ${lost} is back.`] : []),
      `It does not keep ${lost} out of DNS: its users return with its first healthy answers.`,
    ],
  };
}

function evacuation(choice: Choice): RecoveryOption {
  const { question, outlook, writes, loss, elapsed } = choice;
  const { lost, plans, history } = question;
  const survivors = loss.survivors;
  return {
    kind: 'evacuate',
    title: `Send readers of ${lost} away`,
    refusal: survivors.length === 0 ? `There is no other Region to serve the readers of ${lost}.` : null,
    target: null,
    clocks: projectClocks(plans.evacuate, history, elapsed),
    risk: null,
    contract: null,
    capacity: survivors,
    residency: servedElsewhere(loss),
    price: priceOf(outlook, loss),
    does: [
      `Forces ${lost} out of DNS and keeps it out, whatever its health check says, until its readers are let back.`,
      'Promotes nothing and loses no order.',
    ],
    cannot: [
      ...(writes ? [`It does not bring orders back: they are written in ${lost}.`] : []),
      `Shopping carts of ${lost} stay behind: they are in no other Region.`,
    ],
  };
}

function failover(choice: Choice): RecoveryOption {
  const { question, outlook, writes, loss, since, elapsed } = choice;
  const { lost, plans, history } = question;
  const targets = rankTargets(outlook, [lost], { writesEndedAt: since });
  const target = question.target ? targets.find(({ region }) => region === question.target) : targets[0];
  const moves = writes && target !== undefined;
  return {
    kind: 'failover',
    title: target ? `Fail over to ${target.region}` : 'Fail over',
    refusal: refusalOf(choice, target),
    target: moves ? target.region : null,
    clocks: projectClocks(plans.failover, history, elapsed),
    risk: moves ? target.risk : null,
    contract: moves && target.risk ? contractOf(target.risk) : null,
    capacity: loss.survivors,
    residency: [...servedElsewhere(loss), ...(moves ? storedElsewhere(target) : [])],
    price: priceOf(outlook, loss),
    does: target
      ? [
          `Freezes the orders of ${lost} and shuts its database as far as it answers, and goes on trying.`,
          `Promotes ${target.region}, points every shop at it, and proves it with an order.`,
          'Rebuilds the remaining replicas from the new primary.',
        ]
      : [],
    cannot: [
      'It cannot be put back: from the promotion on, it goes forward, and the way home is a failback.',
      `It does not bring back orders that ${target?.region ?? 'the target'} never received.`,
      ...(target ? unreachable(target) : []),
      `If ${lost} cannot be reached, it is not proven fenced until it answers.`,
    ],
  };
}

function refusalOf(
  { question: { lost, target: asked }, writes }: Choice,
  target: Target | undefined,
): string | null {
  if (!writes)
    return `Orders are not written in ${lost}, so nothing has to be promoted: sending readers away is enough.`;
  if (!target)
    return asked
      ? `${asked} is no Region that could take over from ${lost}.`
      : 'There is no Region left to take over.';
  if (target.verdict !== 'blocked') return null;
  const stops = target.reasons.filter(({ verdict }) => verdict === 'blocked' || verdict === 'unknown');
  return `${target.region} cannot take over as things stand: ${stops[0]?.message ?? target.summary} In an emergency it may be overridden by the id of the finding.`;
}

function unreachable({ reasons }: Target): string[] {
  return reasons
    .filter(({ code, verdict }) => code === 'network' && verdict !== 'ok')
    .map(({ message }) => message);
}

function servedElsewhere(loss: Loss): string[] {
  return loss.residency.map(
    ({ name, residency, points, regions }) =>
      `${points.toFixed(0)} % of users in ${name} would be served from ${listOf(regions)}, outside ${residency}.`,
  );
}

function storedElsewhere({ reasons }: Target): string[] {
  return reasons
    .filter(({ code, verdict }) => code === 'residency' && verdict !== 'ok')
    .map(({ message }) => message);
}

function priceOf({ estate }: Outlook, { sharesBefore, sharesAfter, load }: Loss): Price {
  return priceShift(estate, sharesBefore, sharesAfter, load);
}
