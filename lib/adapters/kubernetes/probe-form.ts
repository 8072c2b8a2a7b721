import { z } from 'zod';
import { UnansweredError } from '../../ports/aws.ts';
import type { ProbeResult, ProbeTask } from '../../ports/recovery.ts';

// The form of `meridian/probe`: its task is one JSON argument, what it found one JSON line. It ends well also when the
// answer is "refused"; where the question could not be put at all it prints why, and its Job fails.

export function toProbeArgument({ kind, ...rest }: ProbeTask): string {
  return JSON.stringify({ task: kind, ...rest });
}

const ms = z.number().min(0);
const status = z.int().min(100).max(599);
const unreached = { result: z.enum(['refused', 'timeout']), detail: z.string() };
const answered = z.literal('answered');

const Lines = {
  connect: z.discriminatedUnion('result', [
    z.object({ result: z.literal('open'), tls: z.boolean(), ms }),
    z.object({ ...unreached, ms }),
  ]),
  http: z.discriminatedUnion('result', [
    z.object({
      result: answered,
      status,
      answeredBy: z.string().nullable(),
      version: z.string().nullable(),
      ms,
    }),
    z.object({ ...unreached, ms }),
  ]),
  order: z.discriminatedUnion('result', [
    z.object({
      result: answered,
      orderId: z.string(),
      status,
      writer: z.string().nullable(),
      message: z.string().nullable(),
      ms,
    }),
    z.object({ ...unreached, orderId: z.string(), ms }),
  ]),
  'order-exists': z.discriminatedUnion('result', [
    z.object({ result: answered, status, exists: z.boolean().nullable(), ms }),
    z.object({ ...unreached, ms }),
  ]),
};

const Failure = z.object({ error: z.string() });

/** GET of a page at the preview Service of the namespace that the probe runs in. */
export function toPreviewArgument(path: string): string {
  return JSON.stringify({ task: 'preview', path });
}

const PreviewLine = z.discriminatedUnion('result', [
  z.object({ result: answered, status, version: z.string().nullable(), ms }),
  z.object({ ...unreached, ms }),
]);

/** What the probe of the preview Service printed. Rejects where it printed nothing that answers its task. */
export function readPreviewLine(
  log: string,
  job: string,
): { status: number | null; version: string | null; ms: number; detail?: string } {
  const found = parsed(PreviewLine, answerIn(log, job), job);
  if (found.result === 'answered') return { status: found.status, version: found.version, ms: found.ms };
  return { status: null, version: null, ms: found.ms, detail: found.detail };
}

/** What the probe printed, in the port's words. Rejects where it printed nothing that answers its task. */
export function readProbeLine(task: ProbeTask, log: string, job: string): ProbeResult {
  const line = answerIn(log, job);
  switch (task.kind) {
    case 'connect': {
      const found = parsed(Lines.connect, line, job);
      if (found.result === 'open') return { kind: 'connect', outcome: 'open', ms: found.ms };
      return { kind: 'connect', outcome: found.result, ms: found.ms, detail: found.detail };
    }
    case 'http': {
      const found = parsed(Lines.http, line, job);
      if (found.result !== 'answered') {
        const { ms: tookMs, detail } = found;
        return { kind: 'http', status: null, ms: tookMs, version: null, region: null, detail };
      }
      const { status: code, ms: tookMs, version, answeredBy } = found;
      return { kind: 'http', status: code, ms: tookMs, version, region: answeredBy };
    }
    case 'order': {
      const found = parsed(Lines.order, line, job);
      const { orderId, ms: tookMs } = found;
      if (found.result !== 'answered') {
        return { kind: 'order', status: null, orderId, ms: tookMs, error: found.detail, writer: null };
      }
      const { status: code, message, writer } = found;
      return { kind: 'order', status: code, orderId, ms: tookMs, error: message, writer };
    }
    case 'order-exists': {
      const found = parsed(Lines['order-exists'], line, job);
      if (found.result === 'answered' && found.exists !== null) {
        return { kind: 'order-exists', exists: found.exists, ms: found.ms };
      }
      const said = found.result === 'answered' ? `the shop answered ${found.status}` : found.detail;
      throw new UnansweredError(`The probe ${job} could not learn whether the order is there: ${said}`);
    }
    default:
      return task satisfies never;
  }
}

function answerIn(log: string, job: string): unknown {
  const line = lastJson(log);
  const failure = Failure.safeParse(line);
  if (!failure.success) return line;
  throw new UnansweredError(`The probe ${job} could not be carried out: ${failure.data.error}`);
}

function parsed<Line>(form: z.ZodType<Line>, line: unknown, job: string): Line {
  const result = form.safeParse(line);
  if (result.success) return result.data;
  throw new UnansweredError(`The probe ${job} printed nothing that answers its task`, {
    cause: result.error,
  });
}

/** The last line of the log that is JSON; a container may say other things before. */
function lastJson(log: string): unknown {
  for (const line of log.trimEnd().split('\n').reverse()) {
    try {
      return JSON.parse(line) as unknown;
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  return undefined;
}
