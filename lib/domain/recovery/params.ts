import { z } from 'zod';

const regionCode = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'is not a Region code such as eu-west-1');

/** What the requester and the approver accept to lose at most (PRODUCT.md, idea 2). */
export const RpoContract = z.strictObject({
  /** Age of the last transaction that the target has, seconds. */
  seconds: z.number().min(0).max(86_400),
  /** Written on the lost primary and not known to be on the target; null where nothing says. */
  bytes: z.int().min(0).nullable(),
  /** When both were measured. */
  measuredAt: z.iso.datetime(),
  /** How far the target had the lost primary's log by then: bytes are judged by it later. Absent where it had not said. */
  heldLsn: z
    .string()
    .regex(/^[0-9a-f]{1,8}\/[0-9a-f]{1,8}$/i, 'is not a position such as 16/B374D848')
    .optional(),
});
export type RpoContract = z.infer<typeof RpoContract>;

/** Leaves a Region that is lost: another one takes the writes. */
export const FailoverParams = z.strictObject({
  lost: regionCode,
  target: regionCode,
  /** The bound that is accepted; a run stops before promotion when it has become worse. */
  accept: RpoContract,
});
export type FailoverParams = z.infer<typeof FailoverParams>;

/** Moves the writer to a healthy Region with no order lost. */
export const SwitchoverParams = z.strictObject({ target: regionCode });
export type SwitchoverParams = z.infer<typeof SwitchoverParams>;

/** Sends the readers of a Region elsewhere; no promotion. `return` lets them back. */
export const EvacuateParams = z.strictObject({ region: regionCode });
export type EvacuateParams = z.infer<typeof EvacuateParams>;

/** Makes the Region a replica of the present primary; what stood there is fenced, renamed and kept for salvage. */
export const RebuildParams = z.strictObject({ region: regionCode });
export type RebuildParams = z.infer<typeof RebuildParams>;

/** Rebuild where needed, readers back, then a switchover to the Region (aws-facts 2.6). Never starts by itself. */
export const FailbackParams = z.strictObject({ target: regionCode });
export type FailbackParams = z.infer<typeof FailbackParams>;

/**
 * Levels of aws-facts 2.9: `readiness` evaluates, `tabletop` tries every call that a plan would make without making it,
 * `promotion` promotes a throw-away replica, `evacuation` sends a Region's readers away and back, `switchover` moves the
 * writer and back.
 */
export const DRILL_LEVELS = ['readiness', 'tabletop', 'promotion', 'evacuation', 'switchover'] as const;
export type DrillLevel = (typeof DRILL_LEVELS)[number];
export const DrillParams = z.strictObject({ level: z.enum(DRILL_LEVELS), region: regionCode });
export type DrillParams = z.infer<typeof DrillParams>;

/** Health checks on objects in peers' buckets, made part of every weighted record of the Region (ADR 0013). */
export const PrepareSwitchParams = z.strictObject({ region: regionCode });
export type PrepareSwitchParams = z.infer<typeof PrepareSwitchParams>;

/** A peering between two Regions, with routes both ways (aws-facts B-05). */
export const ConnectRegionsParams = z.strictObject({ from: regionCode, to: regionCode });
export type ConnectRegionsParams = z.infer<typeof ConnectRegionsParams>;

/** Parameters by kind of operation. */
export const RECOVERY_PARAMS = {
  failover: FailoverParams,
  switchover: SwitchoverParams,
  evacuate: EvacuateParams,
  return: EvacuateParams,
  rebuild: RebuildParams,
  failback: FailbackParams,
  drill: DrillParams,
  'prepare-switch': PrepareSwitchParams,
  'connect-regions': ConnectRegionsParams,
} as const;
export type RecoveryKind = keyof typeof RECOVERY_PARAMS;

/** Puts back what a recovery has left that stopped half-way; never asked for by itself. */
export const RecoveryRevertParams = z.strictObject({
  reverts: z.string().regex(/^OP-\d{1,12}$/, 'is not an operation id such as OP-1001'),
});
export type RecoveryRevertParams = z.infer<typeof RecoveryRevertParams>;

/** Whether a run of that kind changes switches, groups, writer endpoints and nodes: a recovery, or what puts one back. */
export function actsAsRecovery(kind: string): boolean {
  return isRecoveryKind(kind) || kind === 'recovery-revert';
}

export function isRecoveryKind(kind: string): kind is RecoveryKind {
  return Object.hasOwn(RECOVERY_PARAMS, kind);
}
