import { type Estate, findRegion, type Region, switchBucketOf } from '#lib/domain/estate/estate.ts';
import type { PlannedStep } from '#lib/domain/operation/plan.ts';
import { digCommand } from '../commands/dns.ts';
import { type ShopConfigChange, shopConfigCommand, shopConfigPatch } from '../commands/kubectl.ts';
import { scalingCommand } from '../commands/node-groups.ts';
import {
  createReplicaCommand,
  deleteCommand,
  describeCommand,
  modifyCommand,
  promoteCommand,
  rebootCommand,
} from '../commands/rds.ts';
import { switchCommand } from '../commands/switch.ts';
import {
  AwaitDnsInput,
  CreateReplicaInput,
  DeclareInput,
  DeleteReplicaInput,
  FenceInput,
  FreezeWritesInput,
  type InstanceRef,
  ParityInput,
  PointWriterInput,
  PromoteInput,
  RedundancyInput,
  SwitchInput,
  UnfenceInput,
  VerifyOrderInput,
} from '../recovery/input.ts';
import { EnsureCapacityInput } from '../traffic-shift/input.ts';
import { call, plain } from './shell.ts';
import type { BreakGlassSubject } from './subject.ts';

/** A step of the plan as it is done without Meridian. */
export interface Act {
  step: PlannedStep;
  /** What a person would type, the same words as on the page of a run. */
  commands: string[];
  /** Calls of library.sh; empty: done by hand, later. */
  script: string[];
}

export interface ActContext {
  estate: Estate;
  subject: BreakGlassSubject;
}

type Rendered = Pick<Act, 'commands' | 'script'>;
type Renderer = (context: ActContext, step: PlannedStep) => Rendered;

/** What stands in a command for what the script has read before. */
const PLACEHOLDER = {
  denyAll: 'DENY-ALL-GROUP',
  minimum: 'MINIMUM',
  maximum: 'MAXIMUM',
  desired: 'DESIRED',
} as const;

/** Every action of the plans there is a bundle for: those of the script, and those that have time until the console is back. */
const RENDERERS: Readonly<Record<string, Renderer>> = {
  'recovery.declare': declare,
  'recovery.freeze-writes': (context, step) => {
    const { region, namespace } = FreezeWritesInput.parse(step.input);
    return shopConfig(context, step, { how: 'freeze', region, namespace, change: { writeFreeze: true } });
  },
  'recovery.point-writer': (context, step) => {
    const { region, namespace, writer, writeFreeze } = PointWriterInput.parse(step.input);
    const change = {
      ...(writer === null ? {} : { writerEndpoint: idOf(context, region, writer) }),
      writeFreeze,
    };
    return shopConfig(context, step, { how: 'shop_config', region, namespace, change });
  },
  'recovery.send-for-nodes': sendForNodes,
  'recovery.prescale': awaitNodes,
  'recovery.fence-database': fence,
  'recovery.unfence-database': unfence,
  'recovery.switch': turnSwitch,
  'recovery.await-dns': awaitDns,
  'recovery.promote': promote,
  'recovery.verify-order': verifyOrder,
  'recovery.verify-reads': () => ({ commands: [], script: [] }),
  'recovery.create-replica': createReplica,
  'recovery.verify-redundancy': (_, { input }) => {
    const { regions } = RedundancyInput.parse(input);
    return { commands: regions.map((code) => `aws rds describe-db-instances --region ${code}`), script: [] };
  },
  'recovery.parity': parity,
  'recovery.delete-replica': (context, { input }) => {
    const { region, instance, compare } = DeleteReplicaInput.parse(input);
    // What only it has is listed before it goes, which no command does: it waits for Meridian.
    if (compare) return { commands: [], script: [] };
    return { commands: [deleteCommand(region, idOf(context, region, instance))], script: [] };
  },
  'recovery.summary': () => ({ commands: [], script: [] }),
  'capacity.release': () => ({ commands: [], script: [] }),
};

/** Throws for a step that nobody has said how to do by hand: a bundle with a gap is worse than none. */
export function actOf(context: ActContext, step: PlannedStep): Act {
  const render = RENDERERS[step.action];
  if (!render) throw new Error(`Step ${step.key} has no break-glass form: ${step.action} is not in acts.ts.`);
  return { step, ...render(context, step) };
}

function declare({ subject }: ActContext, { key, title, input }: PlannedStep): Rendered {
  const { region, instance, sourceRegion } = DeclareInput.parse(input);
  const instanceId = plain(named(instance));
  const describe = describeCommand(plain(region), instanceId);
  const others = subject.regions.flatMap(({ code, role, database }) =>
    role === 'other' && database
      ? [{ code, id: database.instanceId, look: describeCommand(plain(code), plain(database.instanceId)) }]
      : [],
  );
  return {
    commands: [describe, ...others.map(({ look }) => look)],
    script: [
      call('check_target', key, title, describe, instanceId, sourceRegion),
      ...others.map(({ code, id, look }) => call('check_other', code, id, look)),
      call('show_lag', region, instanceId),
    ],
  };
}

function shopConfig(
  { estate }: ActContext,
  { key, title, input }: PlannedStep,
  asked: { how: 'freeze' | 'shop_config'; region: string; namespace: string; change: ShopConfigChange },
): Rendered {
  const { how, region, namespace, change } = asked;
  const patch = shopConfigPatch(change);
  const members = Object.entries(patch.data).map(([name, value]) => `"${name}":"${plain(value)}"`);
  const path = `/api/v1/namespaces/${plain(namespace)}/configmaps/shop-config`;
  const effort = input.bestEffort === true ? 'best' : 'must';
  const cluster = plain(regionOf(estate, region).cluster.name);
  const body = JSON.stringify(patch);
  return {
    commands: [shopConfigCommand(region, namespace, change)],
    script: [call(how, effort, key, title, region, cluster, path, body, ...members)],
  };
}

function describeNodes({ code, cluster: { name, nodegroup } }: Region): string {
  return `aws eks describe-nodegroup --region ${plain(code)} --cluster-name ${plain(name)} --nodegroup-name ${plain(nodegroup)}`;
}

function sendForNodes({ estate }: ActContext, { key, title, input }: PlannedStep): Rendered {
  const { region: code, nodes = 0 } = EnsureCapacityInput.parse(input);
  const region = regionOf(estate, code);
  const describe = describeNodes(region);
  const { minimum, maximum, desired } = PLACEHOLDER;
  const update = scalingCommand(region, { minimum, maximum, desired });
  // Typed by hand the declared limits are the best that is known.
  const most = Math.min(nodes, region.nodes.max);
  const byHand = scalingCommand(region, {
    minimum: Math.max(region.nodes.min, most),
    maximum: region.nodes.max,
    desired: most,
  });
  return {
    commands: [describe, byHand],
    script: [call('send_for_nodes', key, title, code, String(nodes), describe, update)],
  };
}

function awaitNodes({ estate }: ActContext, { key, title, input }: PlannedStep): Rendered {
  const { region: code, nodes = 0 } = EnsureCapacityInput.parse(input);
  const region = regionOf(estate, code);
  const describe = describeNodes(region);
  const { name } = region.cluster;
  return {
    commands: [`kubectl --context ${code} get nodes`],
    script: [call('await_nodes', key, title, code, plain(name), String(nodes), describe)],
  };
}

function groupCommand({ code, vpcId }: Region, estate: Estate): string {
  return `aws ec2 describe-security-groups --region ${plain(code)} --filters Name=vpc-id,Values=${plain(vpcId)} Name=tag:Name,Values=${plain(estate.estate)}-deny-all`;
}

function fence(context: ActContext, { key, title, input }: PlannedStep): Rendered {
  const { region, instance } = FenceInput.parse(input);
  const instanceId = plain(idOf(context, region, instance));
  const find = groupCommand(regionOf(context.estate, region), context.estate);
  const shut = modifyCommand(region, instanceId, { securityGroupIds: [PLACEHOLDER.denyAll] });
  const reboot = rebootCommand(region, instanceId);
  const describe = describeCommand(region, instanceId);
  return {
    commands: [find, shut, reboot, describe],
    script: [call('fence_database', key, title, region, instanceId, find, shut, reboot, describe)],
  };
}

function unfence(context: ActContext, { key, title, input }: PlannedStep): Rendered {
  const { region, instance, securityGroupIds } = UnfenceInput.parse(input);
  const instanceId = plain(idOf(context, region, instance));
  const open = modifyCommand(region, instanceId, { securityGroupIds: securityGroupIds.map(plain) });
  return { commands: [open], script: [call('try_once', key, title, region, open)] };
}

function turnSwitch({ estate }: ActContext, { key, title, input }: PlannedStep): Rendered {
  const { region, to, inRegions } = SwitchInput.parse(input);
  const turns = inRegions.map((peer) => {
    const bucket = plain(switchBucketOf(estate, regionOf(estate, peer)));
    const command = switchCommand(bucket, plain(peer), plain(region), to);
    const look = `aws s3api head-object --region ${peer} --bucket ${bucket} --key serve/${region}`;
    return { peer, command, look };
  });
  const script =
    turns.length > 0
      ? turns.map(({ peer, command, look }) => call(`switch_${to}`, key, title, peer, command, look))
      : [
          call(
            'not_done',
            key,
            title,
            `No switch is prepared for ${region}: the health check of its own endpoint has to take it out of DNS.`,
          ),
        ];
  return { commands: turns.map(({ command }) => command), script };
}

function awaitDns({ estate }: ActContext, { key, title, input }: PlannedStep): Rendered {
  const { region, geographies } = AwaitDnsInput.parse(input);
  const { loadBalancer } = regionOf(estate, region);
  return {
    commands: geographies.map((geography) => digCommand(estate, geography)),
    script: [call('leave_lost', key, title, region, plain(loadBalancer.dnsName))],
  };
}

function promote(_: ActContext, { key, title, input }: PlannedStep): Rendered {
  const { region, instance, backupRetentionDays } = PromoteInput.parse(input);
  const instanceId = plain(named(instance));
  const command = promoteCommand(plain(region), instanceId, backupRetentionDays);
  const describe = describeCommand(region, instanceId);
  return {
    commands: [command, describe],
    script: [call('confirm', instanceId), call('promote', key, title, instanceId, command, describe)],
  };
}

function verifyOrder({ estate }: ActContext, { key, title, input }: PlannedStep): Rendered {
  const { from, writer, path, bestEffort } = VerifyOrderInput.parse(input);
  const { dnsName } = regionOf(estate, from).loadBalancer;
  if (!path) {
    const why = `${from} has no network path to ${writer.region}: its users cannot order until the two are connected.`;
    return { commands: [], script: [call('not_done', key, title, why)] };
  }
  const effort = bestEffort ? 'best' : 'must';
  return {
    commands: [orderCommand(dnsName)],
    script: [call('place_order', effort, key, title, from, plain(dnsName), writer.region)],
  };
}

/** A synthetic order, as the shop's own probes place it. */
function orderCommand(host: string): string {
  const order = { orderId: 'A-NEW-UUID', productId: 1, quantity: 1, customer: 'meridian-probe' };
  return `curl -i -H 'Content-Type: application/json' -H 'x-synthetic: break-glass' -d '${JSON.stringify(order)}' http://${host}/orders`;
}

function createReplica(context: ActContext, { input }: PlannedStep): Rendered {
  const { region, declaredId, source, ...replica } = CreateReplicaInput.parse(input);
  const sourceArn = databaseIn(context, source.region).arn;
  const instanceId = newCopyId(context, region, declaredId);
  const { class: instanceClass, multiAz, kmsKeyId, securityGroupIds } = replica;
  const command = createReplicaCommand(regionOf(context.estate, region), {
    instanceId,
    sourceArn,
    class: instanceClass,
    multiAz,
    kmsKeyId,
    securityGroupIds,
  });
  return { commands: [command], script: [] };
}

function parity(context: ActContext, { input }: PlannedStep): Rendered {
  const { region, instance, parameterGroup, ...wanted } = ParityInput.parse(input);
  const { backupRetentionDays, multiAz, deletionProtection } = wanted;
  const command = modifyCommand(region, idOf(context, region, instance), {
    backupRetentionDays,
    multiAz,
    deletionProtection,
    ...(parameterGroup === null ? {} : { parameterGroup }),
  });
  return { commands: [command], script: [] };
}

function named(instance: InstanceRef): string {
  if ('instanceId' in instance) return instance.instanceId;
  throw new Error(`Step ${instance.createdBy} has to name its instance before it runs.`);
}

/** An instance by its id, or what a copy made by hand is to be called. */
function idOf(context: ActContext, region: string, instance: InstanceRef): string {
  if ('instanceId' in instance) return instance.instanceId;
  return newCopyId(context, region, regionOf(context.estate, region).database.instanceId);
}

/** The declared id where it is free, else one by which Meridian knows the Region's database again. */
function newCopyId({ subject }: ActContext, region: string, declaredId: string): string {
  const standing = subject.regions.find(({ code }) => code === region)?.database?.instanceId;
  return standing === declaredId ? `${declaredId}-1` : declaredId;
}

function databaseIn({ subject }: ActContext, code: string) {
  const database = subject.regions.find((region) => region.code === code)?.database;
  if (database) return database;
  throw new Error(`No database of ${code} was ever seen, and the plan copies it.`);
}

function regionOf(estate: Estate, code: string): Region {
  const region = findRegion(estate, code);
  if (region) return region;
  throw new Error(`The estate has no Region ${code}.`);
}
