import { z } from 'zod';

/** A probe waits so long for an answer unless told otherwise, and never longer than the second. Real time. */
const USUAL_PATIENCE_MS = 3_000;
const LONGEST_PATIENCE_MS = 30_000;

const timeoutMs = z.int().min(1).max(LONGEST_PATIENCE_MS).default(USUAL_PATIENCE_MS);

/** What a probe may be told to do, as the one JSON argument of its container. */
export const ProbeTask = z.discriminatedUnion('task', [
  /** A connection to a database endpoint of any Region, up to the server's first word. */
  z.strictObject({
    task: z.literal('connect'),
    host: z.string().min(1),
    port: z.int().min(1).max(65_535),
    timeoutMs,
  }),
  /** GET of a page of the shop of any Region. */
  z.strictObject({
    task: z.literal('http'),
    region: z.string().min(1),
    path: z.string().startsWith('/').max(2_000).default('/health'),
    /** `peering`: over the private network; `internet`: by the public name, which needs no peering. */
    via: z.enum(['peering', 'internet']).default('peering'),
    timeoutMs,
  }),
  /** GET of a page at the Service `app-preview` of the own namespace. */
  z.strictObject({
    task: z.literal('preview'),
    path: z.string().startsWith('/').max(2_000).default('/health'),
    timeoutMs,
  }),
  /** A synthetic order at the own Region's shop. */
  z.strictObject({
    task: z.literal('order'),
    /** Made up when absent. The same one again is placed once. */
    orderId: z.uuid().optional(),
    productId: z.int().min(1).default(1),
    timeoutMs,
  }),
  /** Whether the own Region's database holds an order. */
  z.strictObject({ task: z.literal('order-exists'), orderId: z.uuid(), timeoutMs }),
]);
export type ProbeTask = z.infer<typeof ProbeTask>;

type Of<Name extends ProbeTask['task']> = Extract<ProbeTask, { task: Name }>;
export type ConnectTask = Of<'connect'>;
export type HttpTask = Of<'http'>;
export type PreviewTask = Of<'preview'>;
export type OrderTask = Of<'order'>;
export type OrderExistsTask = Of<'order-exists'>;

/** Environment variable that holds the task where no argument does. */
const TASK_VARIABLE = 'PROBE_TASK';

/** The task of a container; throws a sentence that names what is wrong with it. */
export function readTask({ args, env }: { args: string[]; env: Record<string, string> }): ProbeTask {
  const text = args[0] ?? env[TASK_VARIABLE];
  if (text === undefined || args.length > 1) {
    throw new Error(`A probe takes its task as one JSON argument, or in ${TASK_VARIABLE}.`);
  }
  const parsed = ProbeTask.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Error(`The task cannot be used: ${issue?.path.join('.') || 'task'}: ${issue?.message}.`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error('The task cannot be used: it is not JSON.', { cause: error });
  }
}
