import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { z } from 'zod';

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
  if (before.kind !== after.kind) differences.push('the kind of operation');
  if (before.environment !== after.environment) differences.push('the environment');
  if (differ(before.params, after.params)) differences.push('what was asked for');
  if (before.recordsHash !== after.recordsHash) differences.push('the live DNS records');
  if (differ(before.steps, after.steps)) differences.push(...stepDifferences(before.steps, after.steps));
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

const differ = (a: unknown, b: unknown) => canonicalize(a) !== canonicalize(b);

const AgreedStep = z.looseObject({
  key: z.string(),
  title: z.string(),
  input: z.record(z.string(), z.unknown()),
});
type AgreedStep = z.infer<typeof AgreedStep>;
const AgreedSteps = z.object({ steps: z.array(AgreedStep), compensation: z.array(AgreedStep) });

/** Steps that are named before the others are only counted. */
const NAMED_STEPS = 2;

/** "the step “Verify reads” (regions)", and what was added or dropped; "the steps" where only their order is another. */
function stepDifferences(before: unknown, after: unknown): string[] {
  const [agreed, found] = [AgreedSteps.safeParse(before), AgreedSteps.safeParse(after)];
  if (!agreed.success || !found.success) return ['the steps'];
  const words = (['steps', 'compensation'] as const).flatMap((part) =>
    listDifferences(agreed.data[part], found.data[part]),
  );
  if (words.length === 0) return ['the steps'];
  const more = words.length - NAMED_STEPS;
  return [
    ...words.slice(0, NAMED_STEPS),
    ...(more > 0 ? [`${more} more ${more === 1 ? 'step' : 'steps'}`] : []),
  ];
}

function listDifferences(before: readonly AgreedStep[], after: readonly AgreedStep[]): string[] {
  const find = (steps: readonly AgreedStep[], key: string) => steps.find((step) => step.key === key);
  const dropped = before.filter(({ key }) => !find(after, key));
  return [
    ...after.flatMap((step) => {
      const earlier = find(before, step.key);
      if (!earlier) return [`the step “${step.title}” (new)`];
      return differ(earlier, step) ? [`the step “${step.title}”${changedInput(earlier, step)}`] : [];
    }),
    ...dropped.map(({ title }) => `the step “${title}” (no longer needed)`),
  ];
}

function changedInput({ input: before }: AgreedStep, { input: after }: AgreedStep): string {
  const names = Object.keys({ ...before, ...after }).filter((name) => differ(before[name], after[name]));
  return names.length === 0 ? '' : ` (${names.join(', ')})`;
}

function changedWords(before: Record<string, string>, after: Record<string, string>): string[] {
  return Object.keys({ ...before, ...after })
    .filter((name) => before[name] !== after[name])
    .map((name) => `${name} (was ${before[name] ?? 'absent'}, is ${after[name] ?? 'absent'})`);
}
