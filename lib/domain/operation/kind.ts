/** Every kind of operation that can be run, frozen or given a policy of its own. */
export const OPERATION_KINDS = ['traffic-shift', 'traffic-revert'] as const;
export type OperationKind = (typeof OPERATION_KINDS)[number];
