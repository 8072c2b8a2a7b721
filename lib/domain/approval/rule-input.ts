import { z } from 'zod';
import { type ApprovalRule, MOST_RULES, RULE_ROLES } from './rules.ts';

/** A rule as it is given; apart from the rules, which browsers load too. */
const RuleInput = z.strictObject({
  role: z.enum(RULE_ROLES, `is not one of ${RULE_ROLES.join(', ')}`),
  count: z.int().min(1).max(9).default(1),
  perRegion: z
    .boolean()
    .default(false)
    .describe('so many in each Region of the plan, by a grant that covers that Region'),
  onCall: z
    .boolean()
    .default(false)
    .describe('counts only what is agreed to while the Region’s people are on duty (its support hours)'),
}) satisfies z.ZodType<ApprovalRule>;

export const ApprovalRules = z.array(RuleInput).max(MOST_RULES, `holds over ${MOST_RULES} rules`);
