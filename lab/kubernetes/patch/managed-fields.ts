import type { JsonObject } from '../json.ts';
import { type ManagedFieldsEntry, timestamp } from '../objects.ts';
import type { Shape } from '../schema/shape.ts';
import { changedFields, fieldSet, fromFieldsV1, toFieldsV1 } from './field-set.ts';

/** Who writes, and through which door. */
export interface Writer {
  manager: string;
  operation: 'Apply' | 'Update';
  subresource: 'status' | 'scale' | undefined;
}

export interface Ownership extends Writer {
  apiVersion: string;
  time: string;
  paths: Set<string>;
}

export const sameWriter = (a: Writer, b: Writer) =>
  a.manager === b.manager && a.operation === b.operation && a.subresource === b.subresource;

export const readOwnerships = (entries: readonly ManagedFieldsEntry[] | undefined): Ownership[] =>
  (entries ?? []).map((entry) => ({
    manager: entry.manager,
    operation: entry.operation,
    subresource:
      entry.subresource === 'status' || entry.subresource === 'scale' ? entry.subresource : undefined,
    apiVersion: entry.apiVersion,
    time: entry.time,
    paths: fromFieldsV1(entry.fieldsV1),
  }));

export const writeOwnerships = (ownerships: Ownership[]): ManagedFieldsEntry[] =>
  ownerships
    .filter((ownership) => ownership.paths.size > 0)
    .map(({ manager, operation, apiVersion, time, paths, subresource }) => ({
      manager,
      operation,
      apiVersion,
      time,
      fieldsType: 'FieldsV1',
      fieldsV1: toFieldsV1(paths),
      ...(subresource ? { subresource } : {}),
    }));

interface UpdateRecord {
  shape: Shape;
  before: JsonObject | undefined;
  after: JsonObject;
  entries: readonly ManagedFieldsEntry[] | undefined;
  writer: Writer;
  nowMs: number;
}

/** managedFields after a write that is not an apply: the writer owns what it changed, nobody owns what is gone. */
export function afterUpdate({
  shape,
  before,
  after,
  entries,
  writer,
  nowMs,
}: UpdateRecord): ManagedFieldsEntry[] {
  const now = fieldSet(shape, after);
  const changed = changedFields(before ? fieldSet(shape, before) : new Map(), now);
  const ownerships = readOwnerships(entries).map((ownership) => ({
    ...ownership,
    paths: new Set(
      [...ownership.paths].filter(
        (path) => now.has(path) && (sameWriter(ownership, writer) || !changed.includes(path)),
      ),
    ),
  }));
  if (changed.length > 0)
    claim(ownerships, { ...writer, apiVersion: String(after.apiVersion) }, changed, nowMs);
  return writeOwnerships(ownerships);
}

function claim(
  ownerships: Ownership[],
  writer: Writer & { apiVersion: string },
  paths: string[],
  nowMs: number,
) {
  const own = ownerships.find((ownership) => sameWriter(ownership, writer));
  if (!own) {
    ownerships.push({ ...writer, time: timestamp(nowMs), paths: new Set(paths) });
    return;
  }
  for (const path of paths) own.paths.add(path);
  own.time = timestamp(nowMs);
}
