import jsonPatch from 'fast-json-patch';
import type { Allocations } from '../admission/defaults.ts';
import { admit, type FieldValidation } from '../admission/write.ts';
import { deleteObject, parseDeleteOptions } from '../deletion.ts';
import {
  alreadyExists,
  badRequest,
  invalid,
  KubernetesFault,
  notFound,
  unsupportedMediaType,
} from '../fault.ts';
import { asJson, isJsonObject, type Json, type JsonObject } from '../json.ts';
import { isTerminating, type KubeObject, type ManagedFieldsEntry } from '../objects.ts';
import { serverSideApply } from '../patch/apply.ts';
import type { Writer } from '../patch/managed-fields.ts';
import { mergePatch } from '../patch/merge-patch.ts';
import { strategicMerge } from '../patch/strategic-merge.ts';
import { namespaces, type Resource } from '../resources.ts';
import { parseSelectors } from '../selectors.ts';
import type { ObjectStore } from '../storage/store.ts';
import { json, type Reply } from './reply.ts';
import {
  type ApiRequest,
  contentType,
  fieldManager,
  isDryRun,
  isTrue,
  parseBody,
  parseObject,
  type Target,
  wantsMetadataOnly,
  wantsTable,
} from './request.ts';
import { partial, toTable } from './table.ts';

export interface ApiState {
  store: ObjectStore;
  now: () => number;
  allocate: Allocations;
  /** Five characters for a generated name. */
  suffix: () => string;
}

const PATCH_TYPES = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
];

export function list(state: ApiState, request: ApiRequest, { resource, namespace }: Target): Reply {
  const test = parseSelectors(resource, request.query);
  const matching = state.store.list(resource, namespace).filter(test);
  const { page, metadata } = paged(matching, request.query, state.store.revision());
  if (wantsTable(request)) {
    const includeObject = request.query.get('includeObject');
    return json(
      200,
      toTable({ resource, objects: page, listMetadata: metadata, includeObject, nowMs: state.now() }),
    );
  }
  const items = wantsMetadataOnly(request) ? page.map(partial) : page;
  return json(200, { apiVersion: resource.groupVersion, kind: `${resource.kind}List`, metadata, items });
}

/** `limit` and `continue`: the token is the number of items already given. */
function paged(objects: KubeObject[], query: URLSearchParams, revision: number) {
  const limit = Number(query.get('limit') ?? 0) || 0;
  const token = query.get('continue');
  const start = token ? Number(Buffer.from(token, 'base64url').toString()) : 0;
  if (!Number.isSafeInteger(start) || start < 0)
    throw badRequest('continue key is not valid; list again without it');
  const page = limit > 0 ? objects.slice(start, start + limit) : objects.slice(start);
  const remaining = objects.length - start - page.length;
  const metadata: JsonObject = { resourceVersion: String(revision) };
  if (remaining > 0) {
    metadata.continue = Buffer.from(String(start + page.length)).toString('base64url');
    metadata.remainingItemCount = remaining;
  }
  return { page, metadata };
}

export function get(state: ApiState, request: ApiRequest, target: Target): Reply {
  return shown(
    state,
    request,
    target.resource,
    state.store.get(target.resource, target.namespace, nameOf(target)),
  );
}

function shown(
  state: ApiState,
  request: ApiRequest,
  resource: Resource,
  object: KubeObject,
  status = 200,
  warnings: string[] = [],
): Reply {
  if (!wantsTable(request))
    return json(status, wantsMetadataOnly(request) ? partial(object) : object, warnings);
  const listMetadata = { resourceVersion: object.metadata.resourceVersion };
  const includeObject = request.query.get('includeObject');
  return json(
    status,
    toTable({ resource, objects: [object], listMetadata, includeObject, nowMs: state.now() }),
    warnings,
  );
}

export function create(state: ApiState, request: ApiRequest, target: Target): Reply {
  const { resource, namespace } = target;
  const incoming = parseObject(request);
  const metadata = isJsonObject(incoming.metadata) ? incoming.metadata : {};
  const generated =
    !metadata.name && typeof metadata.generateName === 'string'
      ? `${metadata.generateName}${state.suffix()}`
      : undefined;
  expectNamespace(state.store, target);
  const name = generated ?? (typeof metadata.name === 'string' ? metadata.name : undefined);
  if (name !== undefined && state.store.find(resource, namespace, name)) throw alreadyExists(resource, name);
  return write(state, request, target, {
    before: undefined,
    incoming: generated ? { ...incoming, metadata: { ...metadata, name: generated } } : incoming,
    writer: { manager: fieldManager(request), operation: 'Update', subresource: undefined },
  });
}

export function replace(state: ApiState, request: ApiRequest, target: Target): Reply {
  const before = state.store.get(target.resource, target.namespace, nameOf(target));
  return write(state, request, target, {
    before,
    incoming: parseObject(request),
    writer: updater(request, target),
  });
}

export function patch(state: ApiState, request: ApiRequest, target: Target): Reply {
  const type = contentType(request);
  if (type === 'application/apply-patch+yaml') return apply(state, request, target);
  const { resource } = target;
  const before = state.store.get(resource, target.namespace, nameOf(target));
  const incoming = patched(resource, asJson(before), request);
  return write(state, request, target, { before, incoming, writer: updater(request, target) });
}

/** The document that a JSON, merge or strategic merge patch makes of `current`. */
export function patched(resource: Resource, current: JsonObject, request: ApiRequest): JsonObject {
  const change = parseBody(request);
  const next = patchedValue(resource, current, change, contentType(request));
  if (!isJsonObject(next)) throw badRequest('the patch does not leave an object');
  return next;
}

function patchedValue(resource: Resource, current: JsonObject, change: Json, type: string): Json {
  switch (type) {
    case 'application/json-patch+json':
      return jsonPatched(resource, current, change);
    case 'application/merge-patch+json':
      return mergePatch(current, change);
    case 'application/strategic-merge-patch+json':
      return strategicMerge(resource.shape, current, change);
    default:
      throw unsupportedMediaType(PATCH_TYPES);
  }
}

function jsonPatched(resource: Resource, current: JsonObject, change: Json): Json {
  if (!Array.isArray(change)) throw badRequest('a JSON patch is an array of operations');
  try {
    return jsonPatch.applyPatch(current, operations(change), true, false).newDocument;
  } catch (error) {
    if (!(error instanceof jsonPatch.JsonPatchError)) throw error;
    const name = isJsonObject(current.metadata) ? String(current.metadata.name) : '';
    throw new KubernetesFault(
      422,
      'Invalid',
      'the server rejected our request due to an error in our request',
      {
        name,
        group: resource.group,
        kind: resource.kind,
        causes: [
          {
            reason: 'FieldValueInvalid',
            message: `${error.name}: ${error.message.split('\n')[0]}`,
            field: 'patch',
          },
        ],
      },
    );
  }
}

/** `applyPatch` is told to validate each operation before it runs it. */
const operations = (change: Json[]) => change as unknown as Parameters<typeof jsonPatch.applyPatch>[1];

function apply(state: ApiState, request: ApiRequest, target: Target): Reply {
  const { resource, namespace } = target;
  const manager = request.query.get('fieldManager');
  if (!manager) {
    throw invalid(resource, nameOf(target), [
      {
        reason: 'FieldValueRequired',
        field: 'fieldManager',
        message: 'Required value: is required for apply patch',
      },
    ]);
  }
  const config = parseObject(request);
  const metadata = isJsonObject(config.metadata) ? config.metadata : {};
  if (metadata.managedFields !== undefined) {
    throw badRequest('metadata.managedFields must be nil: a manager does not apply what the server keeps');
  }
  const before = state.store.find(resource, namespace, nameOf(target));
  if (!before) {
    if (target.subresource) throw notFound(resource, nameOf(target));
    expectNamespace(state.store, target);
  }
  const writer: Writer = {
    manager,
    operation: 'Apply',
    subresource: target.subresource === 'status' ? 'status' : undefined,
  };
  const { object, managedFields } = serverSideApply({
    shape: resource.shape,
    live: before && asJson(before),
    entries: before?.metadata.managedFields,
    config,
    writer,
    force: isTrue(request.query.get('force')),
    nowMs: state.now(),
  });
  return write(state, request, target, {
    before,
    incoming: withoutLiveRevision(object, metadata),
    writer,
    managedFields,
  });
}

/** The live object's version is no precondition; one that the configuration names is. */
function withoutLiveRevision(object: JsonObject, given: JsonObject): JsonObject {
  if (!isJsonObject(object.metadata)) return object;
  const { resourceVersion: _live, ...metadata } = object.metadata;
  return {
    ...object,
    metadata:
      given.resourceVersion === undefined
        ? metadata
        : { ...metadata, resourceVersion: given.resourceVersion },
  };
}

export function remove(state: ApiState, request: ApiRequest, target: Target): Reply {
  const { resource } = target;
  const object = state.store.get(resource, target.namespace, nameOf(target));
  const body = request.body ? parseObject(request) : {};
  const options = parseDeleteOptions(body, request.query);
  if (isDryRun(request.query, body)) return json(200, object);
  const gone = deleteObject({ store: state.store, nowMs: state.now() }, resource, object, options);
  if (!gone) return json(200, state.store.find(resource, target.namespace, nameOf(target)) ?? object);
  return json(200, {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: {
      name: object.metadata.name,
      group: resource.group,
      kind: resource.plural,
      uid: object.metadata.uid,
    },
  });
}

export function removeMany(state: ApiState, request: ApiRequest, { resource, namespace }: Target): Reply {
  const body = request.body ? parseObject(request) : {};
  const options = parseDeleteOptions(body, request.query);
  const items = state.store.list(resource, namespace).filter(parseSelectors(resource, request.query));
  if (!isDryRun(request.query, body)) {
    for (const object of items)
      deleteObject({ store: state.store, nowMs: state.now() }, resource, object, options);
  }
  const metadata = { resourceVersion: String(state.store.revision()) };
  return json(200, { apiVersion: resource.groupVersion, kind: `${resource.kind}List`, metadata, items });
}

export function nameOf({ name }: Target): string {
  if (name === undefined) throw badRequest('name is required');
  return name;
}

const updater = (request: ApiRequest, { subresource }: Target): Writer => ({
  manager: fieldManager(request),
  operation: 'Update',
  subresource: subresource === 'status' || subresource === 'scale' ? subresource : undefined,
});

function expectNamespace(store: ObjectStore, { resource, namespace }: Target) {
  if (!resource.namespaced) return;
  if (!namespace) throw badRequest('an empty namespace may not be set during creation');
  const found = store.get(namespaces, undefined, namespace);
  if (isTerminating(found)) {
    throw new KubernetesFault(
      403,
      'Forbidden',
      `unable to create new content in namespace ${namespace} because it is being terminated`,
    );
  }
}

interface Write {
  before: KubeObject | undefined;
  incoming: JsonObject;
  writer: Writer;
  managedFields?: ManagedFieldsEntry[];
}

/** Admits the write, stores it unless it is a dry run, and answers the object as it now is. */
export function write(state: ApiState, request: ApiRequest, target: Target, change: Write): Reply {
  const { object, warnings } = admitted(state, request, target, change);
  const { before } = change;
  const status = before ? 200 : 201;
  return shown(
    state,
    request,
    target.resource,
    stored(state, request, target, object, before),
    status,
    warnings,
  );
}

export function admitted(state: ApiState, request: ApiRequest, target: Target, change: Write) {
  return admit({
    resource: target.resource,
    namespace: target.namespace,
    name: target.name,
    before: change.before,
    incoming: change.incoming,
    writer: change.writer,
    managedFields: change.managedFields,
    fieldValidation: fieldValidation(request.query.get('fieldValidation')),
    allocate: state.allocate,
    nowMs: state.now(),
  });
}

export function stored(
  state: ApiState,
  request: ApiRequest,
  { resource }: Target,
  object: KubeObject,
  before: KubeObject | undefined,
): KubeObject {
  if (isDryRun(request.query)) return object;
  return before ? state.store.replace(resource, object) : state.store.create(resource, object);
}

function fieldValidation(value: string | null): FieldValidation {
  if (value === null || value === '') return 'Warn';
  if (value === 'Strict' || value === 'Warn' || value === 'Ignore') return value;
  throw badRequest(
    `fieldValidation: Unsupported value: "${value}": supported values: "Ignore", "Strict", "Warn"`,
  );
}
