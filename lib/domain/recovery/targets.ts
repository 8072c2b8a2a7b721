import type { CapacityClass } from '../capacity/capacity.ts';
import type { Region } from '../estate/estate.ts';
import { checkBackups, checkLag, checkParity, checkReplica, type Occasion } from './database-checks.ts';
import { declaredRegions, factsOf, known, type Outlook } from './facts.ts';
import { type CapacityAfter, capacityWords, type Loss, lossOf } from './loss.ts';
import { contractOf, type DataAtRisk, dataAtRisk } from './rpo.ts';
import { pathBetween, sourceRegionOf, writerOf, writerRegion } from './topology.ts';
import type { Reason } from './verdict.ts';
import { durationWords, listOf } from './words.ts';

/** `blocked`: it cannot take over as things stand, or nobody knows whether it could. */
export type TargetVerdict = 'ready' | 'with-warnings' | 'blocked';

/** A Region that could take the writes, with everything that speaks for and against it. */
export interface Target {
  region: string;
  /** 1 is the best. */
  rank: number;
  verdict: TargetVerdict;
  /** What would be lost; null for a planned move, which loses nothing. */
  risk: DataAtRisk | null;
  /** Its own load when the lost are gone. */
  capacity: CapacityAfter;
  version: string | null;
  jurisdiction: string;
  reasons: Reason[];
  /** "eu-west-1: at most 2 s of orders lost; 22 nodes needed, 12 ready; 3 warnings." */
  summary: string;
}

/** What has to be known for a target to be one at all; other unknowns are warnings. */
const MUST_BE_KNOWN: ReadonlySet<string> = new Set(['replica']);

/**
 * Every Region that could take the writes when these are lost, best first: what would be lost, spare capacity, who could not
 * reach it, version parity, residency (PRODUCT.md, idea 1). With none lost, or with the writer's Region among the living, it
 * is a planned move: then lag and replication must be well. Deterministic: what is equal keeps the estate's order.
 */
export function rankTargets(
  outlook: Outlook,
  lost: readonly string[],
  options: { writesEndedAt?: string | null } = {},
): Target[] {
  const writer = writerRegion(writerOf(outlook));
  const gone = writer !== null && lost.includes(writer) ? writer : null;
  const loss = lossOf(outlook, lost);
  const candidates = declaredRegions(outlook).filter(
    ({ code }) => !lost.includes(code) && (gone !== null || code !== writer),
  );
  return candidates
    .map((region) => {
      const risk = gone
        ? dataAtRisk(outlook, { lost: gone, target: region.code, writesEndedAt: options.writesEndedAt })
        : null;
      return judge({ outlook, region, loss, risk, writer, lost });
    })
    .sort((a, b) => compare(a.key, b.key))
    .map(({ target }, i) => ({ ...target, rank: i + 1 }));
}

interface Judging {
  outlook: Outlook;
  region: Region;
  loss: Loss;
  risk: DataAtRisk | null;
  writer: string | null;
  lost: readonly string[];
}

interface Judged {
  target: Omit<Target, 'rank'>;
  /** Smaller is better, part by part. */
  key: number[];
}

function judge(judging: Judging): Judged {
  const { outlook, region, loss, risk } = judging;
  const { code, jurisdiction } = region;
  const occasion: Occasion = risk ? 'outage' : 'planned';
  const capacity = requireCapacity(loss, code);
  const network = checkNetwork(judging);
  const residency = checkResidency(judging);
  const reasons = [
    checkPromotable(region),
    checkReplica(outlook, code, occasion),
    checkSource(judging),
    risk ? checkRisk(outlook, risk) : checkLag(outlook, code),
    checkHealth(judging),
    checkCapacity(capacity),
    network.reason,
    checkVersion(judging),
    residency.reason,
    checkBackups(outlook, code, occasion),
    checkParity(outlook, code, 'warning'),
    checkCredentials(judging),
  ];
  const target = {
    region: code,
    verdict: verdictOf(reasons),
    risk,
    capacity,
    version: factsOf(outlook.facts, code).service.value?.liveVersion ?? null,
    jurisdiction,
    reasons,
    summary: summaryOf(code, risk, capacity, reasons),
  };
  return { target, key: sortKey(target, network.unreachable, residency.rank) };
}

function verdictOf(reasons: readonly Reason[]): TargetVerdict {
  const stops = ({ code, verdict }: Reason) =>
    verdict === 'blocked' || (verdict === 'unknown' && MUST_BE_KNOWN.has(code));
  if (reasons.some(stops)) return 'blocked';
  return reasons.every(({ verdict }) => verdict === 'ok') ? 'ready' : 'with-warnings';
}

const VERDICTS = ['ready', 'with-warnings', 'blocked'] as const satisfies readonly TargetVerdict[];
const CAPACITIES = ['ok', 'pre-scale', 'unknown', 'short'] as const satisfies readonly CapacityClass[];

/** Seconds are compared as they would be accepted, so noise decides nothing. */
function sortKey(target: Judged['target'], unreachable: number, residencyRank: number): number[] {
  const { verdict, risk, capacity, reasons } = target;
  const contract = risk && contractOf(risk);
  return [
    VERDICTS.indexOf(verdict),
    risk ? (contract?.seconds ?? Number.POSITIVE_INFINITY) : 0,
    CAPACITIES.indexOf(capacity.class),
    unreachable,
    reasons.some(({ code, verdict: found }) => code === 'version' && found !== 'ok') ? 1 : 0,
    residencyRank,
  ];
}

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, i) => value !== b[i]);
  if (at < 0) return 0;
  return (a[at] ?? 0) < (b[at] ?? 0) ? -1 : 1;
}

function checkPromotable({ code, promotable, database }: Region): Reason {
  const base = { code: 'promotable', source: 'C-06', observedAt: null };
  if (promotable) return { ...base, verdict: 'ok', message: `The estate declares ${code} promotable.` };
  return {
    ...base,
    verdict: 'blocked',
    message: `The estate does not declare ${code} promotable; its database is planned as ${database.class}.`,
  };
}

/** A copy of another database has none of the orders to go on with: what a failover left behind, before it was rebuilt. */
function checkSource({ outlook, region: { code }, writer }: Judging): Reason {
  const { value, observedAt } = factsOf(outlook.facts, code).database;
  const source = value && sourceRegionOf(value);
  const base = { code: 'source', source: 'R-13', observedAt };
  if (!source || writer === null || source === writer)
    return { ...base, verdict: 'ok', message: `${code} copies no other database than the writer’s.` };
  return {
    ...base,
    verdict: 'blocked',
    message: `${code} replicates from ${source}, not from ${writer}: it has none of the orders written since. Rebuild it first.`,
  };
}

function checkRisk({ estate }: Outlook, risk: DataAtRisk): Reason {
  const base = { code: 'data-at-risk', source: 'R-03', observedAt: risk.measuredAt, message: risk.message };
  if (risk.seconds === null) return { ...base, verdict: 'unknown' };
  return { ...base, verdict: risk.seconds > estate.thresholds.databaseLagSeconds.warning ? 'warning' : 'ok' };
}

function checkHealth({ outlook, region: { code } }: Judging): Reason {
  const seen = known(outlook, 'health-check', factsOf(outlook.facts, code).healthCheck);
  const base = { code: 'health', source: '2.5', observedAt: seen.observedAt };
  if (!seen.known || seen.value.healthy === null) {
    const why = seen.known ? 'its check has not reported' : seen.why;
    return { ...base, verdict: 'unknown', message: `Health of ${code} is not known: ${why}.` };
  }
  return seen.value.healthy
    ? { ...base, verdict: 'ok', message: `${code} passes its health check.` }
    : { ...base, verdict: 'blocked', message: `${code} fails its own health check.` };
}

function checkCapacity(capacity: CapacityAfter): Reason {
  const verdict = { ok: 'ok', 'pre-scale': 'warning', short: 'warning', unknown: 'unknown' } as const;
  return {
    code: 'capacity',
    verdict: verdict[capacity.class],
    message: capacityWords(capacity),
    source: 'C-08',
    observedAt: capacity.observedAt,
  };
}

/** Who could not order any more, because no path leads to the target (aws-facts B-05). */
function checkNetwork({ outlook, region: { code }, lost }: Judging): { reason: Reason; unreachable: number } {
  const others = outlook.environment.regions.filter((other) => other !== code && !lost.includes(other));
  const paths = others.map((other) => pathBetween(outlook, other, code));
  const from = (state: string) => paths.filter((path) => path.state === state).map((path) => path.from);
  const [missing, unknown] = [from('missing'), from('unknown')];
  const observedAt = paths.flatMap((path) => path.observedAt ?? []).sort()[0] ?? null;
  const base = { code: 'network', source: 'B-05', observedAt };
  const answer = (verdict: Reason['verdict'], message: string) => ({
    reason: { ...base, verdict, message },
    unreachable: missing.length + unknown.length,
  });
  if (missing.length > 0)
    return answer('warning', `${listOf(missing)} cannot reach ${code}: orders placed there would fail.`);
  if (unknown.length > 0)
    return answer('unknown', `Whether ${listOf(unknown)} can reach ${code} is not known.`);
  if (others.length === 0) return answer('ok', `No other Region is left that would have to reach ${code}.`);
  return answer('ok', `${listOf(others)} can reach ${code}.`);
}

function checkVersion({ outlook, region: { code }, writer }: Judging): Reason {
  const seen = known(outlook, 'service', factsOf(outlook.facts, code).service);
  const base = { code: 'version', source: 'C-12', observedAt: seen.observedAt };
  const version = seen.value?.liveVersion ?? null;
  if (version === null) {
    return {
      ...base,
      verdict: 'unknown',
      message: `The version in ${code} is not known: ${seen.why ?? 'its Service names none'}.`,
    };
  }
  const wanted = writer ? (factsOf(outlook.facts, writer).service.value?.liveVersion ?? null) : null;
  if (wanted === null)
    return {
      ...base,
      verdict: 'unknown',
      message: `${code} serves ${version}; what the writer served is not known.`,
    };
  return version === wanted
    ? { ...base, verdict: 'ok', message: `${code} serves ${version}, as ${writer} does.` }
    : {
        ...base,
        verdict: 'warning',
        message: `${code} serves ${version}, ${writer} ${wanted}: one schema, two versions.`,
      };
}

/** Where orders of users with residency would be stored (aws-facts C-03). The United States before any other country. */
function checkResidency({ outlook, region }: Judging): { reason: Reason; rank: number } {
  const base = { code: 'residency', source: 'C-03', observedAt: null };
  const outside = outlook.estate.geographies.filter(
    ({ residency }) => residency !== undefined && residency !== region.jurisdiction,
  );
  if (outside.length === 0) {
    const message = `${region.code} is inside every jurisdiction that users’ data must stay in.`;
    return { reason: { ...base, verdict: 'ok', message }, rank: 0 };
  }
  const said = listOf(outside.map(({ name, residency }) => `${name} (${residency})`));
  const adequacy = region.jurisdiction === 'US' ? '' : ', and no adequacy decision covers it';
  return {
    reason: {
      ...base,
      verdict: 'warning',
      message: `Orders of ${said} would be stored in ${region.jurisdiction}${adequacy}.`,
    },
    rank: region.jurisdiction === 'US' ? 1 : 2,
  };
}

function checkCredentials({ outlook, region: { code } }: Judging): Reason {
  const { identity } = factsOf(outlook.facts, code);
  const seen = known(outlook, 'identity', identity);
  const base = { code: 'credentials', source: 'R-02', observedAt: seen.observedAt };
  if (seen.known && seen.value.account !== outlook.estate.account) {
    const message = `Meridian’s credentials in ${code} are of account ${seen.value.account}, not ${outlook.estate.account}; it changes nothing with them.`;
    return { ...base, verdict: 'blocked', message };
  }
  if (!seen.known || identity.error) {
    const why = seen.known ? identity.error : seen.why;
    return {
      ...base,
      verdict: 'unknown',
      message: `Whether Meridian can act in ${code} is not known: ${why}.`,
    };
  }
  return { ...base, verdict: 'ok', message: `Meridian’s credentials work in ${code}.` };
}

function requireCapacity({ survivors }: Loss, code: string): CapacityAfter {
  const found = survivors.find(({ region }) => region === code);
  if (!found) throw new Error(`${code} is among the lost and cannot take over.`);
  return found;
}

function summaryOf(
  code: string,
  risk: DataAtRisk | null,
  capacity: CapacityAfter,
  reasons: readonly Reason[],
): string {
  const loss =
    risk === null
      ? 'no order lost'
      : risk.seconds === null
        ? 'loss not known'
        : `at most ${durationWords(risk.seconds)} of orders lost`;
  const ready = capacity.ready === null ? 'ready ones not known' : `${capacity.ready} ready`;
  const against = reasons.filter(({ verdict }) => verdict === 'blocked');
  const warned = reasons.filter(({ verdict }) => verdict === 'warning' || verdict === 'unknown').length;
  const tail =
    against.length > 0
      ? `stopped by ${listOf(against.map((reason) => reason.code))}`
      : warned === 0
        ? 'nothing against it'
        : `${warned} ${warned === 1 ? 'warning' : 'warnings'}`;
  return `${code}: ${loss}; ${capacity.needed} nodes needed, ${ready}; ${tail}.`;
}
