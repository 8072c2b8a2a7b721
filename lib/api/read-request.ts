import { RequestError, ValidationError } from '../errors.ts';

/** Largest body that is read: many times what any request of this API needs. */
export const BODY_LIMIT = 64 * 1024;
const KEY = /^[\x21-\x7e]{1,200}$/;

/** The body as parsed JSON and as text; undefined when there is none. Throws RequestError for what cannot be read. */
export async function readBody(request: Request): Promise<{ text: string; json: unknown }> {
  const bytes = await readBytes(request);
  if (bytes.length === 0) return { text: '', json: undefined };
  const type = (request.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') {
    throw new RequestError(
      'media-type',
      `The body is ${type ? `"${type.slice(0, 80)}"` : 'of no stated type'}. Send JSON with the header Content-Type: application/json.`,
    );
  }
  const text = decode(bytes);
  try {
    return { text, json: JSON.parse(text) };
  } catch (error) {
    const at = /position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
    throw new RequestError(
      'malformed',
      `The body is not JSON${at ? `: character ${Number(at) + 1} does not fit` : ' or ends too early'}.`,
    );
  }
}

async function readBytes(request: Request): Promise<Buffer> {
  const declared = Number(request.headers.get('content-length') ?? 0);
  if (declared > BODY_LIMIT) throw tooLarge();
  if (!request.body) return Buffer.alloc(0);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > BODY_LIMIT) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new RequestError('malformed', 'The body is not UTF-8.');
  }
}

function tooLarge(): RequestError {
  return new RequestError('too-large', `The body is over ${BODY_LIMIT / 1024} KB, the most that is read.`);
}

/** The query by name; a name that comes twice keeps all its values, which no schema takes. */
export function readQuery(url: URL): Record<string, string | string[]> {
  const query: Record<string, string | string[]> = {};
  for (const name of new Set(url.searchParams.keys())) {
    const values = url.searchParams.getAll(name);
    Object.defineProperty(query, name, { value: values.length === 1 ? values[0] : values, enumerable: true });
  }
  return query;
}

/** The Idempotency-Key, or null without one. Throws a ValidationError for one that does not fit. */
export function readIdempotencyKey(headers: Headers): string | null {
  const key = headers.get('idempotency-key');
  if (key === null || KEY.test(key)) return key;
  throw new ValidationError('Nothing was done: the Idempotency-Key does not fit.', {
    'Idempotency-Key': 'is not 1 to 200 visible ASCII characters, such as a UUID',
  });
}
