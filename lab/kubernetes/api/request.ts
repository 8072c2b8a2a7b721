import { parse as parseYaml, YAMLParseError } from 'yaml';
import { badRequest, noSuchPath, unsupportedMediaType } from '../fault.ts';
import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import { findResource, type Resource } from '../resources.ts';

export interface ApiRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: NodeJS.Dict<string | string[]>;
  body: string;
}

/** What a path names. */
export interface Target {
  resource: Resource;
  namespace: string | undefined;
  name: string | undefined;
  subresource: string | undefined;
}

/** Reads `/apis/apps/v1/namespaces/shop/deployments/app-blue/scale`; refuses (404) what the cluster does not serve. */
export function parseTarget(path: string): Target {
  const [root, ...segments] = path.split('/').filter(Boolean).map(decodeURIComponent);
  const group = root === 'apis' ? segments.shift() : '';
  const version = segments.shift();
  if ((root !== 'api' && root !== 'apis') || group === undefined || version === undefined) throw noSuchPath();
  let namespace: string | undefined;
  const [first, second, third] = segments;
  if (first === 'namespaces' && third !== undefined && third !== 'status') {
    namespace = second;
    segments.splice(0, 2);
  }
  const [plural = '', name, subresource, ...more] = segments;
  const resource = findResource(group, version, plural);
  if (!resource || more.length > 0) throw noSuchPath();
  if (namespace !== undefined && !resource.namespaced) throw noSuchPath();
  return { resource, namespace, name, subresource };
}

export function header(request: ApiRequest, name: string): string {
  const value = request.headers[name];
  return (Array.isArray(value) ? value[0] : value) ?? '';
}

export const contentType = (request: ApiRequest) =>
  (header(request, 'content-type').split(';')[0] ?? '').trim().toLowerCase();

/** The body as JSON, or YAML where the content type says so. */
export function parseBody(request: ApiRequest): Json {
  const type = contentType(request);
  if (type.includes('protobuf')) throw unsupportedMediaType(['application/json', 'application/yaml']);
  try {
    return type.includes('yaml') ? parseYaml(request.body) : JSON.parse(request.body);
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof YAMLParseError)) throw error;
    throw badRequest(`the body of the request cannot be read: ${error.message}`);
  }
}

export function parseObject(request: ApiRequest): JsonObject {
  const body = parseBody(request);
  if (!isJsonObject(body)) throw badRequest('the body of the request must be an object');
  return body;
}

export const isTrue = (value: string | null) => value === 'true' || value === '1';

/** `dryRun=All`: answered as if done, and not done. */
export function isDryRun(query: URLSearchParams, options: JsonObject = {}): boolean {
  const asked = Array.isArray(options.dryRun) ? options.dryRun : query.getAll('dryRun').filter(Boolean);
  if (asked.length === 0) return false;
  if (asked.some((value) => value !== 'All'))
    throw badRequest('dryRun: Unsupported value: supported values: "All"');
  return true;
}

/** Who writes, for managedFields: the query's `fieldManager`, else the client's program name. */
export function fieldManager(request: ApiRequest): string {
  const agent = header(request, 'user-agent').split('/')[0];
  return request.query.get('fieldManager') || agent || 'unknown';
}

export const wantsTable = (request: ApiRequest) => /;as=Table/.test(header(request, 'accept'));
export const wantsMetadataOnly = (request: ApiRequest) =>
  /;as=PartialObjectMetadata(List)?/.test(header(request, 'accept'));
