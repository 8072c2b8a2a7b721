import { AppsV1Api, PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import { deploymentName, FIELD_MANAGER } from '#lib/domain/deployment/shop-services.ts';
import type { ClusterConnection } from '../connection.ts';

/** Sets the size by the scale subresource, which touches nothing else. */
export async function scaleColour(
  connection: ClusterConnection,
  namespace: string,
  { colour, replicas }: { colour: string; replicas: number },
): Promise<void> {
  await connection.call('PatchDeploymentScale', (kube, options) =>
    kube.makeApiClient(AppsV1Api).patchNamespacedDeploymentScale(
      {
        namespace,
        name: deploymentName(colour),
        body: { spec: { replicas } },
        fieldManager: FIELD_MANAGER,
      },
      setHeaderOptions('Content-Type', PatchStrategy.MergePatch, options),
    ),
  );
}
