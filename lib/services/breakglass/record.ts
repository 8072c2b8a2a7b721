import { z } from 'zod';
import { ValidationError } from '../../errors.ts';

const shortText = z.string().max(200);

const Head = z.object({
  record: z.literal('meridian break-glass'),
  version: z.literal(1),
  run: z.uuid(),
  estate: shortText,
  environment: shortText,
  plan: shortText,
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  mode: z.enum(['run', 'check', 'fence', 'put-back']),
  time: z.iso.datetime(),
  who: shortText,
});

/** What came of an act, as library.sh says it. */
const ACT_RESULTS = ['ok', 'failed', 'unreachable', 'skipped', 'noted', 'stopped'] as const;

const Act = z.object({
  time: z.iso.datetime(),
  step: shortText,
  command: z.string().max(4_000),
  result: z.enum(ACT_RESULTS),
  who: shortText,
  detail: z.string().max(4_000),
});
export type RecordedAct = z.infer<typeof Act>;

/** One start of a break-glass script, with what it did. */
export interface RecordedRun extends z.infer<typeof Head> {
  acts: RecordedAct[];
}

const MOST_LINES = 5_000;

/** The runs of a record that a break-glass script kept, oldest first. Throws a ValidationError that names each line that does not fit. */
export function parseRecord(text: string): RecordedRun[] {
  const lines = text
    .split('\n')
    .flatMap((line, index) => (line.trim() === '' ? [] : [{ line, number: index + 1 }]));
  if (lines.length > MOST_LINES)
    throw new ValidationError(`Nothing was imported: the record has over ${MOST_LINES} lines.`, {
      record: `has ${lines.length} lines`,
    });
  const problems: Record<string, string> = {};
  const runs: RecordedRun[] = [];
  for (const { line, number } of lines) {
    const value = parseLine(line);
    const head = Head.safeParse(value);
    if (head.success) {
      runs.push({ ...head.data, acts: [] });
      continue;
    }
    const act = Act.safeParse(value);
    const run = runs.at(-1);
    if (act.success && run) run.acts.push(act.data);
    else problems[`line ${number}`] = problemOf(act, run);
  }
  if (runs.length === 0 && Object.keys(problems).length === 0) problems.record = 'is empty';
  if (Object.keys(problems).length > 0) {
    throw new ValidationError(
      'Nothing was imported: the file is not a record of a break-glass script, or was damaged. Correct the lines, or import what is whole from a copy.',
      problems,
    );
  }
  return runs;
}

function problemOf(act: z.ZodSafeParseResult<RecordedAct>, run: RecordedRun | undefined): string {
  if (act.success && !run) return 'comes before the line that names the run';
  const [issue] = act.error?.issues ?? [];
  return issue && issue.path.length > 0
    ? `${issue.path.join('.')}: ${issue.message}`
    : 'is no line of a record';
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // reported as a line that is none
  }
}
