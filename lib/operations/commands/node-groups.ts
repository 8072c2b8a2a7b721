import type { Region } from '#lib/domain/estate/estate.ts';
import { word } from './shell.ts';

export function describeNodesCommand(region: Region): string {
  return `aws eks describe-nodegroup ${groupOf(region)}`;
}

/** Sizes are numbers, or what stands for them in a script that reads them first. */
export function scalingCommand(
  region: Region,
  scaling: Record<'minimum' | 'maximum' | 'desired', number | string>,
): string {
  return `aws eks update-nodegroup-config ${groupOf(region)} --scaling-config minSize=${scaling.minimum},maxSize=${scaling.maximum},desiredSize=${scaling.desired}`;
}

export function describeUpdateCommand({ code, cluster }: Region, updateId: string): string {
  return `aws eks describe-update --region ${word(code)} --name ${word(cluster.name)} --nodegroup-name ${word(cluster.nodegroup)} --update-id ${word(updateId)}`;
}

function groupOf({ code, cluster }: Region): string {
  return `--region ${word(code)} --cluster-name ${word(cluster.name)} --nodegroup-name ${word(cluster.nodegroup)}`;
}
