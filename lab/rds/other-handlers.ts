import type * as rds from '@aws-sdk/client-rds';
import { AwsFault, type OperationHandlers } from '#lab/wire/service.ts';
import { page } from './paging.ts';
import type { Rds } from './rds.ts';
import { describeSubnetGroup, subnetGroupsIn } from './subnet-groups.ts';

const MINUTE_MS = 60_000;
const DEFAULT_MINUTES = 60;
/** RDS keeps events for fourteen days. */
const KEPT_MS = 14 * 24 * 60 * MINUTE_MS;

export function otherHandlers({ ctx, store }: Rds): OperationHandlers<typeof rds> {
  return {
    DescribeEvents(input, call) {
      if (input.SourceIdentifier && !input.SourceType) {
        throw new AwsFault(
          'InvalidParameterCombination',
          'Cannot specify source identifier without source type',
        );
      }
      const now = ctx.clock.now();
      const until = input.EndTime?.getTime() ?? now + 1;
      const from = input.StartTime?.getTime() ?? until - (input.Duration ?? DEFAULT_MINUTES) * MINUTE_MS;
      if (from > until || from < now - KEPT_MS) {
        throw new AwsFault(
          'InvalidParameterValue',
          'The start time must be before the end time and within the last 14 days.',
        );
      }
      const kept = store.events
        .entries()
        .filter(([, event]) => event.region === call.region && event.at >= from && event.at < until)
        .filter(([, event]) => !input.SourceType || event.sourceType === input.SourceType)
        .filter(
          ([, event]) => !input.SourceIdentifier || event.sourceId === input.SourceIdentifier.toLowerCase(),
        )
        .filter(
          ([, event]) =>
            !input.EventCategories?.length ||
            input.EventCategories.some((name) => event.categories.includes(name)),
        );
      const { items, marker } = page(kept, ([id]) => id.padStart(12, '0'), input);
      return {
        Events: items.map(([, event]) => ({
          SourceIdentifier: event.sourceId,
          SourceType: event.sourceType,
          Message: event.message,
          EventCategories: event.categories,
          Date: new Date(event.at),
          SourceArn: event.sourceArn,
        })),
        Marker: marker,
      };
    },

    /** The lab's servers have nothing waiting for maintenance; a name that does not exist is still refused. */
    DescribePendingMaintenanceActions(input, call) {
      if (input.ResourceIdentifier) store.getInstance(call.region, input.ResourceIdentifier);
      return { PendingMaintenanceActions: [] };
    },

    DescribeDBSubnetGroups(input, call) {
      const all = subnetGroupsIn(ctx.estate, call.region);
      const kept = all.filter(
        (name) => !input.DBSubnetGroupName || name === input.DBSubnetGroupName.toLowerCase(),
      );
      if (input.DBSubnetGroupName && kept.length === 0) {
        throw new AwsFault(
          'DBSubnetGroupNotFoundFault',
          `DB subnet group '${input.DBSubnetGroupName}' does not exist.`,
        );
      }
      const { items, marker } = page(kept, (name) => name, input);
      return {
        DBSubnetGroups: items.map((name) => describeSubnetGroup(ctx.estate, call.region, name)),
        Marker: marker,
      };
    },
  };
}
