import type { PlannedStep } from '#lib/domain/operation/plan.ts';
import type { Place } from '../input.ts';
import type { Keys, PlannedDatabase } from '../planning.ts';
import { DEADLINES, makeStep } from './step.ts';

/** A primary that is to take no orders any more: shut, kept, renamed, read; or opened again while nothing was promoted. */
export function oldPrimarySteps(keys: Keys) {
  return {
    fence: ({ place }: Pick<PlannedDatabase, 'place'>, effort: 'must' | 'best'): PlannedStep =>
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

    retire: ({ place, declaredId }: PlannedDatabase): PlannedStep =>
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
          postcondition: `It has a name that says so, and ${declaredId} is free.`,
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
