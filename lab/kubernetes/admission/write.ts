import { isDeepStrictEqual } from 'node:util';
import { badRequest, invalid, modified } from '../fault.ts';
import { asJson, isJsonObject, type JsonObject } from '../json.ts';
import type { KubeObject, ManagedFieldsEntry, ObjectMeta } from '../objects.ts';
import { afterUpdate, type Writer } from '../patch/managed-fields.ts';
import { namespaces, type Resource, services } from '../resources.ts';
import { decode } from '../schema/decode.ts';
import { type Allocations, applyDefaults } from './defaults.ts';
import { validate } from './validation.ts';

export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

export interface WriteRequest {
  resource: Resource;
  /** Absent: the object is created. */
  before: KubeObject | undefined;
  incoming: JsonObject;
  namespace: string | undefined;
  name: string | undefined;
  writer: Writer;
  /** From server-side apply, which has worked them out; absent: from what changed. */
  managedFields: ManagedFieldsEntry[] | undefined;
  fieldValidation: FieldValidation;
  allocate: Allocations;
  nowMs: number;
}

export interface AdmittedWrite {
  object: KubeObject;
  /** For the answer's Warning headers. */
  warnings: string[];
}

/** Takes a body to the object to store: decoded, its server-owned parts restored, defaulted, validated, its managers noted. */
export function admit(request: WriteRequest): AdmittedWrite {
  const { resource, before, incoming, writer, nowMs } = request;
  expectKind(resource, incoming);
  const { object, unknownFields } = decode(resource.shape, resource.kind, incoming);
  const warnings = unknownFields.map((field) => `unknown field "${field}"`);
  if (warnings.length > 0 && request.fieldValidation === 'Strict') {
    throw badRequest(`strict decoding error: ${warnings.join(', ')}`);
  }
  expectRevision(resource, object, before);
  const next: JsonObject = {
    ...separated(resource, object, before, writer),
    apiVersion: resource.groupVersion,
    kind: resource.kind,
    metadata: serverMetadata(request, object),
  };
  if (before) keepAllocated(resource, next, asJson(before));
  applyDefaults(resource, next, request.allocate);
  validate(resource, stored(next), before);
  const current = before && asJson(before);
  const managedFields =
    request.managedFields ??
    afterUpdate({
      shape: resource.shape,
      before: current,
      after: next,
      entries: givenManagers(resource, next, object) ?? before?.metadata.managedFields,
      writer,
      nowMs,
    });
  const admitted = stored(next);
  return {
    object: { ...admitted, metadata: { ...admitted.metadata, managedFields: steady(before, managedFields) } },
    warnings: request.fieldValidation === 'Warn' ? warnings : [],
  };
}

/** A Service keeps the addresses and node ports it was given when a write leaves them out. */
function keepAllocated(resource: Resource, next: JsonObject, before: JsonObject) {
  if (resource !== services || !isJsonObject(next.spec) || !isJsonObject(before.spec)) return;
  if (next.spec.type === 'ExternalName') return;
  next.spec.clusterIP ??= before.spec.clusterIP ?? '';
  next.spec.clusterIPs ??= before.spec.clusterIPs ?? [];
  const known = Array.isArray(before.spec.ports) ? before.spec.ports.filter(isJsonObject) : [];
  for (const port of Array.isArray(next.spec.ports) ? next.spec.ports.filter(isJsonObject) : []) {
    const same = known.find((old) => old.port === port.port && old.protocol === (port.protocol ?? 'TCP'));
    if (same?.nodePort !== undefined && next.spec.type !== 'ClusterIP') port.nodePort ??= same.nodePort;
  }
}

/** Decoding has checked the fields' types and validation that it has a name. */
const stored = (object: JsonObject) => object as unknown as KubeObject;

function expectKind(resource: Resource, object: JsonObject) {
  const { apiVersion, kind } = object;
  if (apiVersion !== undefined && apiVersion !== resource.groupVersion) {
    throw badRequest(
      `the API version in the data (${String(apiVersion)}) does not match the expected API version (${resource.groupVersion})`,
    );
  }
  if (kind !== undefined && kind !== resource.kind) {
    throw badRequest(
      `the kind in the data (${String(kind)}) does not match the expected kind (${resource.kind})`,
    );
  }
}

function expectRevision(resource: Resource, object: JsonObject, before: KubeObject | undefined) {
  const wanted = isJsonObject(object.metadata) ? object.metadata.resourceVersion : undefined;
  if (before && wanted && wanted !== before.metadata.resourceVersion)
    throw modified(resource, before.metadata.name);
}

/** Status is written only through `…/status`, and nothing else is written there. */
function separated(
  resource: Resource,
  object: JsonObject,
  before: KubeObject | undefined,
  writer: Writer,
): JsonObject {
  if (!resource.subresources.includes('status')) return object;
  const current = before && asJson(before);
  if (writer.subresource === 'status') return withStatus(current ?? {}, object.status);
  return withStatus(object, current?.status);
}

function withStatus({ status, ...rest }: JsonObject, next: JsonObject[string] | undefined): JsonObject {
  return next === undefined ? rest : { ...rest, status: next };
}

const GIVEN: (keyof ObjectMeta)[] = [
  'labels',
  'annotations',
  'finalizers',
  'ownerReferences',
  'generateName',
];
const KEPT: (keyof ObjectMeta)[] = [
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
];

function serverMetadata({ resource, before, namespace, name }: WriteRequest, object: JsonObject): JsonObject {
  const given = isJsonObject(object.metadata) ? object.metadata : {};
  if (resource.namespaced && given.namespace !== undefined && given.namespace !== namespace) {
    throw badRequest(
      `the namespace of the provided object (${String(given.namespace)}) does not match the namespace sent on the request (${namespace})`,
    );
  }
  if (name !== undefined && given.name !== undefined && given.name !== name) {
    throw badRequest(
      `the name of the object (${String(given.name)}) does not match the name on the URL (${name})`,
    );
  }
  const metadata: JsonObject = { name: name ?? given.name ?? '' };
  if (resource.namespaced) metadata.namespace = namespace ?? '';
  for (const field of GIVEN) if (given[field] !== undefined) metadata[field] = given[field];
  const current = before && asJson(before.metadata);
  for (const field of KEPT) if (current?.[field] !== undefined) metadata[field] = current[field];
  if (resource === namespaces && current?.labels && !metadata.labels) metadata.labels = {};
  return metadata;
}

/** A writer may hand fields from one manager to another, as kubectl does when it moves to server-side apply. */
function givenManagers(
  resource: Resource,
  next: JsonObject,
  object: JsonObject,
): ManagedFieldsEntry[] | undefined {
  const given = isJsonObject(object.metadata) ? object.metadata.managedFields : undefined;
  if (!Array.isArray(given)) return undefined;
  return given.map((entry, i) => {
    const { manager, operation, apiVersion, time, fieldsV1, subresource } = isJsonObject(entry) ? entry : {};
    if (
      typeof manager !== 'string' ||
      (operation !== 'Apply' && operation !== 'Update') ||
      !isJsonObject(fieldsV1)
    ) {
      throw invalid(resource, stored(next).metadata.name, [
        {
          reason: 'FieldValueInvalid',
          field: `metadata.managedFields[${i}]`,
          message: 'Invalid value: manager, operation (Apply or Update) and fieldsV1 are required',
        },
      ]);
    }
    return {
      manager,
      operation,
      apiVersion: String(apiVersion ?? resource.groupVersion),
      time: String(time ?? ''),
      fieldsType: 'FieldsV1',
      fieldsV1,
      ...(typeof subresource === 'string' ? { subresource } : {}),
    };
  });
}

/** The entries as they stood where only their times differ, so that a write that changes nothing changes nothing. */
function steady(before: KubeObject | undefined, next: ManagedFieldsEntry[]): ManagedFieldsEntry[] {
  return next.map((entry) => {
    const same = before?.metadata.managedFields?.find((old) =>
      isDeepStrictEqual({ ...old, time: '' }, { ...entry, time: '' }),
    );
    return same ?? entry;
  });
}
