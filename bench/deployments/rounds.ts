import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { shopDigest } from '#lab/ecr/seed.ts';
import type { Console, Operation, Step } from '../recovery/console.ts';
import { untilObserved } from '../recovery/failover.ts';
import { readLedger } from '../recovery/ledger.ts';
import { ownTimeMs } from '../recovery/own-time.ts';
import { servedSince } from './served.ts';

const ENVIRONMENT = 'production';
const REGIONS = ['us-east-1', 'eu-west-1', 'ap-southeast-1'];
/** Declared; half an hour of the seed is 30 s at the lab's scale. */
const SOAK_MINUTES = 30;
const POLL_MS = 100;
const STEP_MS = 300_000;
/** A request that hangs is known so late (lab/load/downtime.ts). */
const SETTLE_MS = 13_000;
const BAD_SHARE = 0.25;

export interface RollbackRound {
  /** From the click to the first answer of the version of before in the last Region, s, and in each. */
  seconds: number;
  byRegion: Record<string, number>;
  /** Of that, what was not spent waiting for AWS or Kubernetes, nor for the next shopper to come. */
  ownSeconds: number;
}

export interface HealthyRound {
  seconds: number;
  requests: number;
  /** Requests that failed for a shopper while it ran. */
  lost: number;
}

export interface BadRound {
  /** From the switch of the first Region to the gate's decision, s. */
  decidedSeconds: number;
  /** From that switch to the last answer of the bad version, s. */
  servedSeconds: number;
  regionsReached: number;
  orders: number;
  failedOrders: number;
  /** Of all orders of all Regions while the bad version served, 0–1. */
  failedShare: number;
}

export async function registerRelease(console: Console, version: string): Promise<void> {
  await console.post(z.unknown(), '/releases', {
    version,
    digest: shopDigest(version),
    schema: 'none',
    schemaNote: 'The schema stays as it is.',
  });
}

const Preview = z.looseObject({ checks: z.array(z.looseObject({ code: z.string(), verdict: z.string() })) });
const Made = z.looseObject({ id: z.string() });

/** Asks for a deployment everywhere, accepting what may be accepted; it starts at once. */
async function startDeployment(
  console: Console,
  version: string,
  soakMinutes = SOAK_MINUTES,
): Promise<string> {
  const asked = {
    kind: 'deployment',
    environment: ENVIRONMENT,
    params: { version, soakMinutes, stagingException: 'measured by the bench' },
    reason: 'bench',
  };
  const { checks } = await console.post(Preview, '/operations', { ...asked, acknowledged: [], dryRun: true });
  const acknowledged = checks.filter(({ verdict }) => verdict === 'accept').map(({ code }) => code);
  return (await console.post(Made, '/operations', { ...asked, acknowledged })).id;
}

/** Turned round by a person while the last Region soaks: every Region serves the new version, and goes back at once. */
export async function runRollback(console: Console, version: string): Promise<RollbackRound> {
  await untilObserved(console);
  const before = await servedSince(console.lab, Date.now() - 10_000);
  const old = before[0]?.version ?? '';
  const id = await startDeployment(console, version);
  const regions = await untilAllSwitched(console, id);
  await delay(POLL_MS + Math.random() * 2_000);
  const clickedAtMs = Date.now();
  await console.post(z.unknown(), `/operations/${id}/revert`, { reason: 'bench' });
  const firstAt = await untilServed(console, { version: old, regions, sinceMs: clickedAtMs });
  const ended = await console.untilEnded(id);
  if (ended.state !== 'reverted') throw new Error(`${id} is ${ended.state}: ${ended.outcome}`);
  const steps = await console.stepsOf(id);
  const backAtMs = Math.max(...backAt(steps));
  return {
    seconds: (Math.max(...Object.values(firstAt)) - clickedAtMs) / 1_000,
    byRegion: Object.fromEntries(
      Object.entries(firstAt).map(([region, at]) => [region, (at - clickedAtMs) / 1_000]),
    ),
    ownSeconds: ownTimeMs({ fromMs: clickedAtMs, toMs: backAtMs }, steps) / 1_000,
  };
}

/** When each Region's Service was pointed back: the last change of it. */
function backAt(steps: readonly Step[]): number[] {
  return steps
    .filter(({ action }) => action === 'deploy.switch-back')
    .flatMap(({ calls }) => calls.filter(({ action }) => /^Patch|^Replace|^Switch/.test(action)))
    .map(({ at, durationMs }) => Date.parse(at) + durationMs);
}

async function untilAllSwitched(console: Console, id: string): Promise<string[]> {
  return untilSteps(console, id, (steps) => {
    const switches = steps.filter(({ action }) => action === 'deploy.switch');
    return switches.length > 0 && switches.every(({ state }) => state === 'done')
      ? switches.map(({ key }) => key.replace(/^switch-/, ''))
      : undefined;
  });
}

async function untilSteps<T>(
  console: Console,
  id: string,
  find: (steps: Step[]) => T | undefined,
): Promise<T> {
  const deadline = Date.now() + STEP_MS;
  for (;;) {
    const found = find(await console.stepsOf(id));
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`${id} did not come so far within ${STEP_MS / 1_000} s.`);
    await delay(POLL_MS);
  }
}

async function untilServed(
  console: Console,
  { version, regions, sinceMs }: { version: string; regions: readonly string[]; sinceMs: number },
): Promise<Record<string, number>> {
  const deadline = Date.now() + STEP_MS;
  for (;;) {
    const served = (await servedSince(console.lab, sinceMs)).filter((row) => row.version === version);
    const firstAt = Object.fromEntries(served.map(({ region, firstAt: at }) => [region, at]));
    if (regions.every((region) => firstAt[region] !== undefined)) return firstAt;
    if (Date.now() > deadline) throw new Error(`${version} does not serve ${regions.join(', ')} again.`);
    await delay(POLL_MS);
  }
}

/** To its end, with everything well. */
export async function runHealthy(console: Console, version: string): Promise<HealthyRound> {
  await untilObserved(console);
  const before = (await readLedger(console.lab)).total;
  const startedAtMs = Date.now();
  const ended = await console.untilEnded(await startDeployment(console, version));
  if (ended.state !== 'done') throw new Error(`${ended.id} is ${ended.state}: ${ended.outcome}`);
  const seconds = (Date.now() - startedAtMs) / 1_000;
  await delay(SETTLE_MS);
  const after = (await readLedger(console.lab)).total;
  return { seconds, requests: after.requests - before.requests, lost: after.errors - before.errors };
}

/** A release of which a quarter of the requests fail: its gate sends it back. */
export async function runBad(console: Console, version: string): Promise<BadRound> {
  await untilObserved(console);
  for (const region of REGIONS)
    await console.lab.admin('/inject', { region, errorShare: BAD_SHARE, version });
  const id = await startDeployment(console, version);
  const ended = await console.untilEnded(id);
  if (ended.state !== 'reverted')
    throw new Error(`${id} was to go back and is ${ended.state}: ${ended.outcome}`);
  await console.lab.admin('/heal', {});
  return measureBad(console, ended, version);
}

async function measureBad(console: Console, { id }: Operation, version: string): Promise<BadRound> {
  const steps = await console.stepsOf(id);
  const switchedAtMs = Math.min(...endsOf(steps, 'deploy.switch'));
  const decidedAtMs = Math.max(...endsOf(steps, 'deploy.soak'));
  const served = await servedSince(console.lab, switchedAtMs - 2_000);
  const bad = served.filter((row) => row.version === version);
  const lastAtMs = Math.max(...bad.map(({ lastAt }) => lastAt));
  const sum = (rows: typeof served, of: 'orders' | 'orderErrors') =>
    rows.reduce((total, row) => total + row[of], 0);
  return {
    decidedSeconds: (decidedAtMs - switchedAtMs) / 1_000,
    servedSeconds: (lastAtMs - switchedAtMs) / 1_000,
    regionsReached: new Set(bad.map(({ region }) => region)).size,
    orders: sum(served, 'orders'),
    failedOrders: sum(bad, 'orderErrors'),
    failedShare: sum(bad, 'orderErrors') / Math.max(1, sum(served, 'orders')),
  };
}

function endsOf(steps: readonly Step[], action: string): number[] {
  return steps.flatMap((step) => (step.action === action && step.endedAt ? [Date.parse(step.endedAt)] : []));
}

/** Until no check refuses it any more: what the round before did to the service levels is over. */
async function untilPermitted(console: Console, version: string): Promise<void> {
  const asked = {
    kind: 'deployment',
    environment: ENVIRONMENT,
    params: { version, stagingException: 'measured by the bench' },
    reason: 'bench',
    acknowledged: [],
    dryRun: true,
  };
  const deadline = Date.now() + STEP_MS;
  for (;;) {
    const { checks } = await console.post(Preview, '/operations', asked);
    const refused = checks.filter(({ verdict }) => verdict === 'refuse' || verdict === 'unknown');
    if (refused.length === 0) return;
    if (Date.now() > deadline)
      throw new Error(`${version} is refused still: ${refused.map(({ code }) => code).join(', ')}`);
    await delay(1_000);
  }
}

export interface Crowd {
  accepted: number;
  /** Refused, and told by which operation the environment is held. */
  told: number;
  others: string[];
}

/** So many requests for one environment at once: one may run. */
export async function runCrowd(console: Console, version: string, size: number): Promise<Crowd> {
  await untilObserved(console);
  await untilPermitted(console, version);
  const answers = await Promise.allSettled(
    Array.from({ length: size }, (_, i) => startDeployment(console, version, 10 + i)),
  );
  const made = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  const refused = answers.flatMap((answer) => (answer.status === 'rejected' ? [String(answer.reason)] : []));
  const told = refused.filter((text) => made.some((id) => text.includes(id)));
  return {
    accepted: made.length,
    told: told.length,
    others: refused.filter((text) => !told.includes(text)),
  };
}
