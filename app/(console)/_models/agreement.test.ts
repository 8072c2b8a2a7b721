import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parseEstate } from '#lib/domain/estate/estate.ts';
import type { ApprovalPreview } from '#lib/services/approvals/preview.ts';
import { agreementWords } from './agreement.ts';

const parsed = parseEstate(readFileSync('estate.yaml', 'utf8'));
if (!parsed.ok) throw new Error('estate.yaml does not parse');
const { estate } = parsed;

const requirement = (key: string, words: string, mayMeet: string[] = [], offDuty: string | null = null) => ({
  key,
  words,
  need: 1,
  have: 0,
  met: false,
  mayMeet,
  offDuty,
});
const preview = (over: Partial<ApprovalPreview>): ApprovalPreview => ({
  risk: 'ordinary',
  reasons: [],
  needed: 1,
  expiresMinutes: 600,
  requirements: [requirement('approvers', '1 approver', ['Anna', 'Bela'])],
  ...over,
});

it.each<[string, Partial<ApprovalPreview>, string, string]>([
  ['one approver', {}, 'One approver who is not you.', 'Anna and Bela may approve'],
  ['nobody', { needed: 0, requirements: [] }, 'Nobody: policy lets it start at once.', ''],
  [
    'rules and risk',
    {
      needed: 2,
      reasons: ['“Promote” cannot be undone.'],
      requirements: [requirement('approvers', '2 approvers'), requirement('role-0', '1 operator')],
    },
    '2 approvers who are not you; and 1 operator. High risk: “Promote” cannot be undone.',
    'nobody else may approve: ask an admin to grant it',
  ],
  [
    'rules alone, at night',
    {
      needed: 0,
      requirements: [requirement('region-0-eu', '1 approver of eu, on duty there', [], 'Nobody is on duty.')],
    },
    '1 approver of eu, on duty there.',
    'Nobody is on duty.',
  ],
])('says %s', (_, over, rule, candidates) => {
  expect(agreementWords({ estate }, 'staging', preview(over))).toMatchObject({ rule, candidates });
});
