import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { AwsAttempt } from '#lib/engine/parts.ts';
import type { ActionRegistry, StepContext, StepOutcome } from '#lib/operations/action.ts';
import type { AwsPort, WeightedRecord } from '#lib/ports/aws.ts';
import { portDouble } from '#test/port-double.ts';
import type { Script } from './script.ts';
import { runWorker, workerOptions } from './worker-process.ts';

// A worker with scripted actions.
const options = workerOptions();

/** The world that actions change: a table which counts every effect, reached past every lock timeout. */
const world = new pg.Pool({
  connectionString: options.databaseUrl,
  application_name: `test world ${process.pid}`,
  options: '-c lock_timeout=0',
  max: 2,
});
world.on('error', () => undefined); // a restarted database: the next query connects anew

/** Blocks where the test has put a barrier of this name. */
async function pass(point: string): Promise<void> {
  await world.query('select test_wait($1)', [point]);
}

function portFor(attempt: AwsAttempt): AwsPort & { close(): void } {
  return portDouble({
    async listWeightedRecords(names) {
      const { rows } = await world.query<{ name: string }>(
        'select name from test_effect where name = any ($1)',
        [names],
      );
      return rows.map(({ name }) => recordNamed(name));
    },
    async changeWeightedRecords(records) {
      for (const { name } of records) {
        await world.query('insert into test_effect (name, pid) values ($1, $2)', [name, process.pid]);
      }
      attempt.record({
        at: new Date().toISOString(),
        service: 'route53',
        action: 'ChangeResourceRecordSets',
        region: 'us-east-1',
        host: '127.0.0.1',
        status: '200',
        requestId: `${attempt.operation.id}-${attempt.stepKey}-${attempt.operation.epoch}`,
        durationMs: 1,
        mutating: true,
        summary: null,
      });
      return { changeId: 'C1', status: 'INSYNC' };
    },
  });
}

function recordNamed(name: string): WeightedRecord {
  const alias = { hostedZoneId: 'Z', dnsName: 'd', evaluateTargetHealth: false };
  return { name, type: 'A', setIdentifier: 's', weight: 1, alias, healthCheckId: null };
}

/** Does what its step's script says; its effect only when observing shows that it is not there yet. */
async function follow(context: StepContext): Promise<StepOutcome> {
  const script = context.step.input as Script;
  const { key } = context.step;
  if (script.throws) throw new Error(script.throws);
  if (script.failures && context.attempt <= script.failures)
    throw new Error(`attempt ${context.attempt} fails`);
  if (script.evidence) await context.evidence({ kind: 'fact', text: script.evidence });
  if (script.command) await context.cli(script.command);
  if (script.keep) await context.keep(script.keep);
  await pass(`before:${key}`);
  if (script.effect) {
    const name = `${context.operation.id}/${key}`;
    const there = await context.aws.listWeightedRecords([name]);
    if (there.length === 0) await context.aws.changeWeightedRecords([recordNamed(name)], name);
  }
  await pass(`after:${key}`);
  if (script.sleepSeconds && context.attempt <= (script.sleepAttempts ?? 1_000)) {
    await delay(script.sleepSeconds * 1000, undefined, script.deaf ? {} : { signal: context.signal });
  }
  if (script.lateEffect) await lateEffect(context);
  if (script.wait && context.attempt <= script.wait.times) {
    return { status: 'wait', note: 'not yet', seconds: script.wait.seconds };
  }
  if (script.hold && context.attempt <= script.hold.times) {
    return { status: 'hold', note: 'too slow to go on', seconds: script.hold.seconds };
  }
  if (script.waitFromStartSeconds) {
    const left = script.waitFromStartSeconds - (Date.now() - context.firstStartedAtMs) / 1000;
    if (left > 0) return { status: 'wait', note: 'not yet', seconds: left };
  }
  if (script.outcome) return { status: script.outcome, note: `${key} says ${script.outcome}` };
  if (script.leavesUndone)
    return { status: 'done', note: script.leavesUndone, output: { leftUndone: script.leavesUndone } };
  return { status: 'done', note: `${key} is done`, output: { seen: Object.keys(context.outputs) } };
}

async function lateEffect(context: StepContext): Promise<void> {
  const name = `${context.operation.id}/${context.step.key}-late`;
  try {
    await context.aws.changeWeightedRecords([recordNamed(name)], name);
  } catch (error) {
    const refused = `${context.operation.id}/${context.step.key}-refused`;
    await world.query('insert into test_effect (name, pid) values ($1, $2)', [refused, process.pid]);
    throw error;
  }
}

const actions: ActionRegistry = { 'test.follow': { run: follow } };

await runWorker({ options, actions, awsFor: portFor });
