import fs from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { makeToken } from '#launch/command-line.ts';
import { startProduct } from '#launch/harness.ts';
import { isEnded, OPERATION_STATES } from '#lib/domain/operation/state.ts';
import { attachLab } from '#test/lab/harness.ts';
import { patience, writeEstate } from '#test/write-estate.ts';
import { benchFolder } from '../estate/server.ts';
import { stopOnInterrupt } from '../interrupt.ts';

const FIRST_START_MS = 900_000;
const POLL_MS = 100;
const OPERATION_MS = 600_000;

const Operation = z.looseObject({
  id: z.string(),
  state: z.enum(OPERATION_STATES),
  createdAt: z.iso.datetime(),
  outcome: z.string().nullable(),
});
export type Operation = z.infer<typeof Operation>;

const Step = z.looseObject({
  key: z.string(),
  action: z.string(),
  state: z.string(),
  startedAt: z.string().nullable(),
  endedAt: z.string().nullable(),
  calls: z.array(
    z.looseObject({
      at: z.string(),
      durationMs: z.number(),
      service: z.string(),
      action: z.string(),
      region: z.string(),
    }),
  ),
});
export type Step = z.infer<typeof Step>;

type RunningLab = ReturnType<typeof attachLab>;

/** All of Meridian with its lab, on a folder of its own, spoken to over REST as a pipeline would. */
export interface Console {
  lab: RunningLab;
  get<Schema extends z.ZodType>(schema: Schema, target: string): Promise<z.output<Schema>>;
  post<Schema extends z.ZodType>(schema: Schema, target: string, body: unknown): Promise<z.output<Schema>>;
  /** Asks for an operation that needs nobody's approval here, and waits until it has ended well. */
  carryOut(kind: string, params: unknown): Promise<Operation>;
  untilEnded(id: string): Promise<Operation>;
  stepsOf(id: string): Promise<Step[]>;
  stop(): Promise<void>;
}

/** Limits on p95 so many times the estate's: shoppers, lab and Meridian share one machine, and a late answer is not the product's. */
export const PATIENCE = 2;

const ALLOWED_MS = 60_000;
/** Kinds that wait for nobody in a bench: what people take to agree is not the product's time. */
const UNATTENDED = ['switchover', 'prepare-switch', 'connect-regions', 'deployment', 'rollback'];

export async function startConsole(seed: number): Promise<Console> {
  const dataDir = benchFolder('recovery');
  const product = await startProduct({
    dataDir,
    readyTimeoutMs: FIRST_START_MS,
    environment: { LAB_SEED: String(seed), MERIDIAN_ESTATE: writeEstate(dataDir, patience(PATIENCE)) },
  });
  const ended = stopOnInterrupt(() => product.stop());
  const stop = async () => {
    ended();
    await product.stop();
    fs.rmSync(dataDir, { recursive: true, force: true });
  };
  try {
    const operator = await tokenOf(dataDir, 'operator', [
      'operation.request',
      'operation.control',
      'operation.emergency',
      'release.register',
    ]);
    const admin = await tokenOf(dataDir, 'admin', ['policy.change']);
    const call = caller(product.url);
    for (const kind of UNATTENDED) {
      const policy = { environment: 'production', kind, needed: 0, expiresMinutes: 60, tokensApprove: true };
      await call(admin, z.unknown(), '/policies', policy);
    }
    return { ...speaking((...asked) => call(operator, ...asked)), lab: attachLab(dataDir), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const Preview = z.looseObject({ confirm: z.looseObject({ name: z.string() }).nullable() });

function speaking(
  call: <Schema extends z.ZodType>(
    schema: Schema,
    target: string,
    body?: unknown,
  ) => Promise<z.output<Schema>>,
): Omit<Console, 'lab' | 'stop'> {
  const untilEnded = async (id: string) => {
    const deadline = Date.now() + OPERATION_MS;
    for (;;) {
      const operation = await call(Operation, `/operations/${id}`);
      if (isEnded(operation.state)) return operation;
      if (Date.now() > deadline) throw new Error(`${id} has not ended; it is ${operation.state}.`);
      await delay(POLL_MS);
    }
  };
  return {
    get: (schema, target) => call(schema, target),
    post: (schema, target, body) => call(schema, target, body),
    untilEnded,
    async carryOut(kind, params) {
      const asked = { kind, environment: 'production', params, reason: 'bench', acknowledged: [] };
      const id = await onceAllowed(async () => {
        const { confirm } = await call(Preview, '/operations', { ...asked, dryRun: true });
        const confirmed = confirm ? { ...asked, confirm: confirm.name } : asked;
        return (await call(z.looseObject({ id: z.string() }), '/operations', confirmed)).id;
      });
      const operation = await untilEnded(id);
      if (operation.state !== 'done')
        throw new Error(`${kind} ${id} is ${operation.state}: ${operation.outcome}`);
      return operation;
    },
    async stepsOf(id) {
      return (await call(z.object({ items: z.array(Step) }), `/operations/${id}/steps`)).items;
    },
  };
}

/** A rule that refuses while something was not seen yet, at a start or after a move, allows it in a moment. */
async function onceAllowed<Result>(request: () => Promise<Result>): Promise<Result> {
  const deadline = Date.now() + ALLOWED_MS;
  for (;;) {
    try {
      return await request();
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 409 || Date.now() > deadline) throw error;
    }
    await delay(POLL_MS);
  }
}

function caller(url: string) {
  return async <Schema extends z.ZodType>(
    token: string,
    schema: Schema,
    target: string,
    body?: unknown,
  ): Promise<z.output<Schema>> => {
    const response = await fetch(`${url}/api/v1${target}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      signal: AbortSignal.timeout(30_000),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Refused(target, response.status, text);
    return schema.parse(JSON.parse(text));
  };
}

export class Refused extends Error {
  override name = 'Refused';
  readonly status: number;

  constructor(target: string, status: number, text: string) {
    super(`${target} was refused (${status}): ${text}`);
    this.status = status;
  }
}

function tokenOf(dataDir: string, who: string, scopes: readonly string[]): Promise<string> {
  return makeToken(dataDir, { owner: `${who}@meridian.local`, name: 'bench', scopes });
}
