import { badRequest } from '../fault.ts';
import { asJson, isJsonObject, type JsonObject } from '../json.ts';
import type { Deployment, ReplicaSet } from '../objects.ts';
import { deployments, replicaSets, scales } from '../resources.ts';
import { decode } from '../schema/decode.ts';
import { selectorText } from '../selectors.ts';
import { json, type Reply } from './reply.ts';
import { type ApiRequest, fieldManager, parseObject, type Target } from './request.ts';
import { type ApiState, admitted, nameOf, patched, stored } from './verbs.ts';

type Scalable = Deployment | ReplicaSet;

/** `…/scale`: a view of a Deployment's or ReplicaSet's size that can be read and written by itself. */
export function scale(state: ApiState, request: ApiRequest, target: Target): Reply {
  const before = findScalable(state, target);
  const view = toScale(before);
  if (request.method === 'GET') return json(200, view);
  const wanted = request.method === 'PATCH' ? patched(scales, view, request) : parseObject(request);
  const { object } = decode(scales.shape, 'Scale', wanted);
  const replicas = isJsonObject(object.spec) ? object.spec.replicas : undefined;
  if (typeof replicas !== 'number') throw badRequest('spec.replicas is required');
  const metadata = isJsonObject(object.metadata) ? object.metadata : {};
  const current = asJson(before);
  const spec = isJsonObject(current.spec) ? current.spec : {};
  const incoming: JsonObject = {
    ...current,
    metadata: { ...asJson(before.metadata), resourceVersion: metadata.resourceVersion ?? '' },
    spec: { ...spec, replicas },
  };
  const writer = { manager: fieldManager(request), operation: 'Update', subresource: 'scale' } as const;
  const next = admitted(state, request, target, { before, incoming, writer });
  stored(state, request, target, next.object, before);
  return json(200, toScale({ ...findScalable(state, target), ...{ spec: { ...before.spec, replicas } } }));
}

function findScalable(state: ApiState, target: Target): Scalable {
  const name = nameOf(target);
  return target.resource === deployments
    ? state.store.get(deployments, target.namespace, name)
    : state.store.get(replicaSets, target.namespace, name);
}

function toScale({ metadata, spec, status }: Scalable): JsonObject {
  return {
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: {
      name: metadata.name,
      namespace: metadata.namespace ?? '',
      uid: metadata.uid,
      resourceVersion: metadata.resourceVersion,
      creationTimestamp: metadata.creationTimestamp,
    },
    spec: { replicas: spec.replicas },
    status: { replicas: status?.replicas ?? 0, selector: selectorText(spec.selector) },
  };
}
