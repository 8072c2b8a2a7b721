import { createHash } from 'node:crypto';
import type { SecurityGroups } from './types.ts';

/** Groups as they are without EC2: one open group per Region, and one without any rule for fencing. */
export const groupsWithoutEc2: SecurityGroups = {
  exists: (region, id) => id === openGroup(region) || id === closedGroup(region),
  allows: (region, ids) => ids.includes(openGroup(region)),
  initial: openGroup,
  onChange: () => undefined,
};

function openGroup(region: string): string {
  return groupId(region, 'database');
}

export function closedGroup(region: string): string {
  return groupId(region, 'deny-all');
}

function groupId(region: string, purpose: string): string {
  return `sg-${createHash('sha256').update(`${region}/${purpose}`).digest('hex').slice(0, 17)}`;
}
