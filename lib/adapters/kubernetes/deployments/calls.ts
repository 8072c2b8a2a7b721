import { LIVE_SERVICE, PREVIEW_SERVICE } from '#lib/domain/deployment/shop-services.ts';
import type { DeploymentPort } from '../../../ports/deployment.ts';
import type { PortContext } from '../../aws/port-context.ts';
import type { ClusterConnection, Look } from '../connection.ts';
import { readPreviewLine, toPreviewArgument } from '../probe-form.ts';
import { PROBE_MS, runProbeJob } from '../probe-job.ts';
import { applyColour } from './apply-colour.ts';
import { diagnose } from './diagnose.ts';
import { countReadyEndpoints } from './endpoints.ts';
import { identify } from './identity.ts';
import { scaleColour } from './scale.ts';
import { readShopObjects, toShopState } from './shop-state.ts';
import { switchLive } from './switch-live.ts';

type DeploymentCalls = Omit<DeploymentPort, 'findImages' | 'measureUse'>;

/** Requests that an apply consists of: it may take longer than one. */
const REQUESTS_OF_APPLY = 4;

export function deploymentCalls(
  context: PortContext,
  connectionTo: (region: string) => ClusterConnection,
): DeploymentCalls {
  const looked = new Set<string>();

  /** A step looks again and again until something is so: the first look is on record, and the first after each change. */
  function lookAt(what: string): Look {
    const oneOfMany = looked.has(what);
    looked.add(what);
    return { oneOfMany: () => oneOfMany };
  }

  /** A change of the cluster that is proven to be the expected one. */
  function change(
    what: string,
    { region, expectCluster, ms }: { region: string; expectCluster: string; ms?: number },
    work: (connection: ClusterConnection) => Promise<void>,
  ): Promise<void> {
    return context.change(
      `${what} in ${region}`,
      region,
      async () => {
        const connection = connectionTo(region);
        await identify(connection, region, expectCluster);
        looked.clear();
        await work(connection);
      },
      ms,
    );
  }

  return {
    readShop: (region, namespace, expectCluster) =>
      context.read(`Reading the colours of ${namespace} in ${region}`, async () => {
        const connection = connectionTo(region);
        const look = lookAt(`shop ${region} ${namespace}`);
        const { uid, endpointHost } = await identify(connection, region, expectCluster, look);
        const objects = await readShopObjects(connection, namespace, look);
        return { clusterUid: uid, endpointHost, ...toShopState(objects) };
      }),
    applyColour: (region, namespace, wanted, expectCluster) =>
      change(
        `Applying ${wanted.version} to ${wanted.colour} of ${namespace}`,
        { region, expectCluster, ms: context.timeoutMs * REQUESTS_OF_APPLY },
        (connection) => applyColour(connection, namespace, wanted),
      ),
    scaleColour: (region, namespace, wanted, expectCluster) =>
      change(
        `Scaling ${wanted.colour} of ${namespace} to ${wanted.replicas}`,
        { region, expectCluster },
        (connection) => scaleColour(connection, namespace, wanted),
      ),
    readyEndpoints: (region, namespace, service) =>
      context.read(`Counting the endpoints of ${service} of ${namespace} in ${region}`, () =>
        countReadyEndpoints(
          connectionTo(region),
          namespace,
          service === 'live' ? LIVE_SERVICE : PREVIEW_SERVICE,
          lookAt(`${service} ${region} ${namespace}`),
        ),
      ),
    switchLive: (region, namespace, wanted, expectCluster) =>
      change(`Switching ${namespace} to ${wanted.version}`, { region, expectCluster }, (connection) =>
        switchLive(connection, namespace, wanted),
      ),
    smoke: (region, namespace, { path, name }) =>
      context.change(
        `The smoke test ${name} in ${region}`,
        region,
        async () => {
          const argument = toPreviewArgument(path);
          const { log, job } = await runProbeJob(connectionTo(region), { namespace, argument, name });
          return { ...readPreviewLine(log, job), job };
        },
        PROBE_MS + context.timeoutMs,
      ),
    diagnose: (region, namespace, colour) =>
      context.read(`Reading what ails ${colour} of ${namespace} in ${region}`, () =>
        diagnose(connectionTo(region), namespace, colour),
      ),
  };
}
