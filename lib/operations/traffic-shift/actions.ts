import { setTimeout as sleep } from 'node:timers/promises';
import type { Environment, Estate } from '#lib/domain/estate/estate.ts';
import { findEnvironment } from '#lib/domain/estate/estate.ts';
import { type GateLimits, isThin, judgeShares, judgeSli, worstBand } from '#lib/domain/traffic/gate.ts';
import { roundTripMs } from '#lib/domain/traffic/solve.ts';
import type { TrafficMeasurement } from '../../ports/aws.ts';
import type { ActionRegistry, StepAction, StepContext, StepOutcome } from '../action.ts';
import { ensureCapacity } from './capacity.ts';
import {
  DwellInput,
  RecheckInput,
  type RecordWeights,
  RestoreWeightsInput,
  SetWeightsInput,
  VerifyInput,
} from './input.ts';
import { changeCommand, differences, readSets, weightsOf, withWeights } from './records.ts';

const SYNC_POLL_MS = 500;
/** A verdict is asked again this often while it holds, real seconds. */
const RECHECK_SECONDS = 10;
/** Longest window that one verdict looks at, ms. */
const WINDOW_MS = 5 * 60_000;

/** The records still are what the plan was made from: otherwise someone else changed them, and nothing is touched. */
const recheck: StepAction = {
  async run(context) {
    const { expect } = RecheckInput.parse(context.step.input);
    const geographies = Object.keys(expect);
    const records = await readSets(context.aws, context.estate, geographies);
    const drift = differences(expect, weightsOf(context.estate, geographies, records));
    if (drift.length > 0) return driftRefusal(drift);
    await context.evidence({
      kind: 'fact',
      text: 'Live weights are those the plan was made from',
      data: { weights: expect },
    });
    return {
      status: 'done',
      note: 'Live weights are those the plan was made from.',
      output: { snapshot: expect },
    };
  },
};

const setWeights: StepAction = {
  async run(context) {
    const { expect, weights } = SetWeightsInput.parse(context.step.input);
    return changeWeights(context, weights, [expect]);
  },
};

const restoreWeights: StepAction = {
  async run(context) {
    const { weights, known } = RestoreWeightsInput.parse(context.step.input);
    return changeWeights(context, weights, known);
  },
};

/** Writes absolute weights in one batch, from one of the known states only, and waits until Route 53 is in sync. */
async function changeWeights(
  context: StepContext,
  weights: RecordWeights,
  known: readonly RecordWeights[],
): Promise<StepOutcome> {
  const geographies = Object.keys(weights);
  const records = await readSets(context.aws, context.estate, geographies);
  const found = weightsOf(context.estate, geographies, records);
  const wanted = withWeights(context.estate, records, weights);
  const comment = `${context.operation.id} ${context.step.key}`;
  await context.cli(changeCommand(context.estate, wanted, comment));
  if (differences(weights, found).length === 0) {
    return {
      status: 'skipped',
      note: 'The weights are already so.',
      output: { changedAtMs: context.now().getTime() },
    };
  }
  if (!known.some((state) => differences(state, found).length === 0)) {
    return driftRefusal(differences(known[0] ?? weights, found));
  }
  const { changeId } = await context.aws.changeWeightedRecords(wanted, comment);
  await context.evidence({
    kind: 'fact',
    text: `Change ${changeId} accepted: ${wanted.length} records in one batch`,
    data: { changeId, weights },
  });
  while ((await context.aws.changeStatus(changeId)) !== 'INSYNC') {
    await sleep(SYNC_POLL_MS, undefined, { signal: context.signal });
  }
  await context.evidence({ kind: 'fact', text: `Change ${changeId} is INSYNC` });
  return {
    status: 'done',
    note: `Route 53 is in sync with change ${changeId}.`,
    output: { changeId, changedAtMs: context.now().getTime() },
  };
}

function driftRefusal(drift: readonly string[]): StepOutcome {
  return {
    status: 'fail',
    note: `Someone else changed the records: ${drift.slice(0, 4).join('; ')}. Nothing was written. Look at who did it, then plan again.`,
  };
}

/** Two TTLs at least, for real; the rest of the dwell passes at the environment's time scale. */
const dwell: StepAction = {
  run(context) {
    const { seconds, minimumRealSeconds } = DwellInput.parse(context.step.input);
    const total = Math.max(minimumRealSeconds, context.scaledSeconds(seconds));
    const left = total - (context.now().getTime() - context.firstStartedAtMs) / 1000;
    if (left > 0.05)
      return Promise.resolve({
        status: 'wait',
        note: `Resolvers follow within ${Math.ceil(left)} s.`,
        seconds: left,
      });
    return Promise.resolve({
      status: 'done',
      note: `Waited ${Math.round(total)} s.`,
      output: { overAtMs: context.now().getTime() },
    });
  },
};

/**
 * Measured share within the tolerance and both SLIs of every Region in the passing band, over all requests since the
 * dwell ended (five minutes at most). Holds while either is in doubt; reverts when an SLI is beyond its limit.
 */
const verify: StepAction = {
  async run(context) {
    const { shares, since } = VerifyInput.parse(context.step.input);
    const environment = requireEnvironment(context);
    const sinceMs = Number(context.outputs[since]?.overAtMs ?? context.firstStartedAtMs);
    const toMs = context.now().getTime();
    const fromMs = Math.max(sinceMs, toMs - WINDOW_MS);
    const measured = await context.aws.measureTraffic({ fromMs, toMs });
    const silent = measured.filter(({ error }) => error !== null);
    const verdicts = measured
      .filter(({ region, error }) => error === null && (shares[region] ?? 0) > 0)
      .flatMap((measurement) => judgeRegion(context.estate, environment, measurement));
    const counts = Object.fromEntries(
      measured.map(({ region, reads, writes }) => [region, reads.requests + writes.requests]),
    );
    const share = judgeShares(shares, counts, context.estate.traffic.verifyPoints);
    const band = worstBand(verdicts);
    const failing = verdicts.filter((verdict) => verdict.band !== 'pass');
    await context.evidence({
      kind: 'gate',
      text: share.message,
      data: {
        band: silent.length > 0 || !share.enough || !share.within ? 'hold' : band,
        shares: share.differences,
        verdicts,
        windowSeconds: Math.round((toMs - fromMs) / 1000),
      },
    });
    if (band === 'revert') {
      return {
        status: 'revert',
        note: failing
          .filter((verdict) => verdict.band === 'revert')
          .map(({ message }) => message)
          .join('; '),
      };
    }
    if (silent.length > 0) {
      return hold(
        `${silent.map(({ region, error }) => `${region} does not report: ${error}`).join('; ')}. Unknown is not a pass.`,
      );
    }
    if (!share.enough || (band === 'hold' && verdicts.some(isThin))) {
      return {
        status: 'wait',
        note: `Too few requests to judge yet: ${share.message}.`,
        seconds: RECHECK_SECONDS / 2,
      };
    }
    if (band === 'hold') return hold(failing.map(({ message }) => message).join('; '));
    if (!share.within)
      return hold(
        `${share.message}, more than ${context.estate.traffic.verifyPoints} from what is configured`,
      );
    return { status: 'done', note: `${share.message}; service levels pass.` };
  },
};

function hold(note: string): StepOutcome {
  return { status: 'hold', note, seconds: RECHECK_SECONDS };
}

function judgeRegion(estate: Estate, environment: Environment, measurement: TrafficMeasurement) {
  const writer = estate.regions.find((region) => region.servesWrites)?.code ?? measurement.region;
  const reads = judgeSli(
    `${measurement.region} reads`,
    measurement.reads,
    gateLimits(estate, environment, 0),
  );
  if (measurement.writes.requests === 0) return [reads];
  const roundTrip = roundTripMs(estate, measurement.region, writer);
  const limits = gateLimits(estate, environment, roundTrip);
  // Orders are a tenth of requests: their own sample is judged for speed and for outright failure.
  const writes = judgeSli(`${measurement.region} writes`, measurement.writes, {
    ...limits,
    minSample: Math.ceil(environment.minSample / 20),
    errorRate: limits.revertErrorRate,
  });
  return [reads, writes];
}

/** Limits of the estate's gate; writes get the round trip to the writer on top (aws-facts C-15). */
function gateLimits(estate: Estate, environment: Environment, addedMs: number): GateLimits {
  return {
    errorRate: estate.thresholds.gate.errorRate,
    p95Ms: estate.thresholds.gate.p95Ms + addedMs,
    revertErrorRate: estate.thresholds.rollback.errorRate,
    revertP95Ms: estate.thresholds.rollback.p95Ms + addedMs,
    minSample: environment.minSample,
    onThinTraffic: environment.onThinTraffic,
  };
}

function requireEnvironment(context: StepContext): Environment {
  const environment = findEnvironment(context.estate, context.operation.environment);
  if (!environment)
    throw new Error(
      `Environment ${context.operation.environment} is not in the estate any more. Import the estate that has it.`,
    );
  return environment;
}

export const trafficActions: ActionRegistry = {
  'traffic.recheck': recheck,
  'traffic.set-weights': setWeights,
  'traffic.restore-weights': restoreWeights,
  'traffic.dwell': dwell,
  'traffic.verify': verify,
  'capacity.ensure': ensureCapacity,
};
