import { type Environment, type Estate, findRegion } from '#lib/domain/estate/estate.ts';
import { currentDatabase } from '#lib/domain/recovery/topology.ts';
import type { RecoveryTopology, RegionTopology } from '#lib/operations/recovery/topology.ts';
import type { AwsPort } from '#lib/ports/aws.ts';
import { homeWeights } from '#test/recovery-facts.ts';

/** The environment as collectors would have seen it, asked for now; every Region has to answer. */
export async function askTopology(
  aws: AwsPort,
  { estate, environment }: { estate: Estate; environment: Environment },
): Promise<RecoveryTopology> {
  const checks = await aws.listHealthChecks();
  const prepared = (code: string) =>
    checks.some(({ callerReference }) => callerReference === `meridian-${estate.estate}-switch-${code}`);
  const regions = await Promise.all(
    environment.regions.map((code) =>
      askRegion(aws, { code, estate, environment, switchPrepared: prepared(code) }),
    ),
  );
  return {
    regions,
    writer: regions.find(({ database }) => database?.role === 'primary')?.code ?? null,
    weights: homeWeights(estate).weights,
    requestsPerSecond: 20,
    writesEndedAt: null,
    divergedAt: null,
  };
}

async function askRegion(
  aws: AwsPort,
  asked: { code: string; estate: Estate; environment: Environment; switchPrepared: boolean },
): Promise<RegionTopology> {
  const { code, estate, environment, switchPrepared } = asked;
  const others = environment.regions.filter((other) => other !== code);
  const [instances, shopConfig, peerings, ...switches] = await Promise.all([
    aws.listDatabases(code),
    aws.readShopConfig(code, environment.namespace),
    aws.listPeerings(code),
    ...others.map((peer) => aws.readSwitch(peer, code)),
  ]);
  const reached = peerings
    .filter(({ status }) => status === 'active')
    .flatMap(({ requesterRegion, accepterRegion }) => [requesterRegion, accepterRegion]);
  const declaredId = findRegion(estate, code)?.database.instanceId ?? '';
  return {
    code,
    database: currentDatabase(instances, declaredId) ?? null,
    shopConfig: { namespace: environment.namespace, ...shopConfig },
    switchIn: switchPrepared ? others : [],
    switchedOff: switches.includes('off'),
    noPathTo: others.filter((other) => !reached.includes(other)),
    cache: null,
    eventsFrom: null,
  };
}
