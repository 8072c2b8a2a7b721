import { execFile } from 'node:child_process';
import { Resolver } from 'node:dns/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { planRecovery } from '#lib/operations/recovery/plan.ts';
import { type Lab, startLab } from '#test/lab/harness.ts';
import { runPlan } from '#test/lab/support/plan-runner.ts';
import { openPort, reachLab } from '#test/lab/support/product.ts';
import { askTopology } from '#test/lab/support/topology.ts';
import { environmentOf, seedEstate } from '#test/seed-estate.ts';
import { stopOnInterrupt } from '../interrupt.ts';
import { type ClientView, readLedger, untilOrdersFlow } from './ledger.ts';

const SCRIPT = path.join(import.meta.dirname, '../runbook/failover.sh');
const LOST = 'us-east-1';
const SEEN_MS = 120_000;
const FLOW_MS = 600_000;
const WARM_ORDERS = 30;
const KILL_WITHIN_MS = 15_000;
const POLL_MS = 200;

export interface RunbookRound {
  clients: ClientView;
  /** From the script's start to the first order taken again, as shoppers saw it, s. */
  handledSeconds: number;
  /** What the script says of itself, s after its start. */
  marks: Record<string, number>;
  lost: number;
}

/**
 * The same outage with nobody but the script: started when the zone's name servers have left the Region, as an alarm would be.
 * `lookEvery`: seconds between its looks at RDS, null for the AWS CLI's own waiter.
 */
export async function runRunbook(
  draw: () => number,
  lookEvery: number | null,
  progress: (text: string) => void,
): Promise<RunbookRound> {
  const seed = Math.floor(draw() * 2 ** 31);
  const lab = await startLab({ seed });
  const ended = stopOnInterrupt(() => lab.stop());
  try {
    await connectRegions(lab);
    await untilOrders(lab, WARM_ORDERS);
    await delay(draw() * KILL_WITHIN_MS);
    const killedAtMs = Date.now();
    await lab.admin('/outage', { region: LOST });
    await untilDnsLeft(lab);
    const startedAtMs = Date.now();
    const script = runScript(lab, lookEvery);
    const clients = await untilOrdersFlow(lab, killedAtMs, FLOW_MS);
    const marks = await script;
    const round = {
      clients,
      handledSeconds: (clients.restoredAtMs - startedAtMs) / 1_000,
      marks,
      lost: clients.lostAtMs.length,
    };
    progress(
      `seed ${seed}: orders down ${clients.downSeconds.toFixed(1)} s, handled in ${round.handledSeconds.toFixed(1)} s, lost ${round.lost}`,
    );
    return round;
  } finally {
    ended();
    await lab.stop();
  }
}

/** The same network as the console has it: that is no matter of who acts. */
async function connectRegions(lab: Lab): Promise<void> {
  const estate = seedEstate();
  const at = { estate, environment: environmentOf(estate) };
  const leave = reachLab(lab);
  const { aws } = openPort(estate);
  try {
    const topology = await askTopology(aws, at);
    const params = { from: 'eu-west-1', to: 'ap-southeast-1' };
    const planned = planRecovery('connect-regions', params, {
      ...at,
      topology,
      evaluation: [],
      target: null,
    });
    if (!planned.ok) throw new Error(planned.message);
    const nameServers = [`${lab.dns.host}:${lab.dns.port}`];
    const run = await runPlan(planned.plan, { estate, nameServers, operation: 'OP-1' });
    if (run.failed) throw new Error(run.story());
  } finally {
    aws.close();
    leave();
  }
}

async function untilOrders(lab: Lab, most: number): Promise<void> {
  const deadline = Date.now() + SEEN_MS;
  while ((await readLedger(lab)).orders.acknowledged < most) {
    if (Date.now() > deadline) throw new Error('Shoppers do not order.');
    await delay(POLL_MS);
  }
}

/** Health checks have seen it: users of the lost Region are sent elsewhere, and somebody is told. */
async function untilDnsLeft(lab: Lab): Promise<void> {
  const resolver = new Resolver();
  resolver.setServers([`${lab.dns.host}:${lab.dns.port}`]);
  const deadline = Date.now() + SEEN_MS;
  const gone = lab.regions[LOST]?.shopAddress;
  while ((await resolver.resolve4(lab.dns.originName)).includes(gone ?? '')) {
    if (Date.now() > deadline) throw new Error(`DNS names ${LOST} still.`);
    await delay(POLL_MS);
  }
}

async function runScript(lab: Lab, lookEvery: number | null): Promise<Record<string, number>> {
  const startedAtMs = Date.now();
  const env = { ...lab.env, ...(lookEvery === null ? {} : { LOOK_EVERY: String(lookEvery) }) };
  const output = await new Promise<string>((resolve, reject) => {
    execFile('sh', [SCRIPT], { env, timeout: FLOW_MS }, (error, stdout, stderr) => {
      if (error) reject(new Error(`The runbook's script failed: ${error.message}\n${stdout}${stderr}`));
      else resolve(stdout);
    });
  });
  const marks = [...output.matchAll(/^(\d+) (\w+)$/gm)].map(
    ([, at, mark = '']) => [mark, Number(at) - Math.floor(startedAtMs / 1_000)] as const,
  );
  return Object.fromEntries(marks);
}
