import type * as route53 from '@aws-sdk/client-route-53';
import type { Collection } from '#lab/kernel/state.ts';
import type { OperationHandlers } from '#lab/wire/service.ts';
import { invalidInput, noSuchHealthCheck, noSuchHostedZone } from './faults.ts';
import { bareId } from './ids.ts';

const MAX_TAGS_PER_CALL = 10;
const MAX_RESOURCES_PER_CALL = 10;

export interface TagParts {
  /** By `<type>/<id>`: tag key → value. */
  tags: Collection<Record<string, string>>;
  zoneExists(id: string): boolean;
  healthCheckExists(id: string): boolean;
}

/** Tags of hosted zones and health checks. */
export function tagHandlers({ tags, zoneExists, healthCheckExists }: TagParts) {
  /** The resource's key among the tags, or the fault for a resource that does not exist. */
  function resourceKey(type: string | undefined, resourceId: string | undefined): string {
    const id = bareId(resourceId);
    if (type === 'hostedzone' && !zoneExists(id)) throw noSuchHostedZone(id);
    if (type === 'healthcheck' && !healthCheckExists(id)) throw noSuchHealthCheck(id);
    if (type !== 'hostedzone' && type !== 'healthcheck') {
      throw invalidInput(`ResourceType must be healthcheck or hostedzone, not ${type}.`);
    }
    return `${type}/${id}`;
  }

  function describe(
    type: route53.TagResourceType | undefined,
    resourceId: string | undefined,
  ): route53.ResourceTagSet {
    const own = tags.get(resourceKey(type, resourceId)) ?? {};
    return {
      ResourceType: type,
      ResourceId: bareId(resourceId),
      Tags: Object.entries(own).map(([Key, Value]) => ({ Key, Value })),
    };
  }

  return {
    ChangeTagsForResource(input) {
      const key = resourceKey(input.ResourceType, input.ResourceId);
      const added = input.AddTags ?? [];
      const removed = input.RemoveTagKeys ?? [];
      if (added.length + removed.length === 0) throw invalidInput('AddTags or RemoveTagKeys is required.');
      if (added.length > MAX_TAGS_PER_CALL || removed.length > MAX_TAGS_PER_CALL) {
        throw invalidInput(`At most ${MAX_TAGS_PER_CALL} tags can be added or removed in a call.`);
      }
      const kept = Object.entries(tags.get(key) ?? {}).filter(([name]) => !removed.includes(name));
      const fresh = added.map(({ Key, Value }): [string, string] => {
        if (!Key || Key.length > 128) throw invalidInput('A tag key must have 1 to 128 characters.');
        return [Key, Value ?? ''];
      });
      tags.put(key, Object.fromEntries([...kept, ...fresh]));
      return {};
    },

    ListTagsForResource: (input) => ({ ResourceTagSet: describe(input.ResourceType, input.ResourceId) }),

    ListTagsForResources(input) {
      const ids = input.ResourceIds ?? [];
      if (ids.length < 1 || ids.length > MAX_RESOURCES_PER_CALL) {
        throw invalidInput(`ResourceIds must name 1 to ${MAX_RESOURCES_PER_CALL} resources.`);
      }
      return { ResourceTagSets: ids.map((id) => describe(input.ResourceType, id)) };
    },
  } satisfies OperationHandlers<typeof route53>;
}
