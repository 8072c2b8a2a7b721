import type { PlannedStep, RecoveryClock } from '#lib/domain/operation/plan.ts';
import type { DeleteReplicaInput, InstanceRef, Place } from '../input.ts';
import type { Keys, PlannedDatabase } from '../planning.ts';
import { copySeconds, DEADLINES, makeStep } from './step.ts';

/** Copies of the writer: made, given their settings, counted, and deleted when another has taken their place. */
export function copySteps(keys: Keys) {
  return {
    createReplica: (
      database: PlannedDatabase,
      source: Place,
      options: { key?: string; title?: string; throwaway?: true } = {},
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
          },
          deadlineSeconds: copySeconds(database.storageGiB),
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
      options: {
        key?: string;
        title?: string;
        replacedBy?: string;
        compare?: DeleteReplicaInput['compare'];
        copyOf?: Place;
      },
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
            ...(options.compare === undefined ? {} : { compare: options.compare }),
            ...(options.copyOf === undefined ? {} : { copyOf: options.copyOf }),
          },
          deadlineSeconds: DEADLINES.modification,
          needsRegions: [place.region],
          irreversible: true,
          omissible: true,
          precondition: options.compare
            ? 'It is no primary, what takes its place replicates, and its orders were compared with the writer’s.'
            : 'It is no primary, and what takes its place replicates.',
          postcondition: options.compare
            ? 'RDS has it no more, and what only it had of the orders is listed; or it stays, and it is on record why.'
            : 'RDS has it no more.',
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
          omissible: true,
          ...(clock === undefined ? {} : { clock }),
          precondition: 'New copies were made.',
          postcondition: 'At least one copy replicates from the writer, or it is on record that none does.',
        },
      ),
  };
}
