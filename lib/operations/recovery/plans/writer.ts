import type { PlannedStep } from '#lib/domain/operation/plan.ts';
import type { RpoContract } from '#lib/domain/recovery/params.ts';
import type { Place, PromoteInput } from '../input.ts';
import type { Keys, Layout, PlannedDatabase } from '../planning.ts';
import { DEADLINES, makeStep } from './step.ts';

/** From one writer to the next: what stands, what would be lost, whether it replicates, the promotion. */
export function writerSteps(keys: Keys) {
  return {
    recheck: (layout: Layout, regions: readonly string[]): PlannedStep => {
      const expect = regions.flatMap((code) => {
        const database = layout.databases[code];
        if (!database) return [];
        const isWriter = code === layout.writer;
        return [
          {
            ...database.place,
            role: isWriter ? 'primary' : 'replica',
            sourceRegion: isWriter ? null : layout.writer,
          },
        ];
      });
      return makeStep(
        { key: keys('recheck'), title: 'Check again that nothing has changed', action: 'recovery.recheck' },
        {
          input: { expect },
          deadlineSeconds: DEADLINES.look,
          needsRegions: expect.map(({ region }) => region),
          precondition: 'The plan was made from what the collectors saw last.',
          postcondition: 'Every database is the one the plan was made from, and the copies replicate.',
        },
      );
    },

    declare: (
      target: Place,
      lost: string,
      given: { accept: RpoContract; writesEndedAt: string | null; geographies: readonly string[] },
    ): PlannedStep =>
      makeStep(
        {
          key: keys('declare', target.region),
          title: `What ${target.region} has of the data of ${lost}`,
          action: 'recovery.declare',
        },
        {
          region: target.region,
          input: { ...target, sourceRegion: lost, ...given, geographies: [...given.geographies] },
          deadlineSeconds: DEADLINES.look,
          needsRegions: [target.region],
          precondition: `The database in ${target.region} is still a copy of the one in ${lost}.`,
          postcondition: 'What would be lost is on record, and no more than was accepted.',
        },
      ),

    verifyReplication: (writer: Place, target: Place): PlannedStep =>
      makeStep(
        {
          key: keys('verify-replication', target.region),
          title: `A row written in ${writer.region} arrives in ${target.region}`,
          action: 'recovery.verify-replication',
        },
        {
          region: target.region,
          input: { writer, target },
          deadlineSeconds: DEADLINES.look,
          needsRegions: [writer.region, target.region],
          precondition: `The database in ${target.region} replicates.`,
          postcondition:
            'A token that was just committed is on the target; nobody was kept from ordering for it.',
        },
      ),

    promote: (
      { place, backupRetentionDays }: PlannedDatabase,
      options: { key?: string; title?: string; irreversible?: true; bound?: PromoteInput['bound'] } = {},
    ): PlannedStep =>
      makeStep(
        {
          key: options.key ?? keys('promote', place.region),
          title: options.title ?? `Promote the database in ${place.region}`,
          action: 'recovery.promote',
        },
        {
          region: place.region,
          input: { ...place, backupRetentionDays, ...(options.bound ? { bound: options.bound } : {}) },
          deadlineSeconds: DEADLINES.promotion,
          needsRegions: [place.region],
          ...(options.irreversible ? { irreversible: true } : {}),
          precondition: 'It is an available replica, or has been promoted already.',
          postcondition: 'RDS names no source and calls it available; the server is not in recovery.',
        },
      ),
  };
}
