import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';

/**
 * What an approval is bound to. No measured number and no time: those change by themselves. Preconditions enter as
 * classes (lag ok, capacity pre-scale), so an identical re-plan keeps its approvals (DECISIONS, Digest).
 */
export interface DigestSubject {
  kind: string;
  environment: string;
  params: unknown;
  steps: unknown;
  /** What its steps act on, each by what people call it: "hosted zone" → "Z0123". */
  resources: Record<string, string>;
  recordsHash: string;
  versions: Record<string, string | null>;
  freezes: readonly string[];
  classes: Record<string, string>;
}

/** SHA-256 of the canonical subject, hex. */
export function planDigest(subject: DigestSubject): string {
  const text = canonicalize(subject);
  if (text === undefined) throw new Error('A digest needs an object.');
  return createHash('sha256').update(text).digest('hex');
}

/** Which parts of two subjects differ, in words for the person whose approval was voided. */
export function digestDifferences(before: DigestSubject, after: DigestSubject): string[] {
  const differences: string[] = [];
  const differ = (a: unknown, b: unknown) => canonicalize(a) !== canonicalize(b);
  if (before.kind !== after.kind) differences.push('the kind of operation');
  if (before.environment !== after.environment) differences.push('the environment');
  if (differ(before.params, after.params)) differences.push('what was asked for');
  if (before.recordsHash !== after.recordsHash) differences.push('the live DNS records');
  if (differ(before.steps, after.steps)) differences.push('the steps');
  if (differ(before.freezes, after.freezes)) differences.push('the freezes in force');
  for (const region of Object.keys({ ...before.versions, ...after.versions })) {
    if (before.versions[region] !== after.versions[region]) differences.push(`the version in ${region}`);
  }
  return [
    ...differences,
    // A subject that an earlier version stored names no resources.
    ...changedWords(before.resources ?? {}, after.resources).map((words) => `the ${words}`),
    ...changedWords(before.classes, after.classes),
  ];
}

function changedWords(before: Record<string, string>, after: Record<string, string>): string[] {
  return Object.keys({ ...before, ...after })
    .filter((name) => before[name] !== after[name])
    .map((name) => `${name} (was ${before[name] ?? 'absent'}, is ${after[name] ?? 'absent'})`);
}
