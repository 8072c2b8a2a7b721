import type { Environment, Estate } from '#lib/domain/estate/estate.ts';
import {
  type GateVerdict,
  isThin,
  judgeShares,
  judgeSli,
  type ShareVerdict,
  worstBand,
} from '#lib/domain/traffic/gate.ts';
import { gateLimits, writeLimits } from '#lib/domain/traffic/gate-limits.ts';
import type { TrafficMeasurement } from '../../ports/aws.ts';

export interface Judgement {
  /** `thin`: nothing speaks against it, and too little was measured to say more. */
  status: 'pass' | 'thin' | 'hold' | 'revert';
  note: string;
  share: ShareVerdict;
  verdicts: GateVerdict[];
}

export interface Measured {
  estate: Estate;
  environment: Environment;
  /** Configured share of all traffic by Region, 0–1. */
  shares: Record<string, number>;
  traffic: readonly TrafficMeasurement[];
}

/**
 * What a measurement says of a step: both SLIs of every Region that is to serve in the passing band, and the measured
 * share within the tolerance (aws-facts 2.1). A silent Region that is to serve holds: unknown is not a pass. One that is to
 * serve nobody does not, or an ailing Region could never be emptied; the shares are then those among the others.
 */
export function judgeStep(measured: Measured): Judgement {
  const { estate, shares, traffic } = measured;
  const verdicts = judgeLevels(measured);
  const silent = traffic.filter(({ error }) => error !== null);
  const share = judgeShares(
    sharesAmong(
      shares,
      silent.map(({ region }) => region),
    ),
    Object.fromEntries(
      traffic
        .filter(({ error }) => error === null)
        .map(({ region, reads, writes }) => [region, reads.requests + writes.requests]),
    ),
    estate.traffic.verifyPoints,
  );
  const answer = (status: Judgement['status'], note: string): Judgement => ({
    status,
    note,
    share,
    verdicts,
  });
  const said = (those: readonly GateVerdict[]) => those.map(({ message }) => message).join('; ');
  const band = worstBand(verdicts);
  if (band === 'revert')
    return answer('revert', said(verdicts.filter((verdict) => verdict.band === 'revert')));
  const needed = silent.filter(({ region }) => (shares[region] ?? 0) > 0);
  if (needed.length > 0) return answer('hold', `${silenceOf(needed)}. Unknown is not a pass.`);
  const held = verdicts.filter((verdict) => verdict.band === 'hold' && !isThin(verdict));
  if (held.length > 0) return answer('hold', said(held));
  if (share.clearlyOutside && share.enough) {
    return answer(
      'hold',
      `${share.message}, more than ${estate.traffic.verifyPoints} from what is configured`,
    );
  }
  const thin = verdicts.filter(isThin);
  if (!share.enough || !share.within || thin.length > 0) {
    return answer('thin', thin.length > 0 ? `${share.message}; ${said(thin)}` : share.message);
  }
  const unproven = silent.length > 0 ? ` ${silenceOf(silent)}, so what still goes there is not known.` : '';
  return answer('pass', `${share.message}; service levels pass.${unproven}`);
}

/** Both SLIs of every Region that is to serve and reports. */
export function judgeLevels({ estate, environment, shares, traffic }: Measured): GateVerdict[] {
  return traffic
    .filter(({ region, error }) => error === null && (shares[region] ?? 0) > 0)
    .flatMap((measurement) => judgeRegion(estate, environment, measurement));
}

function judgeRegion(estate: Estate, environment: Environment, measurement: TrafficMeasurement) {
  const { region, reads, writes } = measurement;
  const judgedReads = judgeSli(`${region} reads`, reads, gateLimits(estate, environment, 0));
  if (writes.requests === 0) return [judgedReads];
  return [judgedReads, judgeSli(`${region} writes`, writes, writeLimits(estate, environment, region))];
}

function sharesAmong(shares: Record<string, number>, without: readonly string[]): Record<string, number> {
  const kept = Object.entries(shares).filter(([region]) => !without.includes(region));
  const sum = kept.reduce((total, [, share]) => total + share, 0);
  return Object.fromEntries(kept.map(([region, share]) => [region, sum > 0 ? share / sum : share]));
}

function silenceOf(silent: readonly TrafficMeasurement[]): string {
  return silent.map(({ region, error }) => `${region} does not report (${error})`).join('; ');
}
