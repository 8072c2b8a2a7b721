import { isEmergencyKind, OPERATION_KINDS } from '../operation/kind.ts';
import { utcMinute } from '../time/utc.ts';
import { ACTION_KIND_WORDS, type ActionKind, actionKindOf } from './action-kinds.ts';
import { exceptionsFor, type FreezeException } from './exception.ts';

/** A freeze as it stands now: of a recurring one, its occurrence in force, else its next. */
export interface Freeze {
  id: string;
  /** What people call it: "Quarter end". */
  name: string | null;
  environment: string | null;
  region: string | null;
  actionKind: ActionKind | null;
  /** Narrower than an action kind: one kind of operation. */
  kind: string | null;
  stopTheLine: boolean;
  reason: string;
  /** Name of who set it. */
  by: string;
  startsAt: string;
  endsAt: string | null;
  /** Those that whoever asks may go through by. */
  exceptions: readonly FreezeException[];
}

export interface FreezeTarget {
  environment: string;
  regions: readonly string[];
  kind: string;
  /** Started as an emergency; absent: not. */
  emergency?: boolean;
  /** It undoes another operation, whatever its kind; absent: not. */
  putsBack?: boolean;
}

/** A freeze in force that covers the target, and what lets the target through it; null where nothing does. */
export interface Coverage {
  freeze: Freeze;
  exceptions: readonly FreezeException[] | null;
}

/** Kinds that can be frozen one by one; putting things back is frozen as a whole, by its action kind, or not at all. */
export const FREEZABLE_KINDS = OPERATION_KINDS.filter((kind) => actionKindOf(kind) !== 'rollback');

/** The freezes in force that cover the target, excepted or not, in the order given. */
export function coverageOf(freezes: readonly Freeze[], target: FreezeTarget, now: Date): Coverage[] {
  if (isExempt(target)) return [];
  return freezes
    .filter((freeze) => isInForce(freeze, now) && covers(freeze, target))
    .map((freeze) => ({
      freeze,
      exceptions: exceptionsFor(
        freeze.exceptions,
        {
          environment: target.environment,
          regions: freeze.region === null ? target.regions : [freeze.region],
          actionKind: targetActionKind(target),
        },
        now,
      ),
    }));
}

/** The freezes in force that cover the target and let it not through, in the order given. */
export function coveringFreezes(freezes: readonly Freeze[], target: FreezeTarget, now: Date): Freeze[] {
  return coverageOf(freezes, target, now).flatMap(({ freeze, exceptions }) =>
    exceptions === null ? freeze : [],
  );
}

function covers(freeze: Freeze, target: FreezeTarget): boolean {
  return (
    (freeze.environment === null || freeze.environment === target.environment) &&
    (freeze.region === null || target.regions.includes(freeze.region)) &&
    coversKind(freeze, target)
  );
}

/** Putting things back must always be possible: only a freeze that names it holds it (PRODUCT.md, idea 11). */
function coversKind({ actionKind, kind }: Freeze, target: FreezeTarget): boolean {
  const asked = targetActionKind(target);
  if (asked === 'rollback') return actionKind === 'rollback';
  return (actionKind === null || actionKind === asked) && (kind === null || kind === target.kind);
}

function targetActionKind({ kind, putsBack }: FreezeTarget): ActionKind | null {
  return putsBack === true ? 'rollback' : actionKindOf(kind);
}

/**
 * A failover or an evacuation that an operator on call started as an emergency is not frozen: a freeze is there to keep the
 * application from harm, and would keep the outage alive; whoever has to stop such a run aborts it (PRODUCT.md, ideas 10 and
 * 11). Asked for in the ordinary way, both are frozen like any other change.
 */
function isExempt({ kind, emergency }: FreezeTarget): boolean {
  return emergency === true && isEmergencyKind(kind);
}

/** The first freeze in force that covers the target and does not let it through, or undefined. */
export function blockingFreeze(
  freezes: readonly Freeze[],
  target: FreezeTarget,
  now: Date,
): Freeze | undefined {
  return coveringFreezes(freezes, target, now)[0];
}

/**
 * What a run meets at its gate: any freeze that covers it until its first step has begun, then one that stops the line.
 * `holding` is the first that holds it; `passing`, what it goes through by where none does.
 */
export function gateCoverage(
  freezes: readonly Freeze[],
  run: FreezeTarget & { begun: boolean },
  now: Date,
): { holding: Freeze | undefined; passing: FreezeException[] } {
  const met = coverageOf(freezes, run, now).filter(({ freeze }) => freeze.stopTheLine || !run.begun);
  const holding = met.find(({ exceptions }) => exceptions === null)?.freeze;
  return { holding, passing: holding ? [] : met.flatMap(({ exceptions }) => exceptions ?? []) };
}

/** What holds a run at its gate, or undefined. */
export function holdingFreeze(
  freezes: readonly Freeze[],
  run: FreezeTarget & { begun: boolean },
  now: Date,
): Freeze | undefined {
  return gateCoverage(freezes, run, now).holding;
}

export function isInForce(freeze: Pick<Freeze, 'startsAt' | 'endsAt'>, now: Date): boolean {
  const at = now.getTime();
  return Date.parse(freeze.startsAt) <= at && (freeze.endsAt === null || at < Date.parse(freeze.endsAt));
}

/** The sentence a blocked button shows: what is frozen, by which freeze, until when, who set it and why. */
export function freezeReason(
  freeze: Pick<Freeze, 'actionKind' | 'stopTheLine' | 'name' | 'endsAt' | 'by' | 'reason'>,
): string {
  const what = freeze.stopTheLine
    ? 'The line is stopped'
    : `${freeze.actionKind === null ? 'Changes' : ACTION_KIND_WORDS[freeze.actionKind]} are frozen`;
  const name = freeze.name === null ? '' : ` by “${freeze.name}”`;
  const until = freeze.endsAt === null ? 'until it is released' : `until ${utcMinute(freeze.endsAt)}`;
  return `${what}${name} ${until}, set by ${freeze.by}: ${freeze.reason}`;
}
