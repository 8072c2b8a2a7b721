import {
  DescribeNodegroupCommand,
  DescribeUpdateCommand,
  UpdateNodegroupConfigCommand,
} from '@aws-sdk/client-eks';
import { type AwsPort, UnansweredError } from '../../ports/aws.ts';
import type { PortContext } from './port-context.ts';

export function nodeGroupCalls(
  context: PortContext,
): Pick<AwsPort, 'describeNodeGroup' | 'updateNodeGroup' | 'nodeGroupUpdateStatus'> {
  const { reading, changing, regionOf } = context;
  return {
    describeNodeGroup: (code) =>
      context.read(`EKS DescribeNodegroup in ${code}`, async (options) => {
        const { cluster } = regionOf(code);
        const { nodegroup } = await reading
          .eks(code)
          .send(
            new DescribeNodegroupCommand({ clusterName: cluster.name, nodegroupName: cluster.nodegroup }),
            options,
          );
        const { minSize, maxSize, desiredSize } = nodegroup?.scalingConfig ?? {};
        if (minSize === undefined || maxSize === undefined || desiredSize === undefined) {
          throw new UnansweredError(`EKS in ${code} names no scaling of node group ${cluster.nodegroup}`);
        }
        const status = nodegroup?.status ?? 'UNKNOWN';
        return { minimum: minSize, maximum: maxSize, desired: desiredSize, status };
      }),
    updateNodeGroup: (code, scaling, token) =>
      context.change(`EKS UpdateNodegroupConfig in ${code}`, code, async (options) => {
        const { cluster } = regionOf(code);
        const { minimum: minSize, maximum: maxSize, desired: desiredSize } = scaling;
        const { update } = await changing.eks(code).send(
          new UpdateNodegroupConfigCommand({
            clusterName: cluster.name,
            nodegroupName: cluster.nodegroup,
            scalingConfig: { minSize, maxSize, desiredSize },
            clientRequestToken: token,
          }),
          options,
        );
        if (!update?.id) throw new UnansweredError(`EKS in ${code} took the change but named no update`);
        return { updateId: update.id };
      }),
    nodeGroupUpdateStatus: (code, updateId) =>
      context.read(`EKS DescribeUpdate in ${code}`, async (options) => {
        const { cluster } = regionOf(code);
        const { update } = await reading
          .eks(code)
          .send(
            new DescribeUpdateCommand({ name: cluster.name, nodegroupName: cluster.nodegroup, updateId }),
            options,
          );
        return update?.status ?? 'Unknown';
      }),
  };
}
