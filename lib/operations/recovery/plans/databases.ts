import type { Estate } from '#lib/domain/estate/estate.ts';
import type { PlannedStep, RecoveryClock } from '#lib/domain/operation/plan.ts';
import type { RpoContract } from '#lib/domain/recovery/params.ts';
import type { InstanceRef, Place } from '../input.ts';
import type { Keys, Layout, PlannedDatabase } from '../planning.ts';
import { requireRegion } from '../planning.ts';
import { DEADLINES, makeStep } from './step.ts';

/** What is done to databases. */
export function databaseSteps(estate: Estate, keys: Keys) {
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
      given: { accept: RpoContract; writesEndedAt: string | null },
    ): PlannedStep =>
      makeStep(
        {
          key: keys('declare', target.region),
          title: `What ${target.region} has of the data of ${lost}`,
          action: 'recovery.declare',
        },
        {
          region: target.region,
          input: { ...target, sourceRegion: lost, ...given },
          deadlineSeconds: DEADLINES.look,
          needsRegions: [target.region],
          precondition: `The database in ${target.region} is still a copy of the one in ${lost}.`,
          postcondition: 'What would be lost is on record, and no more than was accepted.',
        },
      ),

    fence: ({ place }: PlannedDatabase, effort: 'must' | 'best'): PlannedStep =>
      makeStep(
        {
          key: keys('fence-database', place.region),
          title: `Shut the old primary in ${place.region}`,
          action: 'recovery.fence-database',
        },
        {
          region: place.region,
          input: { ...place, ...(effort === 'best' ? { bestEffort: true } : {}) },
          deadlineSeconds: DEADLINES.fence,
          needsRegions: [place.region],
          precondition: `The VPC of ${place.region} has a security group that lets nothing in.`,
          postcondition:
            effort === 'best'
              ? 'It lets nobody in and has dropped its sessions, or it is on record that its Region does not answer.'
              : 'It lets nobody in and has dropped its sessions.',
        },
      ),

    unfence: ({ place, securityGroupIds }: PlannedDatabase, effort: 'must' | 'best'): PlannedStep =>
      makeStep(
        {
          key: keys('unfence-database', place.region),
          title: `Open the primary in ${place.region} again`,
          action: 'recovery.unfence-database',
        },
        {
          region: place.region,
          input: { ...place, securityGroupIds, ...(effort === 'best' ? { bestEffort: true } : {}) },
          deadlineSeconds: DEADLINES.fence,
          needsRegions: [place.region],
          precondition: 'Nothing was promoted.',
          postcondition: 'It has the security groups that it had before.',
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
      options: { key?: string; title?: string; irreversible?: true } = {},
    ): PlannedStep =>
      makeStep(
        {
          key: options.key ?? keys('promote', place.region),
          title: options.title ?? `Promote the database in ${place.region}`,
          action: 'recovery.promote',
        },
        {
          region: place.region,
          input: { ...place, backupRetentionDays },
          deadlineSeconds: DEADLINES.promotion,
          needsRegions: [place.region],
          ...(options.irreversible ? { irreversible: true } : {}),
          precondition: 'It is an available replica, or has been promoted already.',
          postcondition: 'RDS names no source and calls it available; the server is not in recovery.',
        },
      ),

    createReplica: (
      database: PlannedDatabase,
      source: Place,
      options: { key?: string; title?: string; effort?: 'must' | 'best'; throwaway?: true } = {},
    ): PlannedStep => {
      const { place, declaredId, multiAz, kmsKeyId, securityGroupIds } = database;
      const { region } = place;
      return makeStep(
        {
          key: options.key ?? keys('create-replica', region),
          title: options.title ?? `A new copy in ${region}`,
          action: 'recovery.create-replica',
        },
        {
          region,
          input: {
            region,
            declaredId,
            source,
            class: database.class,
            multiAz: options.throwaway ? false : multiAz,
            kmsKeyId,
            securityGroupIds,
            ...(options.throwaway ? { throwaway: true } : {}),
            ...(options.effort === 'best' ? { bestEffort: true } : {}),
          },
          deadlineSeconds: DEADLINES.copy,
          needsRegions: [region, source.region],
          precondition: 'Its source is available and keeps backups.',
          postcondition: 'It replicates, and shows a token that was committed on its source after that.',
        },
      );
    },

    parity: (
      database: PlannedDatabase,
      options: { instance?: InstanceRef; multiAz?: boolean; deletionProtection: boolean },
    ): PlannedStep => {
      const { place, multiAz, parameterGroup, backupRetentionDays } = database;
      const { region } = place;
      return makeStep(
        {
          key: keys('parity', region),
          title: `Settings of the database in ${region}`,
          action: 'recovery.parity',
        },
        {
          region,
          input: {
            region,
            instance: options.instance ?? place.instance,
            backupRetentionDays,
            multiAz: options.multiAz ?? multiAz,
            deletionProtection: options.deletionProtection,
            parameterGroup,
          },
          deadlineSeconds: DEADLINES.modification,
          needsRegions: [region],
          precondition: 'RDS has the instance available, or will.',
          postcondition: 'Backups, Multi-AZ, deletion protection and parameter group are as planned.',
        },
      );
    },

    deleteReplica: (
      place: Place,
      options: { key?: string; title?: string; replacedBy?: string },
    ): PlannedStep =>
      makeStep(
        {
          key: options.key ?? keys('delete-replica', place.region),
          title: options.title ?? `Delete the old copy in ${place.region}`,
          action: 'recovery.delete-replica',
        },
        {
          region: place.region,
          input: {
            ...place,
            ...(options.replacedBy === undefined ? {} : { replacedBy: options.replacedBy }),
          },
          deadlineSeconds: DEADLINES.modification,
          needsRegions: [place.region],
          irreversible: true,
          precondition: 'It is no primary, and what takes its place replicates.',
          postcondition: 'RDS has it no more.',
        },
      ),

    verifyRedundancy: (writer: Place, regions: readonly string[], clock?: RecoveryClock): PlannedStep =>
      makeStep(
        {
          key: keys('verify-redundancy'),
          title: 'A second copy replicates',
          action: 'recovery.verify-redundancy',
        },
        {
          region: writer.region,
          input: { writer, regions: [...regions] },
          deadlineSeconds: DEADLINES.look * 2,
          needsRegions: [writer.region],
          ...(clock === undefined ? {} : { clock }),
          precondition: 'New copies were made.',
          postcondition: 'At least one copy replicates from the writer, or it is on record that none does.',
        },
      ),

    snapshot: ({ place }: PlannedDatabase): PlannedStep =>
      makeStep(
        {
          key: keys('snapshot', place.region),
          title: `Snapshot of the old primary in ${place.region}`,
          action: 'recovery.snapshot',
        },
        {
          region: place.region,
          input: { ...place },
          deadlineSeconds: DEADLINES.snapshot,
          needsRegions: [place.region],
          precondition: 'It is shut.',
          postcondition: 'The snapshot is available.',
        },
      ),

    retire: ({ place }: PlannedDatabase): PlannedStep =>
      makeStep(
        {
          key: keys('retire', place.region),
          title: `Rename the old primary in ${place.region}`,
          action: 'recovery.retire',
        },
        {
          region: place.region,
          input: { ...place },
          deadlineSeconds: DEADLINES.promotion,
          needsRegions: [place.region],
          precondition: 'It is shut.',
          postcondition: `It has a name that says so, and ${requireRegion(estate, place.region).database.instanceId} is free.`,
        },
      ),

    salvage: (region: string, writer: Place, since: string | null): PlannedStep =>
      makeStep(
        {
          key: keys('salvage', region),
          title: `Orders that only the old primary in ${region} has`,
          action: 'recovery.salvage',
        },
        {
          region,
          input: { region, instance: { createdBy: keys('retire', region) }, writer, since },
          deadlineSeconds: DEADLINES.salvage,
          needsRegions: [region, writer.region],
          precondition: 'It is renamed, so that no shop finds it while it is read.',
          postcondition: 'Each such order is listed, and the old primary is shut.',
        },
      ),
  };
}
