import { invalidValue } from './faults.ts';
import type { Tag } from './records.ts';

interface TagSpecification {
  ResourceType?: string;
  Tags?: { Key?: string; Value?: string }[];
}

/** Tags given at creation; they must be for the resource that is created. */
export function readTags(specifications: TagSpecification[] | undefined, resourceType: string): Tag[] {
  const wrong = specifications?.find(({ ResourceType }) => ResourceType !== resourceType);
  if (wrong) {
    throw invalidValue(
      `'${wrong.ResourceType}' is not a valid taggable resource type for this operation; it must be ${resourceType}.`,
    );
  }
  return (specifications ?? []).flatMap(({ Tags }) =>
    (Tags ?? []).map(({ Key, Value }) => {
      if (!Key || Key.length > 127 || /^aws:/i.test(Key)) {
        throw invalidValue(`Tag key '${Key ?? ''}' is invalid: 1 to 127 characters, not beginning with aws:`);
      }
      return { Key, Value: Value ?? '' };
    }),
  );
}
