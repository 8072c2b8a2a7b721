import type * as rds from '@aws-sdk/client-rds';
import { AwsFault, type OperationHandlers } from '#lab/wire/service.ts';
import { missing, parseArn } from './identifiers.ts';
import type { Rds } from './rds.ts';
import type { Tag } from './types.ts';

const MOST_TAGS = 50;
const LONGEST_KEY = 128;
const LONGEST_VALUE = 256;

export function readTags(tags: rds.Tag[] | undefined): Tag[] {
  return (tags ?? []).map(({ Key, Value = '' }) => {
    if (
      !Key ||
      Key.length > LONGEST_KEY ||
      Key.toLowerCase().startsWith('aws:') ||
      Value.length > LONGEST_VALUE
    ) {
      throw new AwsFault(
        'InvalidParameterValue',
        `Invalid tag: a key has 1 to ${LONGEST_KEY} characters and does not begin with aws:, a value at most ${LONGEST_VALUE}.`,
      );
    }
    return { Key, Value };
  });
}

interface Tagged {
  tags: Tag[];
  save(tags: Tag[]): void;
}

export function tagHandlers(parts: Rds): OperationHandlers<typeof rds> {
  const { store } = parts;

  function find(region: string, name: string | undefined): Tagged {
    if (!name) throw missing('ResourceName');
    const arn = parseArn(name);
    if (!arn) throw new AwsFault('InvalidParameterValue', `Invalid resource name: ${name.slice(0, 200)}`);
    // An ARN of another Region is unknown here, as any name is.
    if (arn.region !== region)
      throw new AwsFault(
        'InvalidParameterValue',
        `The specified resource name does not match an RDS resource in this region.`,
      );
    if (arn.kind === 'db') {
      const record = store.getInstance(region, name);
      return { tags: record.tags, save: (tags) => void store.update(record.resourceId, { tags }) };
    }
    const key = `${region}/${arn.name}`;
    if (arn.kind === 'pg') {
      const group = store.groups.get(key);
      if (!group)
        throw new AwsFault('DBParameterGroupNotFoundFault', `DBParameterGroup not found: ${arn.name}`);
      return { tags: group.tags, save: (tags) => store.groups.put(key, { ...group, tags }) };
    }
    const snapshot = store.snapshots.get(key);
    if (!snapshot) throw new AwsFault('DBSnapshotNotFoundFault', `DBSnapshot not found: ${arn.name}`);
    return { tags: snapshot.tags, save: (tags) => store.snapshots.put(key, { ...snapshot, tags }) };
  }

  return {
    ListTagsForResource: (input, call) => ({ TagList: find(call.region, input.ResourceName).tags }),

    AddTagsToResource(input, call) {
      const resource = find(call.region, input.ResourceName);
      const added = readTags(input.Tags);
      const names = new Set(added.map(({ Key }) => Key));
      const tags = [...resource.tags.filter(({ Key }) => !names.has(Key)), ...added];
      if (tags.length > MOST_TAGS) {
        throw new AwsFault(
          'InvalidParameterValue',
          `A resource has at most ${MOST_TAGS} tags; this would make ${tags.length}.`,
        );
      }
      resource.save(tags);
      return {};
    },

    RemoveTagsFromResource(input, call) {
      const resource = find(call.region, input.ResourceName);
      const removed = new Set(input.TagKeys ?? []);
      resource.save(resource.tags.filter(({ Key }) => !removed.has(Key)));
      return {};
    },
  };
}
