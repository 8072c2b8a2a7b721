import type { PlannedStep } from '#lib/domain/operation/plan.ts';
import type { AwsPort } from '../../ports/aws.ts';
import { isThrottled } from '../../ports/throttling.ts';
import type { StepAction, StepContext } from '../action.ts';
import { EnsureCapacityInput } from '../traffic-shift/input.ts';
import {
  AwaitDnsInput,
  CreateReplicaInput,
  DeclareInput,
  DryInput,
  FenceInput,
  FreezeWritesInput,
  type Place,
  PromoteInput,
  SwitchInput,
  VerdictInput,
  VerifyOrderInput,
  VerifyReadsInput,
} from './input.ts';
import { messageOf } from './refusal.ts';

const FEW_QUESTIONS = 5;
const WINDOW_MS = 60_000;

/** What a step would find, asked for without changing anything: sentences, or an error with what is wrong. */
type Trial = (context: StepContext, input: Record<string, unknown>) => Promise<string[]>;

/**
 * Tries what a step of a plan needs without doing it (aws-facts 2.9, level 1): every Region it asks must answer, with the
 * credentials of now, and have what the step would act on. It passes whatever it finds, so that one trouble does not hide the
 * next; the verdict at the end counts.
 */
export const dry: StepAction = {
  async run(context) {
    const { step } = DryInput.parse(context.step.input);
    const trial = TRIALS[step.action];
    if (!trial) {
      return {
        status: 'skipped',
        note: `“${step.title}” changes nothing outside, or only what an earlier step makes: nothing to try.`,
        output: { passed: true, of: step.key },
      };
    }
    try {
      const seen = await trial({ ...context, aws: readOnly(context.aws) }, step.input);
      for (const text of seen) await context.evidence({ kind: 'fact', text });
      return { status: 'done', note: seen.join('; '), output: { passed: true, of: step.key } };
    } catch (error) {
      context.signal.throwIfAborted();
      if (isThrottled(error)) throw error;
      const why = messageOf(error);
      await context.evidence({
        kind: 'gate',
        text: `“${step.title}” would not work: ${why}`,
        data: { band: 'hold' },
      });
      return { status: 'done', note: `Would not work: ${why}`, output: { passed: false, of: step.key, why } };
    }
  },
};

/** Fails where any of the steps it counts did not pass. */
export const verdict: StepAction = {
  async run(context) {
    const { of } = VerdictInput.parse(context.step.input);
    const failed = of.filter((key) => context.outputs[key]?.passed !== true);
    const text = `${of.length - failed.length} of ${of.length} steps would work`;
    await context.evidence({
      kind: 'gate',
      text,
      data: { band: failed.length === 0 ? 'pass' : 'revert', failed },
    });
    if (failed.length === 0) return { status: 'done', note: `${text}.`, output: { passed: true } };
    const why = failed.map((key) => `${key}: ${String(context.outputs[key]?.why ?? 'not tried')}`);
    return { status: 'fail', note: `${text}. ${why.join('; ')}` };
  },
};

const TRIALS: Readonly<Record<string, Trial>> = {
  async 'recovery.declare'(context, raw) {
    const { region, instance } = DeclareInput.parse(raw);
    const found = await look(context, { region, instance });
    const wal = await context.aws.readWal(region, found.instanceId);
    const order = await context.aws.lastOrder(region, found.instanceId);
    return [
      `${found.instanceId} has replayed ${wal.replayedLsn ?? wal.receivedLsn}; its last order is ${order?.id ?? 'none'}`,
    ];
  },
  async 'recovery.freeze-writes'(context, raw) {
    return [await configWords(context, FreezeWritesInput.parse(raw))];
  },
  async 'recovery.point-writer'(context, raw) {
    return [await configWords(context, FreezeWritesInput.parse(raw))];
  },
  async 'recovery.fence-database'(context, raw) {
    const place = FenceInput.parse(raw);
    const { instanceId, status } = await look(context, place);
    const group = await groupId(context, place.region, 'deny-all');
    return [`${instanceId} is ${status} and can be shut with ${group}`];
  },
  async 'recovery.switch'(context, raw) {
    const { region, inRegions } = SwitchInput.parse(raw);
    if (inRegions.length === 0) throw new Error(`no switch is prepared for ${region}. Prepare one.`);
    return Promise.all(
      inRegions.map(
        async (peer) => `${region} is ${await context.aws.readSwitch(peer, region)} in the bucket of ${peer}`,
      ),
    );
  },
  async 'recovery.await-dns'(context, raw) {
    const { geographies } = AwaitDnsInput.parse(raw);
    return Promise.all(
      geographies.map(async (geography) => {
        const answers = Object.keys(await context.aws.askDns(geography, FEW_QUESTIONS));
        return `DNS answers ${geography} with ${answers.join(', ') || 'nothing'}`;
      }),
    );
  },
  async 'recovery.promote'(context, raw) {
    const found = await look(context, PromoteInput.parse(raw));
    const { instanceId, role, status, replication } = found;
    if (role !== 'replica') throw new Error(`${instanceId} is a primary already.`);
    if (status !== 'available')
      throw new Error(`${instanceId} is ${status}: RDS promotes it when it is available.`);
    if (replication !== 'replicating') throw new Error(`the replication of ${instanceId} is ${replication}.`);
    return [`${instanceId} is an available replica that can be promoted`];
  },
  async 'recovery.verify-order'(context, raw) {
    const { from, writer, path } = VerifyOrderInput.parse(raw);
    if (!path)
      throw new Error(`${from} has no network path to ${writer.region} (aws-facts B-05). Connect them.`);
    return [await configWords(context, { region: from, namespace: namespaceIn(context) })];
  },
  async 'recovery.verify-reads'(context, raw) {
    const { regions } = VerifyReadsInput.parse(raw);
    const toMs = context.now().getTime();
    const traffic = await context.aws.measureTraffic({ fromMs: toMs - WINDOW_MS, toMs });
    const silent = traffic.filter(({ region, error }) => regions.includes(region) && error !== null);
    if (silent.length > 0)
      throw new Error(silent.map(({ region, error }) => `${region} does not report: ${error}`).join('; '));
    return [`${regions.join(' and ')} report their traffic`];
  },
  async 'recovery.create-replica'(context, raw) {
    const { region, source } = CreateReplicaInput.parse(raw);
    const group = await groupId(context, region, 'database');
    const known = await context.aws.listDatabases(region);
    const said = `RDS in ${region} answers with ${known.length} instances; a new one gets ${group}`;
    if ('createdBy' in source.instance) return [said];
    const { instanceId, backupRetentionDays, role } = await look(context, source);
    // The source of a failover is a replica as yet; promotion gives it backups.
    if (role === 'primary' && backupRetentionDays === 0)
      throw new Error(`${instanceId} keeps no backups, so RDS makes no copy of it (aws-facts 2.10).`);
    return [said];
  },
  'capacity.ensure': tryCapacity,
  'recovery.prescale': tryCapacity,
  'recovery.send-for-nodes': tryCapacity,
};

async function tryCapacity(context: StepContext, raw: Record<string, unknown>): Promise<string[]> {
  const { region } = EnsureCapacityInput.parse(raw);
  const group = await context.aws.describeNodeGroup(region);
  const ready = await context.aws.countReadyNodes(region);
  if (group.status !== 'ACTIVE') throw new Error(`the node group of ${region} is ${group.status}.`);
  return [`${region} has ${ready} ready nodes and may have ${group.maximum}`];
}

async function look(context: StepContext, { region, instance }: Place) {
  if ('createdBy' in instance) throw new Error(`${instance.createdBy} has not made its instance.`);
  const found = await context.aws.findDatabase(region, instance.instanceId);
  if (!found) throw new Error(`RDS in ${region} has no ${instance.instanceId}.`);
  return found;
}

async function groupId(context: StepContext, region: string, suffix: string): Promise<string> {
  const name = `${context.estate.estate}-${suffix}`;
  const id = await context.aws.findSecurityGroup(region, name);
  if (id) return id;
  throw new Error(`the VPC of ${region} has no security group named ${name}. Make one.`);
}

async function configWords(
  context: StepContext,
  { region, namespace }: { region: string; namespace: string },
): Promise<string> {
  const { writerEndpoint, writeFreeze } = await context.aws.readShopConfig(region, namespace);
  return `shop-config of ${region} is readable: writer ${writerEndpoint ?? 'not named'}, orders ${writeFreeze ? 'frozen' : 'taken'}`;
}

function namespaceIn({ estate, operation }: StepContext): string {
  return estate.environments.find(({ name }) => name === operation.environment)?.namespace ?? '';
}

/** Methods that only ask. A trial that would call any other is a defect, and is stopped before it does. */
const READS: ReadonlySet<keyof AwsPort> = new Set([
  'listWeightedRecords',
  'changeStatus',
  'describeNodeGroup',
  'nodeGroupUpdateStatus',
  'countReadyNodes',
  'measureTraffic',
  'listDatabases',
  'findDatabase',
  'snapshotStatus',
  'findSecurityGroup',
  'listPeerings',
  'readSwitch',
  'listHealthChecks',
  'askDns',
  'readShopConfig',
  'readWal',
  'lastOrder',
  'hasToken',
  'ordersSince',
  'missingOrders',
] satisfies (keyof AwsPort)[]);

function readOnly(aws: AwsPort): AwsPort {
  const reads: ReadonlySet<string | symbol> = READS;
  return new Proxy(aws, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key);
      if (typeof member !== 'function' || reads.has(key)) return member;
      return () =>
        Promise.reject(new Error(`A dry check may not call ${String(key)}: it changes something.`));
    },
  });
}

/** Steps whose trial asks all that they ask themselves. */
const ONLY_LOOKING: ReadonlySet<string> = new Set(['recovery.declare']);

/** The step as a dry check of it. */
export function asDry(step: PlannedStep, key: string): PlannedStep {
  const needed = step.input.bestEffort === true ? [] : step.needsRegions;
  return {
    key,
    title: `Would “${step.title}” work?`,
    action: 'recovery.dry',
    region: step.region,
    input: {
      step: {
        key: step.key,
        title: step.title,
        action: step.action,
        input: step.input,
        needsRegions: [...needed],
      },
    },
    deadlineSeconds: 60,
    irreversible: false,
    // Of what only looks, the trial looked as the step would; the rest was not carried out.
    proves: ONLY_LOOKING.has(step.action) ? (step.proves ?? [step.key]) : [],
    needsRegions: needed,
    precondition: step.precondition ?? '',
    postcondition: 'Everything that the step needs is there and answers; nothing was changed.',
  };
}
