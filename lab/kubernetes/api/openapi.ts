import { noSuchPath } from '../fault.ts';
import type { JsonObject } from '../json.ts';
import { GROUP_VERSIONS, RESOURCES, type Resource } from '../resources.ts';
import type { ListShape, Shape } from '../schema/shape.ts';

const documentPath = (groupVersion: string) => (groupVersion === 'v1' ? 'api/v1' : `apis/${groupVersion}`);

export const openapiIndex = () => ({
  paths: Object.fromEntries(
    GROUP_VERSIONS.map(documentPath).map((path) => [
      path,
      { serverRelativeURL: `/openapi/v3/${path}?hash=lab` },
    ]),
  ),
});

/**
 * OpenAPI v3 of one group version, made from the shapes. kubectl reads it for `explain`, and needs each PATCH with its `fieldValidation`
 * parameter, or `apply` cannot be validated.
 */
export function openapiDocument(path: string): JsonObject {
  const groupVersion = GROUP_VERSIONS.find((candidate) => documentPath(candidate) === path);
  if (!groupVersion) throw noSuchPath();
  const served = RESOURCES.filter((resource) => resource.groupVersion === groupVersion);
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes of the lab', version: '1.32' },
    paths: Object.fromEntries(served.map((resource) => [objectPath(resource), operations(resource)])),
    components: {
      schemas: Object.fromEntries(served.map((resource) => [schemaName(resource), schema(resource)])),
    },
  };
}

const objectPath = (resource: Resource) =>
  `/${documentPath(resource.groupVersion)}/${resource.namespaced ? 'namespaces/{namespace}/' : ''}${resource.plural}/{name}`;

const schemaName = (resource: Resource) =>
  `io.k8s.api.${(resource.group || 'core').replace(/\.k8s\.io$/, '')}.${resource.version}.${resource.kind}`;

const groupVersionKind = (resource: Resource): JsonObject => ({
  group: resource.group,
  version: resource.version,
  kind: resource.kind,
});

function operations(resource: Resource): JsonObject {
  const reference = { $ref: `#/components/schemas/${schemaName(resource)}` };
  const responses = { '200': { description: 'OK', content: { 'application/json': { schema: reference } } } };
  const gvk = groupVersionKind(resource);
  const parameter = (name: string): JsonObject => ({ name, in: 'query', schema: { type: 'string' } });
  return {
    get: { responses, 'x-kubernetes-group-version-kind': gvk, 'x-kubernetes-action': 'get' },
    patch: {
      responses,
      'x-kubernetes-group-version-kind': gvk,
      'x-kubernetes-action': 'patch',
      parameters: ['dryRun', 'fieldManager', 'fieldValidation', 'force'].map(parameter),
    },
  };
}

const schema = (resource: Resource): JsonObject => ({
  ...describe(resource.shape),
  'x-kubernetes-group-version-kind': [groupVersionKind(resource)],
});

function describe(shape: Shape): JsonObject {
  switch (shape.type) {
    case 'struct':
      return {
        type: 'object',
        properties: Object.fromEntries(
          Object.entries(shape.fields).map(([field, below]) => [field, describe(below)]),
        ),
        ...(shape.atomic ? { 'x-kubernetes-map-type': 'atomic' } : {}),
      };
    case 'map':
      return {
        type: 'object',
        additionalProperties: describe(shape.values),
        ...(shape.atomic ? { 'x-kubernetes-map-type': 'atomic' } : {}),
      };
    case 'list':
      return { type: 'array', items: describe(shape.items), ...listExtensions(shape) };
    case 'intOrString':
      return { oneOf: [{ type: 'integer' }, { type: 'string' }], format: 'int-or-string' };
    case 'quantity':
      return { oneOf: [{ type: 'string' }, { type: 'number' }] };
    case 'any':
      return { type: 'object' };
    default:
      return { type: shape.type };
  }
}

function listExtensions(shape: ListShape): JsonObject {
  if (shape.set) return { 'x-kubernetes-list-type': 'set', 'x-kubernetes-patch-strategy': 'merge' };
  const keyed: JsonObject =
    shape.applyKeys.length > 0
      ? { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': shape.applyKeys }
      : { 'x-kubernetes-list-type': 'atomic' };
  if (!shape.patchKey) return keyed;
  return { ...keyed, 'x-kubernetes-patch-strategy': 'merge', 'x-kubernetes-patch-merge-key': shape.patchKey };
}
