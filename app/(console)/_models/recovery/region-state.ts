import type { Status } from '#components/ui/model.ts';
import type { RegionDetection, RegionHealth } from '#lib/domain/recovery/detection.ts';
import { factsOf, known } from '#lib/domain/recovery/facts.ts';
import { awaitsRebuild } from '#lib/domain/recovery/returned.ts';
import { takesWrites } from '#lib/domain/recovery/topology.ts';
import { detectionOf, type Situation } from '#lib/services/recovery/situation.ts';

const HEALTH = {
  serving: { status: 'ok', word: 'Serving' },
  suspect: { status: 'warning', word: 'Suspect' },
  failing: { status: 'critical', word: 'Failing' },
  unknown: { status: 'unknown', word: 'Unknown' },
} as const satisfies Record<RegionHealth, { status: Status; word: string }>;

/** How a Region stands in the eyes of those outside it. */
interface SeenRegion {
  health: RegionHealth;
  status: Status;
  /** "Failing", "Awaits rebuild", "Unfenced" */
  word: string;
  /** Null while it serves. ISO. */
  since: string | null;
  /** "3 of 3 outside see it fail" */
  seenBy: string;
}

/** By the elected worker's last verdict, what is fenced and who takes orders. */
export function seenRegion(situation: Situation, code: string): SeenRegion {
  const seen = detectionOf(situation.detection, code);
  const health = seen?.state ?? 'unknown';
  return {
    health,
    ...wordsOf(situation, code, health),
    since: seen && health !== 'serving' ? seen.since : null,
    seenBy: seen ? seenByWords(seen) : 'nobody looks: no worker folds what is seen',
  };
}

function wordsOf(
  situation: Situation,
  code: string,
  health: RegionHealth,
): Pick<SeenRegion, 'status' | 'word'> {
  if (isSecondWriter(situation, code)) return { status: 'critical', word: 'Unfenced' };
  if (health !== 'serving' && awaitsRebuild(situation.outlook, code))
    return { status: 'held', word: 'Awaits rebuild' };
  return HEALTH[health];
}

/** Whether it takes orders beside the writer of the others. */
function isSecondWriter({ outlook, unfenced }: Situation, code: string): boolean {
  if (!unfenced.some(({ region }) => region === code)) return false;
  const database = known(outlook, 'database', factsOf(outlook.facts, code).database);
  return database.value !== null && takesWrites(database.value);
}

/** Of those that count and say something. */
function seenByWords({ state, vantages }: RegionDetection): string {
  const telling = vantages.filter(({ decisive, sees }) => decisive && sees !== 'unknown');
  if (telling.length === 0) return 'nothing outside it tells';
  const of = (...sights: string[]) => telling.filter(({ sees }) => sights.includes(sees)).length;
  const outside = `${telling.length} outside`;
  return state === 'serving' || state === 'unknown'
    ? `${of('up')} of ${outside} see it answer`
    : `${of('down', 'partly')} of ${outside} see it fail`;
}
