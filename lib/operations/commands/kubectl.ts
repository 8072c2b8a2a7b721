import {
  deploymentName,
  FIELD_MANAGER,
  LIVE_SERVICE,
  PREVIEW_SERVICE,
} from '#lib/domain/deployment/shop-services.ts';
import type { Region } from '#lib/domain/estate/estate.ts';
import type { ProbeTask } from '../../ports/recovery.ts';
import { json, quoted, word } from './shell.ts';

interface Place {
  region: string;
  namespace: string;
}

/** What makes the context of kubectl that all commands of the Region name: it has the Region's name. */
export function contextCommand({ code, cluster }: Region): string {
  return `aws eks update-kubeconfig --region ${word(code)} --name ${word(cluster.name)} --alias ${word(code)}`;
}

/** In the Region's cluster and the environment's namespace, always both (aws-facts B-22). */
export function kubectl({ region, namespace }: Place, command: string): string {
  return `kubectl --context ${word(region)} -n ${word(namespace)} ${command}`;
}

export function nodesCommand(region: string): string {
  return `kubectl --context ${word(region)} get nodes`;
}

export interface ShopConfigChange {
  writerEndpoint?: string;
  writeFreeze?: boolean;
}

/** What a merge patch of `shop-config` sets; the rest of it stays as it is. */
export function shopConfigPatch({ writerEndpoint, writeFreeze }: ShopConfigChange): {
  data: Record<string, string>;
} {
  return {
    data: {
      ...(writerEndpoint === undefined ? {} : { writerEndpoint }),
      ...(writeFreeze === undefined ? {} : { writeFreeze: String(writeFreeze) }),
    },
  };
}

export function shopConfigCommand(region: string, namespace: string, change: ShopConfigChange): string {
  const patch = json(shopConfigPatch(change));
  return kubectl({ region, namespace }, `patch configmap shop-config --type merge -p ${patch}`);
}

export function readShopConfigCommand(region: string, namespace: string): string {
  return kubectl({ region, namespace }, 'get configmap shop-config -o yaml');
}

/** The task as the probe's image takes it; what it prints is what it found. */
function runProbe(place: Place, task: Record<string, unknown>): string {
  return kubectl(place, `run probe --rm -i --restart=Never --image=meridian/probe -- ${json(task)}`);
}

export function probeCommand(region: string, namespace: string, { kind, ...rest }: ProbeTask): string {
  return runProbe({ region, namespace }, { task: kind, ...rest });
}

export function smokeCommand(place: Place, path: string): string {
  return runProbe(place, { task: 'preview', path });
}

/** Which cluster answers, and the application in it. */
export function readShopCommands(place: Place): string[] {
  return [
    `kubectl --context ${word(place.region)} get namespace kube-system -o ${quoted('jsonpath={.metadata.uid}')}`,
    kubectl(place, 'get deployments,services -o wide'),
  ];
}

/** The pods of the live colour under another colour, version and image; then as many of them, and the preview to look at them by. */
export function applyCommands(
  place: Place,
  wanted: { colour: string; version: string; image: string; replicas: number; operation: string },
): string[] {
  const { colour, version, image, operation, replicas } = wanted;
  const labels = JSON.stringify({ colour, version });
  const program = [
    '.items[0] | {apiVersion: "apps/v1", kind: "Deployment"',
    `metadata: {name: ${JSON.stringify(deploymentName(colour))}, namespace: ${JSON.stringify(place.namespace)}`,
    `labels: (.metadata.labels + ${labels}), annotations: {"kubernetes.io/change-cause": ${JSON.stringify(`release ${version} by ${operation}`)}}}`,
    `spec: (.spec | del(.replicas) | .selector.matchLabels.colour = ${JSON.stringify(colour)} | .template.metadata.labels += ${labels} | .template.spec.containers[0].image = ${JSON.stringify(image)})}`,
  ].join(', ');
  const served = kubectl(
    place,
    `get service ${LIVE_SERVICE} -o ${quoted('jsonpath={.spec.selector.version}')}`,
  );
  const live = kubectl(place, `get deployments -l "version=$(${served})" -o json`);
  const apply = kubectl(place, `apply --server-side --field-manager=${FIELD_MANAGER} -f -`);
  return [
    `${live} | jq ${quoted(program)} | ${apply}`,
    scaleCommand(place, { colour, replicas }),
    kubectl(
      place,
      `patch service ${PREVIEW_SERVICE} --type=merge -p ${json({ spec: { selector: { version } } })}`,
    ),
  ];
}

export function scaleCommand(
  place: Place,
  { colour, replicas }: { colour: string; replicas: number },
): string {
  return kubectl(place, `scale ${word(`deployment/${deploymentName(colour)}`)} --replicas=${replicas}`);
}

/** By labels, as the version's Deployment may have been made by an earlier attempt. */
export function rolloutCommand(place: Place, version: string, seconds: number): string {
  return kubectl(
    place,
    `rollout status deployment -l ${word(`version=${version}`)} --timeout=${Math.round(seconds)}s`,
  );
}

/** Points the live Service at a version, if it is as it was. */
export function switchLiveCommand(
  place: Place,
  { version, resourceVersion }: { version: string; resourceVersion: string },
): string {
  const patch = json({ metadata: { resourceVersion }, spec: { selector: { version } } });
  return kubectl(place, `patch service ${LIVE_SERVICE} --type=merge -p ${patch}`);
}

export function endpointsCommand(place: Place, service: 'live' | 'preview'): string {
  const name = service === 'live' ? LIVE_SERVICE : PREVIEW_SERVICE;
  return kubectl(place, `get endpointslices -l kubernetes.io/service-name=${name} -o wide`);
}

/** Pods of a colour, their events and their last lines. */
export function diagnoseCommands(place: Place, colour: string): string[] {
  const pods = `-l ${word(`colour=${colour}`)}`;
  return [
    kubectl(place, `get pods ${pods} -o wide`),
    kubectl(place, 'get events --field-selector involvedObject.kind=Pod --sort-by=.lastTimestamp'),
    kubectl(place, `logs ${pods} --tail=50 --prefix`),
  ];
}
