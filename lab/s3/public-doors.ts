import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LabContext } from '#lab/kernel/context.ts';
import { openDoorsOnOnePort } from '#lab/kernel/open-doors.ts';
import type { BucketRecord, StoredVersion } from './records.ts';
import type { Store } from './store.ts';

/** Third part of the addresses: 127.0.21.1 is S3's in the first Region. */
const FIRST_NETWORK = 21;
const HTTP_PORT = 80;

export interface PublicDoors {
  /** Where a Region's S3 answers without signatures: `http://127.0.21.1:41234`. */
  url(region: string): string;
  close(): Promise<void>;
}

/** Name of a bucket's own host, as on AWS. */
export const bucketHost = (bucket: string, region: string): string => `${bucket}.s3.${region}.amazonaws.com`;

/**
 * S3 of each Region over plain HTTP, for those who do not sign: health checkers. It answers GET and HEAD of what a bucket lets
 * everybody read, by the bucket's host or with the bucket first in the path, and fails with its Region. The buckets' hosts are
 * registered, so that a health check needs their name and port 80 only.
 */
export async function openPublicDoors(ctx: LabContext, store: Store): Promise<PublicDoors> {
  const ports = ctx.state.collection<number>('s3-port');
  const plans = ctx.estate.regions.map(({ code }, i) => ({
    region: code,
    host: `127.0.${FIRST_NETWORK + i}.1`,
    answer: (request: IncomingMessage, response: ServerResponse) => answer(store, code, request, response),
  }));
  const { doors, port } = await openDoorsOnOnePort("S3's public addresses", plans, ports.get('port'));
  ports.put('port', port);
  const places = plans.flatMap((plan, i) => (doors[i] ? [{ ...plan, door: doors[i] }] : []));

  async function followOutages() {
    await Promise.all(places.map(({ region, door }) => door.setMode(ctx.chaos.outage(region) ?? 'open')));
  }
  ctx.chaos.onChange(followOutages);
  await followOutages();
  for (const bucket of store.buckets.list()) register(bucket);

  function register({ name, region }: BucketRecord) {
    const place = places.find((candidate) => candidate.region === region);
    if (!place) return;
    ctx.names.register(bucketHost(name, region), {
      addresses: () => [place.host],
      healthy: () => place.door.mode() === 'open',
      port: (asked) => (asked === HTTP_PORT ? port : asked),
    });
  }

  return {
    url(region) {
      const place = places.find((candidate) => candidate.region === region);
      if (!place) throw new Error(`The estate has no Region ${region}.`);
      return `http://${place.host}:${port}`;
    },
    async close() {
      await Promise.all(doors.map((door) => door.close()));
    },
  };
}

function answer(store: Store, region: string, request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  const { status, headers, body } = read(store, region, request);
  response.writeHead(status, { ...headers, 'content-length': body.length });
  response.end(request.method === 'HEAD' ? undefined : body);
}

interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

/**
 * An object that is not there answers 404, as where everybody may list the bucket; where they may not, AWS says 403. A health
 * check takes both for a failure.
 */
function read(store: Store, region: string, request: IncomingMessage): Answer {
  const named = addressed(store, region, request);
  if (!named) return refusal(400, 'InvalidURI', "Couldn't parse the specified URI.");
  const { bucket, key } = named;
  if (!bucket) return refusal(404, 'NoSuchBucket', 'The specified bucket does not exist');
  const open = bucket.publicPrefix !== undefined && key.startsWith(bucket.publicPrefix);
  const reads = request.method === 'GET' || request.method === 'HEAD';
  if (!open || !reads) return refusal(403, 'AccessDenied', 'Access Denied');
  const [newest] = store.find(bucket.name, key)?.versions ?? [];
  if (!newest || newest.marker) return refusal(404, 'NoSuchKey', 'The specified key does not exist.');
  return { status: 200, headers: headersOf(newest), body: Buffer.from(newest.content, 'base64') };
}

function refusal(status: number, code: string, message: string): Answer {
  const text = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  return { status, headers: { 'content-type': 'application/xml' }, body: Buffer.from(text) };
}

const headersOf = ({ headers, etag, atMs, id }: StoredVersion): Record<string, string> => ({
  'content-type': headers.contentType,
  etag,
  'last-modified': new Date(atMs).toUTCString(),
  'x-amz-version-id': id,
});

/** The bucket that the host names, or else the first part of the path. Undefined where the path cannot be read. */
function addressed(
  store: Store,
  region: string,
  request: IncomingMessage,
): { bucket: BucketRecord | undefined; key: string } | undefined {
  const [path = '/'] = (request.url ?? '/').split('?');
  const decoded = decode(path.slice(1));
  if (decoded === undefined) return undefined;
  const host = (request.headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
  const local = store.buckets.list().filter((bucket) => bucket.region === region);
  const byHost = local.find(({ name }) => host === bucketHost(name, region));
  if (byHost) return { bucket: byHost, key: decoded };
  const [first = '', ...rest] = decoded.split('/');
  return { bucket: local.find(({ name }) => name === first), key: rest.join('/') };
}

function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
