/** Who asked for what a policy started: made by a migration, shut for good, and in no list of people. */
export const POLICY_PERSON_ID = '00000000-0000-4000-8000-000000000001';
