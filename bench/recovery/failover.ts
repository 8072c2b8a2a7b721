import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { type Console, type Operation, type Step, startConsole } from './console.ts';
import { type ClientView, untilOrdersFlow } from './ledger.ts';
import { ownTimeMs } from './own-time.ts';

const LOST = 'us-east-1';
const TARGET = 'eu-west-1';
const SEEN_MS = 180_000;
const FLOW_MS = 300_000;
/** Somewhere in this stretch the Region is lost: in the middle of whatever replication and collectors do then. */
const KILL_WITHIN_MS = 15_000;
const POLL_MS = 100;

const Decision = z.looseObject({
  detection: z.looseObject({ state: z.string() }).nullable(),
  options: z.array(
    z.looseObject({
      kind: z.string(),
      target: z.string().nullable(),
      refusal: z.string().nullable(),
      contract: z
        .object({ seconds: z.number(), bytes: z.number().nullable(), measuredAt: z.string() })
        .nullable(),
    }),
  ),
});
type Contract = NonNullable<z.infer<typeof Decision>['options'][number]['contract']>;

const Clocks = z.looseObject({
  clocks: z.array(z.looseObject({ clock: z.string(), state: z.string(), seconds: z.number().nullable() })),
});

export interface FailoverRound {
  /** From the loss to the console's verdict that the Region fails, s. */
  detectedSeconds: number;
  clients: ClientView;
  /** From the declaration to the first order taken again, as shoppers saw it, s. */
  handledSeconds: number;
  clocks: Record<string, number>;
  /** Orders that are gone, and those of them that the accepted bound does not cover. */
  lost: number;
  beyondContract: number;
  contractSeconds: number;
  ownSeconds: number;
  ownSecondsOfRun: number;
}

/** One outage of the writer's Region on a fresh estate, declared as an emergency the moment that the console calls it failing. */
export async function runFailover(
  draw: () => number,
  progress: (text: string) => void,
): Promise<FailoverRound> {
  const seed = Math.floor(draw() * 2 ** 31);
  const console = await startConsole(seed);
  try {
    await prepare(console);
    await delay(draw() * KILL_WITHIN_MS);
    const killedAtMs = Date.now();
    await console.lab.admin('/outage', { region: LOST });
    const contract = await untilFailing(console);
    const declaredAtMs = Date.now();
    const operation = await declare(console, contract);
    const clients = await untilOrdersFlow(console.lab, killedAtMs, FLOW_MS);
    const ended = await console.untilEnded(operation);
    if (ended.state !== 'done') throw new Error(`${operation} is ${ended.state}: ${ended.outcome}`);
    const round = await measure(console, ended, { killedAtMs, declaredAtMs, contract, clients });
    progress(
      `seed ${seed}: orders down ${round.clients.downSeconds.toFixed(1)} s, handled in ${round.handledSeconds.toFixed(1)} s, own ${round.ownSeconds.toFixed(2)} s, lost ${round.lost}`,
    );
    return round;
  } finally {
    await console.stop();
  }
}

/** What readiness asks for: paths between all Regions, and the data-plane switch. */
async function prepare(console: Console): Promise<void> {
  await untilObserved(console);
  await console.carryOut('connect-regions', { from: 'eu-west-1', to: 'ap-southeast-1' });
  await console.carryOut('prepare-switch', { region: LOST });
  await untilAnswers(console, (decision) => decision.detection?.state === 'serving');
}

/** Until the whole estate was looked at once, and a plan can be made from it. */
export async function untilObserved(console: Console): Promise<void> {
  await untilAnswers(console, (decision) => fullOption(decision)?.contract != null);
}

const fullOption = ({ options }: z.infer<typeof Decision>) => options.find(({ kind }) => kind === 'failover');

async function untilFailing(console: Console): Promise<Contract> {
  const decision = await untilAnswers(console, (seen) => {
    const option = fullOption(seen);
    return seen.detection?.state === 'failing' && option?.refusal === null && option.contract != null;
  });
  const contract = fullOption(decision)?.contract;
  if (!contract) throw new Error('There is no contract to accept.');
  return contract;
}

async function untilAnswers(
  console: Console,
  isSo: (decision: z.infer<typeof Decision>) => boolean,
): Promise<z.infer<typeof Decision>> {
  const deadline = Date.now() + SEEN_MS;
  for (;;) {
    const target = `/recovery/options?environment=production&lost=${LOST}&target=${TARGET}`;
    const decision = await console.get(Decision, target);
    if (isSo(decision)) return decision;
    if (Date.now() > deadline)
      throw new Error(`Not seen within ${SEEN_MS / 1_000} s; last: ${JSON.stringify(decision)}`);
    await delay(POLL_MS);
  }
}

/** As the operator on call does it: looks at what stands against it, and starts in spite of that. */
async function declare(console: Console, accept: Contract): Promise<string> {
  const asked = {
    kind: 'failover',
    environment: 'production',
    params: { lost: LOST, target: TARGET, accept },
  };
  const Preview = z.looseObject({ overridable: z.array(z.looseObject({ id: z.string() })) });
  const { overridable } = await console.post(Preview, '/operations', { ...asked, dryRun: true });
  const { id } = await console.post(z.looseObject({ id: z.string() }), '/operations/emergency', {
    ...asked,
    reason: 'bench',
    confirm: LOST,
    overridden: overridable.map((block) => block.id),
  });
  return id;
}

async function measure(
  console: Console,
  operation: Operation,
  seen: { killedAtMs: number; declaredAtMs: number; contract: Contract; clients: ClientView },
): Promise<FailoverRound> {
  const { killedAtMs, declaredAtMs, contract, clients } = seen;
  const { clocks } = await console.get(Clocks, `/operations/${operation.id}/clocks`);
  const steps = await console.stepsOf(operation.id);
  const fromMs = Date.parse(operation.createdAt);
  const boundMs = killedAtMs - contract.seconds * 1_000;
  return {
    detectedSeconds: (declaredAtMs - killedAtMs) / 1_000,
    clients,
    handledSeconds: (clients.restoredAtMs - declaredAtMs) / 1_000,
    clocks: Object.fromEntries(
      clocks.flatMap(({ clock, seconds }) => (seconds === null ? [] : [[clock, seconds]])),
    ),
    lost: clients.lostAtMs.length,
    beyondContract: clients.lostAtMs.filter((atMs) => atMs < boundMs).length,
    contractSeconds: contract.seconds,
    ownSeconds: ownTimeMs({ fromMs, toMs: endOf(steps, `verify-order-${TARGET}`) }, steps) / 1_000,
    ownSecondsOfRun: ownTimeMs({ fromMs, toMs: lastEnd(steps) }, steps) / 1_000,
  };
}

export function endOf(steps: readonly Step[], key: string): number {
  const ended = steps.find((step) => step.key === key)?.endedAt;
  if (!ended) throw new Error(`Step ${key} has not ended.`);
  return Date.parse(ended);
}

function lastEnd(steps: readonly Step[]): number {
  return Math.max(...steps.flatMap(({ endedAt }) => (endedAt ? [Date.parse(endedAt)] : [])));
}
