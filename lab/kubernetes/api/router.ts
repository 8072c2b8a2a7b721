import { deleteObject } from '../deletion.ts';
import { methodNotAllowed, noSuchPath } from '../fault.ts';
import { pods } from '../resources.ts';
import type { Identity } from '../security/authentication.ts';
import { parseSelectors } from '../selectors.ts';
import { coreVersions, groupList, resourceList, versionInfo } from './discovery.ts';
import { type LogStore, readLogs } from './logs.ts';
import { openapiDocument, openapiIndex } from './openapi.ts';
import { json, type Reply, text } from './reply.ts';
import { type ApiRequest, isTrue, parseTarget, type Target } from './request.ts';
import { answerReview } from './reviews.ts';
import { scale } from './scale.ts';
import { type ApiState, create, get, list, nameOf, patch, remove, removeMany, replace } from './verbs.ts';
import { watch } from './watch.ts';

/** Answers one authenticated request; throws `KubernetesFault` for what it refuses. */
export function route(state: ApiState & { logs: LogStore }, request: ApiRequest, identity: Identity): Reply {
  if (request.method === 'GET') {
    const known = readOnly(request.path);
    if (known) return known;
  }
  if (request.method === 'POST') {
    const review = answerReview(request.path, identity);
    if (review) return json(201, review);
  }
  const target = parseTarget(request.path);
  if (target.subresource === undefined || target.subresource === 'status') {
    return target.name === undefined
      ? onCollection(state, request, target)
      : onObject(state, request, target);
  }
  if (!target.resource.subresources.some((subresource) => subresource === target.subresource))
    throw noSuchPath();
  return onSubresource(state, request, target);
}

function readOnly(path: string): Reply | undefined {
  if (path === '/version') return json(200, versionInfo());
  if (/^\/(healthz|livez|readyz)$/.test(path)) return text(200, 'ok');
  if (path === '/api') return json(200, coreVersions());
  if (path === '/apis') return json(200, groupList());
  if (path === '/api/v1') return json(200, resourceList('v1'));
  const groupVersion = /^\/apis\/([^/]+\/[^/]+)$/.exec(path)?.[1];
  if (groupVersion) return json(200, resourceList(groupVersion));
  if (path === '/openapi/v3') return json(200, openapiIndex());
  const document = /^\/openapi\/v3\/(.+)$/.exec(path)?.[1];
  return document ? json(200, openapiDocument(document)) : undefined;
}

function onCollection(state: ApiState, request: ApiRequest, target: Target): Reply {
  switch (request.method) {
    case 'GET':
      return isTrue(request.query.get('watch'))
        ? watching(state, request, target)
        : list(state, request, target);
    case 'POST':
      return create(state, request, target);
    case 'DELETE':
      return removeMany(state, request, target);
    default:
      throw methodNotAllowed();
  }
}

function onObject(state: ApiState, request: ApiRequest, target: Target): Reply {
  switch (request.method) {
    case 'GET':
      return isTrue(request.query.get('watch'))
        ? watching(state, request, target)
        : get(state, request, target);
    case 'PUT':
      return replace(state, request, target);
    case 'PATCH':
      return patch(state, request, target);
    case 'DELETE':
      if (target.subresource) throw methodNotAllowed();
      return remove(state, request, target);
    default:
      throw methodNotAllowed();
  }
}

function watching(state: ApiState, request: ApiRequest, target: Target): Reply {
  const test = parseSelectors(target.resource, request.query);
  return watch({ store: state.store, request, target, test, now: state.now });
}

function onSubresource(state: ApiState & { logs: LogStore }, request: ApiRequest, target: Target): Reply {
  const { subresource } = target;
  if (subresource === 'scale' && ['GET', 'PUT', 'PATCH'].includes(request.method))
    return scale(state, request, target);
  const pod = state.store.get(pods, target.namespace, nameOf(target));
  if (subresource === 'log' && request.method === 'GET')
    return readLogs(state.logs, pod, request.query, state.now());
  if (subresource === 'eviction' && request.method === 'POST') {
    deleteObject({ store: state.store, nowMs: state.now() }, pods, pod);
    return json(201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' });
  }
  throw methodNotAllowed();
}
