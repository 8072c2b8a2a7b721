import type { Prisma } from '../../data/generated/client.ts';

/** What has to be known of a person to tell whether their approval counts, and their request stands. */
export const APPROVER = {
  id: true,
  name: true,
  email: true,
  disabledAt: true,
  grants: { select: { role: true, region: true, action: true } },
} as const satisfies Prisma.PersonSelect;
export type Approver = Prisma.PersonGetPayload<{ select: typeof APPROVER }>;
