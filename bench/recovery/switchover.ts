import { setTimeout as delay } from 'node:timers/promises';
import type { Console, Step } from './console.ts';
import { startConsole } from './console.ts';
import { untilObserved } from './failover.ts';
import { type ClientView, readLedger, untilOrdersFlow } from './ledger.ts';
import { ownTimeMs } from './own-time.ts';

export interface SwitchoverRound {
  /** Shoppers could not order, s. */
  downSeconds: number;
  /** Orders stood frozen in some Region, s. */
  frozenSeconds: number;
  /** Of that, what was not spent waiting for AWS, databases or Kubernetes. */
  ownSeconds: number;
  lost: number;
}

const FLOW_MS = 120_000;
const SETTLE_MS = 20_000;
/** Three rounds of the collectors. */
const SEEN_MS = 15_000;

/** The writer to Ireland and back, so often: on one estate, as a platform would. */
export async function runSwitchovers(
  runs: number,
  options: { seed: number; progress: (text: string) => void },
): Promise<SwitchoverRound[]> {
  const console = await startConsole(options.seed);
  try {
    await untilObserved(console);
    await console.carryOut('connect-regions', { from: 'eu-west-1', to: 'ap-southeast-1' });
    const rounds: SwitchoverRound[] = [];
    for (let i = 0; i < runs; i += 1) {
      const target = i % 2 === 0 ? 'eu-west-1' : 'us-east-1';
      // What the last move left has to be seen before another is planned from it.
      await delay(SEEN_MS);
      const round = await runSwitchover(console, target);
      options.progress(
        `to ${target}: orders frozen ${round.frozenSeconds.toFixed(1)} s, own ${round.ownSeconds.toFixed(2)} s, shoppers saw ${round.downSeconds.toFixed(1)} s, lost ${round.lost}`,
      );
      rounds.push(round);
    }
    return rounds;
  } finally {
    await console.stop();
  }
}

async function runSwitchover(console: Console, target: string): Promise<SwitchoverRound> {
  const startedAtMs = Date.now();
  const { id } = await console.carryOut('switchover', { target });
  const steps = await console.stepsOf(id);
  const frozen = spanOf(steps);
  const clients = await clientsSince(console, startedAtMs);
  return {
    downSeconds: clients.downSeconds,
    frozenSeconds: (frozen.toMs - frozen.fromMs) / 1_000,
    ownSeconds: ownTimeMs(frozen, steps) / 1_000,
    lost: clients.lostAtMs.length,
  };
}

/** From the first Region that was frozen to the last that was pointed at the new writer. */
function spanOf(steps: readonly Step[]): { fromMs: number; toMs: number } {
  const times = (action: string, end: 'startedAt' | 'endedAt') =>
    steps.flatMap((step) => (step.action === action && step[end] ? [Date.parse(step[end])] : []));
  return {
    fromMs: Math.min(...times('recovery.freeze-writes', 'startedAt')),
    toMs: Math.max(...times('recovery.point-writer', 'endedAt')),
  };
}

/** An outage so short that three shoppers in a row did not meet it is none that they saw. */
async function clientsSince(console: Console, sinceMs: number): Promise<ClientView> {
  const seen = (await readLedger(console.lab)).all.downtime.orders.some(
    ({ start }) => Date.parse(start) >= sinceMs - 3_000,
  );
  if (seen) return untilOrdersFlow(console.lab, sinceMs, FLOW_MS);
  await delay(SETTLE_MS);
  const { orders } = await readLedger(console.lab);
  return {
    downSeconds: 0,
    restoredAtMs: sinceMs,
    lostAtMs: orders.missingOrders.map(({ at }) => Date.parse(at)),
    acknowledged: orders.acknowledged,
  };
}
