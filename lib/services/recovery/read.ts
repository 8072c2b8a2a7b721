import { z } from 'zod';
import { type DetectionTime, detectionTime } from '#lib/domain/recovery/detection.ts';
import type { Readiness, ReadinessSummary } from '#lib/domain/recovery/readiness.ts';
import { rankTargets, type Target } from '#lib/domain/recovery/targets.ts';
import { type Writer, writerOf } from '#lib/domain/recovery/topology.ts';
import type { Verdict } from '#lib/domain/recovery/verdict.ts';
import type { VerbContext } from '../context.ts';
import { assertPermitted } from '../verb.ts';
import { downSince, readinessOf, readSituation, type Situation } from './situation.ts';
import { findWatch } from './watch.ts';

/** What is going on: who takes the orders, who is seen failing since when and by whom. */
export interface RecoveryStatus extends Situation {
  environment: string;
  writer: Writer;
  /** How long it takes to notice the loss of each Region. */
  detectionTimes: { region: string; time: DetectionTime }[];
}

export async function readRecoveryStatus(context: VerbContext, environment: string): Promise<RecoveryStatus> {
  assertPermitted(context, 'read', {});
  return statusOf(await readSituation(context, environment));
}

export function statusOf(situation: Situation): RecoveryStatus {
  const { outlook } = situation;
  return {
    ...situation,
    environment: outlook.environment.name,
    writer: writerOf(outlook),
    detectionTimes: outlook.environment.regions.map((region) => ({
      region,
      time: detectionTime(outlook, region),
    })),
  };
}

/** A class of readiness that became another one. */
export interface ReadinessChange {
  scenario: string;
  check: string;
  before: Verdict | null;
  after: Verdict;
  message: string;
  at: Date;
}

export interface RecoveryReadiness extends RecoveryStatus {
  readiness: Readiness;
  /** Best first, for each Region that may be lost. */
  rankings: { lost: string; targets: Target[] }[];
  /** When the elected worker last evaluated it; what is read here is evaluated anew. */
  evaluatedAt: Date | null;
  /** The newest first. */
  changes: ReadinessChange[];
}

const CHANGES_SHOWN = 50;

/** The readiness matrix as it stands now, with who could take over from whom and why. */
export async function readRecoveryReadiness(
  context: VerbContext,
  environment: string,
): Promise<RecoveryReadiness> {
  assertPermitted(context, 'read', {});
  const situation = await readSituation(context, environment);
  const changes = await context.database.prisma.readinessChange.findMany({
    where: { environment },
    orderBy: [{ at: 'desc' }, { id: 'desc' }],
    take: CHANGES_SHOWN,
  });
  return {
    ...statusOf(situation),
    readiness: readinessOf(situation),
    rankings: rankingsOf(situation),
    evaluatedAt: await findEvaluatedAt(context, environment),
    changes: changes.map(({ scenario, checkCode, before, after, message, at }) => ({
      scenario,
      check: checkCode,
      before: before as Verdict | null,
      after: after as Verdict,
      message,
      at,
    })),
  };
}

export function rankingsOf({ outlook, detection }: Situation): RecoveryReadiness['rankings'] {
  return outlook.environment.regions.map((lost) => ({
    lost,
    targets: rankTargets(outlook, [lost], { writesEndedAt: downSince(detection, lost) }),
  }));
}

const StoredSummary = z.object({
  scenarios: z.number(),
  blocked: z.number(),
  unknown: z.number(),
  warnings: z.number(),
  worst: z.string().nullable(),
}) satisfies z.ZodType<ReadinessSummary>;

/** Readiness in a line, as the elected worker last evaluated it, and when that was; null where none ever did. */
export async function findReadinessSummary(
  context: VerbContext,
  environment: string,
): Promise<{ summary: ReadinessSummary; at: Date } | null> {
  assertPermitted(context, 'read', {});
  const watch = await findWatch(context, environment);
  const summary = StoredSummary.safeParse(watch?.summary);
  return watch?.evaluatedAt && summary.success ? { summary: summary.data, at: watch.evaluatedAt } : null;
}

/** When the elected worker last evaluated readiness; null where none ever did. */
export async function findEvaluatedAt(context: VerbContext, environment: string): Promise<Date | null> {
  assertPermitted(context, 'read', {});
  const watch = await findWatch(context, environment);
  return watch?.evaluatedAt ?? null;
}
