import { z } from 'zod';
import { VERSION_PATTERN } from '../release/release.ts';

const regionCode = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'is not a Region code such as eu-west-1');
const version = z.string().regex(VERSION_PATTERN, 'is not a version such as v2.1.0');

const regions = z
  .array(regionCode)
  .min(1, 'names no Region')
  .max(100)
  .refine((codes) => new Set(codes).size === codes.length, 'names a Region twice');

/** ISO 8601 with its offset, in years that both the database and people can use. */
const instant = z.iso
  .datetime({ offset: true, error: 'is not a time such as 2026-11-23T09:00:00Z' })
  .refine((text) => !/^(0|1[0-8]|19[0-6])/.test(text), 'is before 1970');

/** When the first Region begins; `low-traffic`: each Region in the hours in which it has the fewest requests (aws-facts C-11). */
export const Schedule = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({ kind: z.literal('now') }),
    z.strictObject({ kind: z.literal('at'), at: instant }),
    z.strictObject({ kind: z.literal('low-traffic') }),
  ],
  {
    error: (issue) =>
      issue.code === 'invalid_union'
        ? 'is not { kind: now }, { kind: at, at } or { kind: low-traffic }'
        : undefined,
  },
);
export type Schedule = z.infer<typeof Schedule>;

/** The seed's bake before the next Region (L752, aws-facts C-10), minutes. */
export const USUAL_SOAK_MINUTES = 30;

/** Brings a registered release into Regions, one after the other (aws-facts 2.2). */
export const DeploymentParams = z.strictObject({
  version,
  /** In this order; absent: all of the environment's, in its order. */
  regions: regions.optional(),
  schedule: Schedule.default({ kind: 'now' }),
  soakMinutes: z.int().min(1).max(1_440).default(USUAL_SOAK_MINUTES),
  /** Why it is deployed although staging has not proven it. */
  stagingException: z.string().trim().min(3, 'says why, in three letters at least').max(500).optional(),
});
export type DeploymentParams = z.infer<typeof DeploymentParams>;

/** Puts Regions back to the version that each served before (aws-facts 2.3). */
export const RollbackParams = z.strictObject({
  /** Absent: every Region that the last deployment has switched (aws-facts C-12: the decision is one for all). */
  regions: regions.optional(),
  /** Absent: what each Region recorded. */
  to: version.optional(),
});
export type RollbackParams = z.infer<typeof RollbackParams>;
