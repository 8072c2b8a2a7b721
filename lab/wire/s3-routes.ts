import type { Operation, ServiceModel } from './model.ts';
import { requiredMembers } from './sdk.ts';
import type { SignedRequest } from './sigv4.ts';

interface BucketRequest extends Pick<SignedRequest, 'method' | 'path' | 'headers'> {
  query: URLSearchParams;
}

/**
 * The operation of a path-style request of S3, with the labels of its path still percent-encoded. The model leaves the
 * bucket to the host name and gives several operations one route: what tells them apart is the bucket's presence and the
 * required parameters and headers (`uploadId` of a part, `x-amz-copy-source` of a copy).
 */
export function matchBucketRoute(
  model: ServiceModel,
  request: BucketRequest,
): { operation: Operation; labels: Record<string, string> } | undefined {
  const [, bucket = '', key = ''] = /^\/([^/]*)(\/.*)?$/s.exec(request.path) ?? [];
  const path = key.length > 1 ? key : '/';
  const [first] = model.routed
    .filter((operation) => concernsBucket(operation) === (bucket !== ''))
    .filter(({ route }) => route.method === request.method && route.path.test(path))
    .filter(({ route }) => route.query.every(([name, value]) => isAsked(request.query, name, value)))
    .map((operation) => ({ operation, told: requirementsMet(operation, request) }))
    .filter((candidate) => candidate.told !== undefined)
    .sort((a, b) => specificity(b) - specificity(a));
  if (!first) return undefined;
  const labels = { ...(bucket && { Bucket: bucket }), ...first.operation.route.path.exec(path)?.groups };
  return { operation: first.operation, labels };
}

type Routed = ServiceModel['routed'][number];

const concernsBucket = ({ input }: Operation): boolean =>
  !input.isUnitSchema() && [...input.structIterator()].some(([name]) => name === 'Bucket');

const isAsked = (query: URLSearchParams, name: string, value: string): boolean =>
  query.has(name) && (!value || query.get(name) === value);

/** How many required parameters and headers the request has; undefined when one is missing. */
function requirementsMet({ input }: Operation, request: BucketRequest): number | undefined {
  if (input.isUnitSchema()) return 0;
  let met = 0;
  for (const member of requiredMembers(input)) {
    const { httpQuery, httpHeader } = member.getMergedTraits();
    if (httpQuery === undefined && httpHeader === undefined) continue;
    const present = httpQuery ? request.query.has(httpQuery) : hasHeader(request, httpHeader ?? '');
    if (!present) return undefined;
    met += 1;
  }
  return met;
}

const hasHeader = ({ headers }: BucketRequest, name: string): boolean =>
  headers[name.toLowerCase()] !== undefined;

const specificity = ({ operation, told = 0 }: { operation: Routed; told: number | undefined }): number =>
  operation.route.query.length + told;
