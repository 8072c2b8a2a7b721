import { lossOf } from '#lib/domain/recovery/loss.ts';
import type { RecoveryKind } from '#lib/domain/recovery/params.ts';
import { listOf, shareWords } from '#lib/domain/recovery/words.ts';
import type { Situation } from '../../recovery/situation.ts';
import type { PlanChange } from './planner.ts';
import type { Asked } from './recovery-checks.ts';

/** What will be another way afterwards, in words; what stays as it is is not said. */
export function recoveryChanges(
  situation: Situation,
  asked: Asked,
  connects: readonly string[],
): PlanChange[] {
  return CHANGES[asked.kind](situation, asked, connects);
}

type Changes = (situation: Situation, asked: Asked, connects: readonly string[]) => PlanChange[];

const CHANGES: Record<RecoveryKind, Changes> = {
  failover: (situation, asked) => [
    orders(situation, asked),
    {
      label: `Database of ${asked.left}`,
      before: 'primary',
      after: 'fenced as soon as it answers, kept for salvage',
    },
    ...copies(situation, asked, asked.left),
    ...shares(situation, asked),
  ],
  switchover: (situation, asked) => [
    orders(situation, asked),
    {
      label: 'Placing orders',
      before: 'possible',
      after: 'answered with “try again shortly” while the writer moves, then possible',
    },
    {
      label: `Database of ${situation.topology.writer ?? 'the writer'}`,
      before: 'primary',
      after: `renamed and kept; a new replica of ${asked.target} in its place`,
    },
    ...copies(situation, asked, situation.topology.writer),
  ],
  failback: (situation, asked) => [
    ...CHANGES.switchover(situation, { ...asked, target: asked.restored }, []),
    { label: `Readers of ${asked.restored}`, before: 'as they are', after: `served by ${asked.restored}` },
  ],
  evacuate: (situation, asked) => [
    {
      label: asked.left ?? '',
      before: 'in DNS while its health check passes',
      after: 'kept out of DNS until its readers are let back',
    },
    ...shares(situation, asked),
  ],
  return: (_, { restored }) => [
    { label: restored ?? '', before: 'kept out of DNS', after: 'in DNS while its health check passes' },
  ],
  rebuild: (situation, { restored }) => [
    {
      label: `Database of ${restored}`,
      before: databaseWords(situation, restored),
      after: `a replica of ${situation.topology.writer ?? 'the writer'}; what stood there is shut, renamed and kept`,
    },
  ],
  drill: () => [{ label: 'Estate', before: 'as it is', after: 'as it is, once the drill has ended' }],
  'prepare-switch': (_, { restored }) => [
    {
      label: `Records of ${restored}`,
      before: 'answered while its health check passes',
      after: 'answered while its health check passes and no peer has switched it off',
    },
  ],
  'connect-regions': (_, __, connects) => [
    { label: listOf(connects), before: 'no way to each other', after: 'a peering, and routes on both sides' },
  ],
};

function orders({ topology }: Situation, { target }: Asked): PlanChange {
  return {
    label: 'Orders',
    before: topology.writer ? `written in ${topology.writer}` : 'written nowhere',
    after: `written in ${target}`,
  };
}

/** Replicas of the others, which follow the new writer. */
function copies({ outlook }: Situation, { target }: Asked, former: string | null): PlanChange[] {
  return outlook.environment.regions
    .filter((code) => code !== target && code !== former)
    .map((code) => ({
      label: `Database of ${code}`,
      before: `replica of ${former ?? 'the writer'}`,
      after: `a new replica of ${target}`,
    }));
}

function shares({ outlook }: Situation, { left }: Asked): PlanChange[] {
  if (left === null) return [];
  const { sharesBefore, sharesAfter } = lossOf(outlook, [left]);
  return outlook.environment.regions
    .filter((code) => Math.abs((sharesAfter[code] ?? 0) - (sharesBefore[code] ?? 0)) >= 0.0005)
    .map((code) => ({
      label: `Users of ${code}`,
      before: shareWords(sharesBefore[code] ?? 0),
      after: shareWords(sharesAfter[code] ?? 0),
    }));
}

function databaseWords({ topology }: Situation, region: string | null): string {
  const database = topology.regions.find(({ code }) => code === region)?.database;
  if (!database) return 'none that is in service';
  const { role, replication, instanceId } = database;
  return role === 'primary'
    ? `${instanceId}, a primary`
    : `${instanceId}, a replica: ${replication ?? 'state not known'}`;
}
