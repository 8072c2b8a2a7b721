import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { z } from 'zod';
import { readKept } from '#launch/keep.ts';
import { dataDirectory } from '#launch/paths.ts';
import { CliProblem, EXIT, exitCodeOf, withFields } from './exit.ts';

const TIMEOUT_MS = 30_000;
const Problem = z.object({
  code: z.string(),
  detail: z.string(),
  requestId: z.string().optional(),
  rule: z.string().optional(),
  fields: z.record(z.string(), z.string()).optional(),
});

/** Where the console is: MERIDIAN_URL, else the one that runs on this machine's data folder. */
export function consoleUrl(): string {
  const given = process.env.MERIDIAN_URL;
  if (given) return given.replace(/\/$/, '');
  const running = z
    .object({ url: z.string() })
    .safeParse(readKept(path.join(dataDirectory(), 'launcher.json')));
  return running.success ? running.data.url : `http://127.0.0.1:${process.env.PORT || 3000}`;
}

/** GET of the API, its answer of this shape. */
export function getJson<Schema extends z.ZodType>(
  schema: Schema,
  target: string,
  query: Record<string, string | undefined> = {},
): Promise<z.output<Schema>> {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const search = new URLSearchParams(given).toString();
  return call(schema, 'GET', search ? `${target}?${search}` : target);
}

/**
 * POST of the API. It carries an Idempotency-Key, so an answer that was lost on the way is asked for once more and
 * nothing is done twice.
 */
export async function postJson<Schema extends z.ZodType>(
  schema: Schema,
  target: string,
  body: unknown,
  key: string = randomUUID(),
): Promise<z.output<Schema>> {
  try {
    return await call(schema, 'POST', target, { body, key });
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    return call(schema, 'POST', target, { body, key });
  }
}

/** GET of the API, its answer as it is: a file. */
export async function getFile(target: string): Promise<Buffer> {
  const url = `${consoleUrl()}/api/v1${target}`;
  const response = await send('GET', url);
  const bytes = Buffer.from(await response.arrayBuffer());
  if (response.ok) return bytes;
  throw problemOf(parseJson(bytes.toString('utf8'), url), response.status, url);
}

class Unreachable extends CliProblem {}

async function call<Schema extends z.ZodType>(
  schema: Schema,
  method: 'GET' | 'POST',
  target: string,
  sent?: { body: unknown; key: string },
): Promise<z.output<Schema>> {
  const url = `${consoleUrl()}/api/v1${target}`;
  const response = await send(method, url, sent);
  const text = await response.text();
  const json = parseJson(text, url);
  if (!response.ok) throw problemOf(json, response.status, url);
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new CliProblem(
    EXIT.failed,
    `${url} answered something this version does not know. Use the command line of the same version.`,
  );
}

function send(method: 'GET' | 'POST', url: string, sent?: { body: unknown; key: string }): Promise<Response> {
  return fetch(url, {
    method,
    headers: {
      authorization: `Bearer ${requireToken()}`,
      'x-meridian-client': 'cli',
      ...(sent ? { 'content-type': 'application/json', 'idempotency-key': sent.key } : {}),
    },
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...(sent ? { body: JSON.stringify(sent.body ?? {}) } : {}),
  }).catch((error: unknown) => {
    throw new Unreachable(
      EXIT.failed,
      `${consoleUrl()} does not answer (${reasonOf(error)}). Start Meridian, or name it in MERIDIAN_URL.`,
    );
  });
}

function problemOf(json: unknown, status: number, url: string): CliProblem {
  const parsed = Problem.safeParse(json);
  if (!parsed.success) return new CliProblem(EXIT.failed, `${url} answered ${status} and does not say why.`);
  const { code, detail, fields } = parsed.data;
  return new CliProblem(exitCodeOf(code), withFields(detail, fields), parsed.data);
}

function parseJson(text: string, url: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new CliProblem(
      EXIT.failed,
      `${url} did not answer with JSON. Is MERIDIAN_URL the console's address?`,
    );
  }
}

function requireToken(): string {
  const token = process.env.MERIDIAN_TOKEN;
  if (token) return token;
  throw new CliProblem(
    EXIT.usage,
    'MERIDIAN_TOKEN is not set. Make a token: npm run meridian -- token create --owner <e-mail> --name <name> --scope <action>',
  );
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer in ${TIMEOUT_MS / 1_000} s`;
  const cause = error.cause instanceof Error ? error.cause : error;
  return 'code' in cause ? String(cause.code) : cause.message;
}
