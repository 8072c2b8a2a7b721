import { z } from 'zod';
import { BegunSwitch } from '#lib/domain/deployment/switched.ts';
import type { PlannedStep } from '#lib/domain/operation/plan.ts';
import type { OperationState } from '#lib/domain/operation/state.ts';
import { readStoredEvidence } from '#lib/services/operations/stored.ts';
import type { Step } from './operation-steps.ts';

/** A step as the pipeline reads it: what its row says, and what was planned. */
export type RunStep = Pick<
  Step,
  'key' | 'action' | 'title' | 'region' | 'state' | 'output' | 'evidence' | 'startedAt' | 'endedAt'
> & {
  /** Of its gate, oldest first: read out of the evidence once, for a soak may have thousands. */
  looks: readonly StoredLook[];
};

/** Requests of each kind before which nothing is judged. */
export interface Samples {
  reads: number;
  writes: number;
}

/** A deployment or rollback, as its pipeline is drawn from. */
export interface RunFacts {
  id: string;
  kind: 'deployment' | 'rollback';
  state: OperationState;
  startedAt: Date | null;
  /** When it is to start, where it was asked for a time; null: as soon as it may. */
  startAt: Date | null;
  endedAt: Date | null;
  now: Date;
  /** 60: what is declared as 30 min takes 30 s. */
  timeScale: number;
  samples: Samples;
  steps: readonly RunStep[];
  /** Of the plan: forward, then back. */
  planned: readonly PlannedStep[];
  /** In the order of the run. */
  regions: readonly { code: string; name: string }[];
}

/** What a switch, or a switch back, put on record; null before it began. */
export function switchOf(step: RunStep | undefined): BegunSwitch | null {
  return BegunSwitch.safeParse(step?.output).data ?? null;
}

export function stepOf(
  { steps }: Pick<RunFacts, 'steps'>,
  region: string,
  action: string,
): RunStep | undefined {
  return steps.find((step) => step.region === region && step.action === action);
}

export function plannedOf(
  { planned }: Pick<RunFacts, 'planned'>,
  region: string,
  action: string,
): PlannedStep | undefined {
  return planned.find((step) => step.region === region && step.action === action);
}

export const isPassed = ({ state }: Pick<RunStep, 'state'>): boolean =>
  state === 'done' || state === 'skipped' || state === 'omitted';

/** One look of a gate, as its step put it on record. */
const StoredLook = z.object({
  band: z.enum(['pass', 'hold', 'revert']),
  elapsedSeconds: z.number(),
  totalSeconds: z.number().optional(),
  declaredSeconds: z.number().optional(),
  metrics: z.array(
    z.object({
      metric: z.enum(['errors', 'p95', 'cpu', 'memory']),
      subject: z.enum(['reads', 'writes', 'nodes']),
      value: z.number().nullable(),
      unit: z.enum(['share', 'ms', 'percent']),
      passBelow: z.number(),
      revertAbove: z.number().nullable(),
      samples: z.number().nullable(),
      band: z.enum(['pass', 'hold', 'revert', 'unknown']),
      baseline: z.number().nullable(),
      message: z.string(),
    }),
  ),
});
export type StoredLook = z.infer<typeof StoredLook> & { at: string; text: string };
export type StoredMetric = StoredLook['metrics'][number];

/** The looks of a step, oldest first; what an unknown version wrote is left out. */
export function looksOf({ evidence }: Pick<Step, 'evidence'>): StoredLook[] {
  return readStoredEvidence(evidence)
    .filter(({ kind }) => kind === 'gate')
    .flatMap(({ at, text, data }) => {
      const parsed = StoredLook.safeParse(data);
      return parsed.success ? [{ ...parsed.data, at, text }] : [];
    })
    .sort((a, b) => a.at.localeCompare(b.at));
}

/** When a wait ends, and of which two moments that is the later; kept by the step while it waits. */
const StoredWait = z.object({ plannedMs: z.number(), bakedMs: z.number(), startMs: z.number() });
type StoredWait = z.infer<typeof StoredWait>;

export function waitOf(step: RunStep | undefined): StoredWait | null {
  return StoredWait.safeParse(step?.output).data ?? null;
}

/** What a stage asks for, as the plan says it. */
export const PlannedWait = z.object({
  after: z.string(),
  plannedMinutes: z.number(),
  bakeMinutes: z.number(),
  window: z.object({ fromHour: z.number(), toHour: z.number() }).optional(),
});

/** The first fact of a step's evidence of that shape. */
export function factOf<T>(step: Pick<RunStep, 'evidence'>, shape: z.ZodType<T>): T | null {
  for (const { data } of readStoredEvidence(step.evidence).toReversed()) {
    const parsed = shape.safeParse(data);
    if (parsed.success) return parsed.data;
  }
  return null;
}

/** Real seconds of a step, up to now where it still runs; null before it began. */
export function tookSeconds(step: Pick<RunStep, 'startedAt' | 'endedAt'>, now: Date): number | null {
  if (!step.startedAt) return null;
  return Math.max(0, ((step.endedAt ?? now).getTime() - step.startedAt.getTime()) / 1_000);
}

export const isoOf = (ms: number): string => new Date(ms).toISOString();

/** What an apply hands on. */
export const Applied = z.object({ colour: z.string(), replicas: z.number() });

const Unreachable = z.object({ unreachable: z.literal(true) });

/** Whether the step left its Region as it was, for that did not answer. */
export const isUnreachable = ({ output }: Pick<RunStep, 'output'>): boolean =>
  Unreachable.safeParse(output).success;
