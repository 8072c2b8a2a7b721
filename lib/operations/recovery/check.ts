import type { DatabaseObservation } from '#lib/domain/observation/kinds.ts';
import type { StepAction, StepContext } from '../action.ts';
import { pollUntil } from '../poll.ts';
import { CheckRegionInput, RecheckInput } from './input.ts';
import { instanceIdOf, nameOfAttempt, regionOfArn, requireDatabase } from './instance.ts';

const EVERY_MS = 500;
/** A page of the shop that its own database and pods are needed for; no user asks for it. */
const HEALTH_PATH = '/health';

/** The databases are what the plan was made from: otherwise someone else changed them, and nothing is touched. */
export const recheck: StepAction = {
  async run(context) {
    const { expect } = RecheckInput.parse(context.step.input);
    const looked: { expected: Expected; found: DatabaseObservation | null }[] = [];
    for (const { region, instance, role, sourceRegion } of expect) {
      const instanceId = instanceIdOf(context, instance);
      const found = await context.aws.findDatabase(region, instanceId);
      looked.push({ expected: { instanceId, region, role, sourceRegion }, found });
    }
    const writers = looked.filter(({ expected }) => expected.role === 'primary');
    const arnIn = (code: string | null) =>
      writers.find(({ expected }) => expected.region === code)?.found?.arn;
    const drift = looked.flatMap(({ expected, found }) =>
      differences(expected, found, arnIn(expected.sourceRegion)),
    );
    if (drift.length > 0) {
      return {
        status: 'fail',
        note: `The databases are not what the plan was made from: ${drift.join('; ')}. Nothing was changed. Look at what happened, then plan again.`,
      };
    }
    const text = `${expect.length} databases are what the plan was made from`;
    await context.evidence({ kind: 'fact', text });
    return { status: 'done', note: `${text}.` };
  },
};

interface Expected {
  instanceId: string;
  region: string;
  role: 'primary' | 'replica';
  sourceRegion: string | null;
}

/** A copy of another database in the writer's Region, one that was fenced say, is a copy of something else. */
function differences(
  expected: Expected,
  found: DatabaseObservation | null,
  writerArn: string | undefined,
): string[] {
  const { instanceId, region, role, sourceRegion } = expected;
  if (!found) return [`${region} has no ${instanceId}`];
  if (found.role !== role) return [`${instanceId} should be a ${role} and is a ${found.role}`];
  const isOther = writerArn !== undefined && found.sourceArn !== writerArn;
  if (sourceRegion !== null && (isOther || regionOfArn(found.sourceArn ?? '') !== sourceRegion)) {
    return [
      `${instanceId} should replicate from ${sourceRegion}, from its writer, and has the source ${found.sourceArn}`,
    ];
  }
  if (role === 'replica' && found.replication !== 'replicating') {
    return [`the replication of ${instanceId} is ${found.replication ?? 'unknown'}, not replicating`];
  }
  return [];
}

/** The Region can serve readers: its database replicates or is the writer, and its shop answers. */
export const checkRegion: StepAction = {
  async run(context) {
    const input = CheckRegionInput.parse(context.step.input);
    const { region, from, writer } = input;
    const database = await requireDatabase(context, input);
    const trouble = await copyTrouble(context, database, writer);
    if (trouble)
      return { status: 'fail', note: `${region} is not fit for readers: ${trouble}. Rebuild it first.` };
    const task = { kind: 'http', region, path: HEALTH_PATH, via: 'internet' } as const;
    let tries = 0;
    const { result, job } = await pollUntil(context, {
      what: `the shop in ${region}`,
      everyMs: EVERY_MS,
      longestMs: 5_000,
      ask: () => {
        tries += 1;
        return context.aws.runProbe(from, task, nameOfAttempt(context, tries));
      },
      isDone: (answer) => answer.result.kind === 'http' && answer.result.status === 200,
    });
    const text = `The shop in ${region} answers ${from} from its own database in ${Math.round(result.ms)} ms; ${database.instanceId} is ${database.role === 'primary' ? 'the writer' : 'replicating'}`;
    await context.evidence({ kind: 'fact', text, data: { job, tries } });
    return { status: 'done', note: `${text}.` };
  },
};

async function copyTrouble(
  context: StepContext,
  database: DatabaseObservation,
  writer: ReturnType<typeof CheckRegionInput.parse>['writer'],
): Promise<string | undefined> {
  const { instanceId, role, status, replication, sourceArn } = database;
  if (status !== 'available') return `${instanceId} is ${status}`;
  if (writer === null)
    return role === 'primary' ? undefined : `${instanceId} should be the writer and is a replica`;
  if (role === 'primary') return `${instanceId} is a primary of its own`;
  const { arn } = await requireDatabase(context, writer);
  if (sourceArn !== arn) return `${instanceId} replicates from ${sourceArn}, not from the writer`;
  return replication === 'replicating'
    ? undefined
    : `the replication of ${instanceId} is ${replication ?? 'unknown'}`;
}
