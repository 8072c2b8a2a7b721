import { isEmergencyKind, OPERATION_KINDS } from '../operation/kind.ts';

export interface Freeze {
  id: string;
  environment: string | null;
  region: string | null;
  kind: string | null;
  stopTheLine: boolean;
  reason: string;
  startsAt: string;
  endsAt: string | null;
}

export interface FreezeTarget {
  environment: string;
  regions: readonly string[];
  kind: string;
  /** Started as an emergency; absent: not. */
  emergency?: boolean;
}

/** Kinds that a freeze never blocks: putting things back must always be possible (PRODUCT.md, idea 11). */
const NEVER_FROZEN: ReadonlySet<string> = new Set(['traffic-revert', 'rollback']);

/** Kinds that can be frozen; a freeze of any other would hold nothing. */
export const FREEZABLE_KINDS = OPERATION_KINDS.filter((kind) => !NEVER_FROZEN.has(kind));

/** The freezes in force that cover the target, in the order given. */
export function coveringFreezes(freezes: readonly Freeze[], target: FreezeTarget, now: Date): Freeze[] {
  if (isExempt(target)) return [];
  return freezes.filter(
    (freeze) =>
      isInForce(freeze, now) &&
      (freeze.environment === null || freeze.environment === target.environment) &&
      (freeze.kind === null || freeze.kind === target.kind) &&
      (freeze.region === null || target.regions.includes(freeze.region)),
  );
}

/**
 * Putting things back is never frozen. Nor is a failover or an evacuation that an operator on call started as an emergency: a
 * freeze is there to keep the application from harm, and would keep the outage alive; whoever has to stop such a run aborts
 * it (PRODUCT.md, ideas 10 and 11). Asked for in the ordinary way, both are frozen like any other change.
 */
function isExempt({ kind, emergency }: FreezeTarget): boolean {
  return NEVER_FROZEN.has(kind) || (emergency === true && isEmergencyKind(kind));
}

/** The first freeze in force that covers the target, or undefined. */
export function blockingFreeze(
  freezes: readonly Freeze[],
  target: FreezeTarget,
  now: Date,
): Freeze | undefined {
  return coveringFreezes(freezes, target, now)[0];
}

/** What holds a run at its gate: any freeze that covers it until its first step has begun, then one that stops the line. */
export function holdingFreeze(
  freezes: readonly Freeze[],
  run: FreezeTarget & { begun: boolean },
  now: Date,
): Freeze | undefined {
  return coveringFreezes(freezes, run, now).find(({ stopTheLine }) => stopTheLine || !run.begun);
}

export function isInForce(freeze: Pick<Freeze, 'startsAt' | 'endsAt'>, now: Date): boolean {
  const at = now.getTime();
  return Date.parse(freeze.startsAt) <= at && (freeze.endsAt === null || at < Date.parse(freeze.endsAt));
}

/** The sentence a blocked button shows. */
export function freezeReason(freeze: Freeze): string {
  const until = freeze.endsAt
    ? `until ${freeze.endsAt.slice(0, 16).replace('T', ' ')} UTC`
    : 'until it is released';
  const what = freeze.stopTheLine ? 'The line is stopped' : 'Changes are frozen';
  return `${what} ${until}: ${freeze.reason}`;
}
