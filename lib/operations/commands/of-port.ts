import { type Estate, findRegion, type Region, switchBucketOf } from '#lib/domain/estate/estate.ts';
import { type MetricQuery, nodeUseQueries, trafficQueries } from '#lib/domain/observation/metric-queries.ts';
import type { AwsPort } from '../../ports/aws.ts';
import { digCommand } from './dns.ts';
import { describeImageCommand } from './images.ts';
import {
  applyCommands,
  contextCommand,
  diagnoseCommands,
  endpointsCommand,
  nodesCommand,
  probeCommand,
  readShopCommands,
  readShopConfigCommand,
  scaleCommand,
  shopConfigCommand,
  smokeCommand,
  switchLiveCommand,
} from './kubectl.ts';
import { metricsCommand } from './metrics.ts';
import {
  acceptCommand,
  listPeeringsCommand,
  peeringCommand,
  routeCommand,
  securityGroupCommand,
} from './network.ts';
import { describeNodesCommand, describeUpdateCommand, scalingCommand } from './node-groups.ts';
import {
  createReplicaCommand,
  deleteCommand,
  describeCommand,
  describeSnapshotCommand,
  listDatabasesCommand,
  modifyCommand,
  promoteCommand,
  rebootCommand,
  snapshotCommand,
} from './rds.ts';
import {
  calculatedCheckCommand,
  changeCommand,
  changeStatusCommand,
  LIST_HEALTH_CHECKS,
  listRecordsCommand,
  switchCheckCommand,
} from './route53.ts';
import {
  hasTokenStatements,
  LAST_ORDER,
  loginCommand,
  missingOrdersStatement,
  ordersSinceStatement,
  psqlCommand,
  TERMINATE_SESSIONS,
  tokenStatements,
  WAL_STATE,
} from './sql.ts';
import { readSwitchCommand, switchCommand } from './switch.ts';

/** More ids than these make no command that anybody types; the statement that they come from is told. */
const MOST_IDS = 20;

/** Methods of the port by the commands that ask the same, or do the same; none for a Region that is not in the estate. */
type CommandsOfPort = {
  readonly [Method in keyof AwsPort]: (estate: Estate, ...given: Parameters<AwsPort[Method]>) => string[];
};

/** A method that the port gets needs its line here: no step that asks something is without its command. */
const COMMANDS: CommandsOfPort = {
  listWeightedRecords: (estate, names) => [listRecordsCommand(estate, names)],
  changeWeightedRecords: (estate, records, comment) => [changeCommand(estate, records, comment)],
  changeStatus: (_, changeId) => [changeStatusCommand(changeId)],
  describeNodeGroup: (estate, code) => inRegion(estate, code, (region) => [describeNodesCommand(region)]),
  updateNodeGroup: (estate, code, scaling) =>
    inRegion(estate, code, (region) => [scalingCommand(region, scaling)]),
  nodeGroupUpdateStatus: (estate, code, updateId) =>
    inRegion(estate, code, (region) => [describeUpdateCommand(region, updateId)]),
  countReadyNodes: (estate, code) => inCluster(estate, code, [nodesCommand(code)]),
  measureTraffic: (estate, window, codes) => metrics(estate, { window, codes, queriesOf: trafficQueries }),
  measureUse: (estate, window, codes) => metrics(estate, { window, codes, queriesOf: nodeUseQueries }),

  listDatabases: (estate, code) =>
    inRegion(estate, code, ({ database }) => [listDatabasesCommand(code, database.instanceId)]),
  findDatabase: (_, code, instanceId) => [describeCommand(code, instanceId)],
  promoteReplica: (_, code, instanceId, days) => [promoteCommand(code, instanceId, days)],
  createReplica: (estate, code, replica) =>
    inRegion(estate, code, (region) => [createReplicaCommand(region, replica)]),
  modifyDatabase: (_, code, instanceId, change) => [modifyCommand(code, instanceId, change)],
  rebootDatabase: (_, code, instanceId) => [rebootCommand(code, instanceId)],
  deleteReplica: (_, code, instanceId) => [deleteCommand(code, instanceId)],
  createSnapshot: (_, code, instanceId, snapshotId) => [snapshotCommand(code, instanceId, snapshotId)],
  snapshotStatus: (_, code, snapshotId) => [describeSnapshotCommand(code, snapshotId)],

  findSecurityGroup: (estate, code, name) =>
    inRegion(estate, code, (region) => [securityGroupCommand(region, name)]),
  listPeerings: (_, code) => [listPeeringsCommand(code)],
  createPeering: (estate, from, to) => [peeringCommand(estate, from, to)],
  acceptPeering: (_, code, id) => [acceptCommand(code, id)],
  ensureRoute: (estate, code, peeringId, to) => [routeCommand(estate, code, to, peeringId)],

  readSwitch: (estate, peer, code) =>
    inRegion(estate, peer, (region) => [readSwitchCommand(estate, region, code)]),
  setSwitch: (estate, peer, code, to) =>
    inRegion(estate, peer, (region) => [switchCommand(switchBucketOf(estate, region), peer, code, to)]),
  listHealthChecks: () => [LIST_HEALTH_CHECKS],
  createSwitchCheck: (estate, check) => [switchCheckCommand(estate, check)],
  createCalculatedCheck: (_, check) => [calculatedCheckCommand(check)],
  askDns: (estate, geography) => [digCommand(estate, geography)],

  readShopConfig: (estate, code, namespace) =>
    inCluster(estate, code, [readShopConfigCommand(code, namespace)]),
  writeShopConfig: (estate, code, namespace, config) =>
    inCluster(estate, code, [shopConfigCommand(code, namespace, config)]),
  runProbe: (estate, code, task) =>
    inCluster(estate, code, [probeCommand(code, namespaceIn(estate, code), task)]),
  readShop: (estate, region, namespace) => inCluster(estate, region, readShopCommands({ region, namespace })),
  applyColour: (estate, region, namespace, wanted) =>
    inCluster(estate, region, applyCommands({ region, namespace }, wanted)),
  scaleColour: (estate, region, namespace, wanted) =>
    inCluster(estate, region, [scaleCommand({ region, namespace }, wanted)]),
  readyEndpoints: (estate, region, namespace, service) =>
    inCluster(estate, region, [endpointsCommand({ region, namespace }, service)]),
  switchLive: (estate, region, namespace, wanted) =>
    inCluster(estate, region, [switchLiveCommand({ region, namespace }, wanted)]),
  smoke: (estate, region, namespace, { path }) =>
    inCluster(estate, region, [smokeCommand({ region, namespace }, path)]),
  diagnose: (estate, region, namespace, colour) =>
    inCluster(estate, region, diagnoseCommands({ region, namespace }, colour)),

  findImages: (_, code, repository, { digest, tags = [] }) => [
    ...(digest === undefined ? [] : [describeImageCommand(code, repository, { digest })]),
    ...tags.map((tag) => describeImageCommand(code, repository, { tag })),
  ],

  readWal: (estate, code, instanceId) => onDatabase(estate, code, instanceId, [WAL_STATE]),
  lastOrder: (estate, code, instanceId) => onDatabase(estate, code, instanceId, [LAST_ORDER]),
  writeToken: (estate, code, instanceId, token) =>
    onDatabase(estate, code, instanceId, tokenStatements(token)),
  hasToken: (estate, code, instanceId, token) =>
    onDatabase(estate, code, instanceId, hasTokenStatements(token)),
  terminateSessions: (estate, code, instanceId) => onDatabase(estate, code, instanceId, [TERMINATE_SESSIONS]),
  ordersSince: (estate, code, instanceId, since) =>
    onDatabase(estate, code, instanceId, [ordersSinceStatement(since)]),
  missingOrders: (estate, code, instanceId, ids) =>
    ids.length > MOST_IDS ? [] : onDatabase(estate, code, instanceId, [missingOrdersStatement(ids)]),
};

function inRegion(estate: Estate, code: string, commands: (region: Region) => string[]): string[] {
  const region = findRegion(estate, code);
  return region ? commands(region) : [];
}

/** kubectl needs its context first. */
function inCluster(estate: Estate, code: string, commands: readonly string[]): string[] {
  return inRegion(estate, code, (region) => [contextCommand(region), ...commands]);
}

/** psql needs the login first. */
function onDatabase(
  estate: Estate,
  code: string,
  instanceId: string,
  statements: readonly string[],
): string[] {
  const login = loginCommand(estate, code);
  return [...(login ? [login] : []), psqlCommand(code, instanceId, statements)];
}

/** Where probes run: in the Region's first environment. */
function namespaceIn({ environments }: Estate, code: string): string {
  return environments.find(({ regions }) => regions.includes(code))?.namespace ?? 'default';
}

function metrics(
  estate: Estate,
  asked: {
    window: { fromMs: number; toMs: number };
    codes: readonly string[] | undefined;
    queriesOf: (region: Region) => MetricQuery[];
  },
): string[] {
  const { window, codes, queriesOf } = asked;
  return estate.regions
    .filter(({ code }) => codes?.includes(code) ?? true)
    .map((region) => metricsCommand(estate, region.code, { queries: queriesOf(region), window }));
}

/**
 * The port, which tells what a person would type instead of each of its calls, before it is made: each command once, however
 * often it is asked.
 */
export function withCommands(aws: AwsPort, estate: Estate, tell: (command: string) => void): AwsPort {
  const told = new Set<string>();
  return new Proxy(aws, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key);
      if (typeof member !== 'function' || !isMethod(key)) return member;
      return (...given: unknown[]) => {
        for (const command of commandsOf(key, estate, given)) {
          if (told.has(command)) continue;
          told.add(command);
          tell(command);
        }
        return Reflect.apply(member, target, given);
      };
    },
  });
}

function isMethod(key: string | symbol): key is keyof AwsPort {
  return Object.hasOwn(COMMANDS, key);
}

/** What the caller gives the method of that name is what its line takes: the two have the same parameters by their types. */
function commandsOf(method: keyof AwsPort, estate: Estate, given: readonly unknown[]): string[] {
  const commands = COMMANDS[method] as (estate: Estate, ...given: readonly unknown[]) => string[];
  return commands(estate, ...given);
}
