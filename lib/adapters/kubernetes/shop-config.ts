import { CoreV1Api, PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import { FIELD_MANAGER } from '#lib/domain/deployment/shop-services.ts';
import type { ShopConfig } from '../../ports/recovery.ts';
import type { ClusterConnection } from './connection.ts';

const NAME = 'shop-config';

export async function readShopConfig(connection: ClusterConnection, namespace: string): Promise<ShopConfig> {
  const { data = {} } = await connection.call('ReadConfigMap', (kube, options) =>
    kube.makeApiClient(CoreV1Api).readNamespacedConfigMap({ namespace, name: NAME }, options),
  );
  return {
    writerEndpoint: data.writerEndpoint?.trim() || null,
    writeFreeze: data.writeFreeze?.toLowerCase() === 'true',
  };
}

/** A merge patch and not server-side apply: that would take away what the same manager set earlier and does not repeat. */
export async function patchShopConfig(
  connection: ClusterConnection,
  namespace: string,
  { writerEndpoint, writeFreeze }: Partial<ShopConfig>,
): Promise<void> {
  const data = {
    ...(writerEndpoint === undefined ? {} : { writerEndpoint }),
    ...(writeFreeze === undefined ? {} : { writeFreeze: String(writeFreeze) }),
  };
  await connection.call('PatchConfigMap', (kube, options) =>
    kube
      .makeApiClient(CoreV1Api)
      .patchNamespacedConfigMap(
        { namespace, name: NAME, body: { data }, fieldManager: FIELD_MANAGER },
        setHeaderOptions('Content-Type', PatchStrategy.MergePatch, options),
      ),
  );
}
