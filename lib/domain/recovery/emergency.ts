import type { Permission } from '../access/access.ts';
import { type Freeze, freezeReason, isInForce } from '../freeze/freeze.ts';
import { isEmergencyKind } from '../operation/kind.ts';
import type { Detection } from './detection.ts';
import type { Outlook } from './facts.ts';
import { sinkingShip } from './home.ts';
import type { Target } from './targets.ts';
import { writerOf } from './topology.ts';
import type { Verdict } from './verdict.ts';
import { sentence } from './words.ts';

/** Something that would stop the run in the ordinary way; an emergency goes on when its id is typed. */
export interface Block {
  id: string;
  message: string;
  source: string;
}

export interface EmergencyQuestion {
  kind: string;
  /** The Region that is left. */
  lost: string;
  /** Region that is to take the writes; null for an evacuation. */
  target: Target | null;
  detection: Detection | null;
  /** Findings of the readiness matrix for this scenario, by their ids. */
  readiness: readonly { id: string; verdict: Verdict; message: string; source: string }[];
}

/**
 * Everything that an emergency of this kind would have to override, each with the id to be typed. Readiness never blocks an
 * emergency, and nobody overrides what they have not read (DECISIONS, Estate, lab and safety). Warnings and unknowns are
 * shown and need no word.
 */
export function emergencyBlocks(outlook: Outlook, question: EmergencyQuestion): Block[] {
  const { readiness, target, lost } = question;
  const ship = sinkingShip(outlook.facts.home, lost);
  return [
    ...(ship ? [ship] : []),
    ...stillServing(question),
    ...splitBrain(outlook, question),
    ...namedFreezes(outlook, question),
    ...(target?.verdict === 'blocked' ? targetBlocks(target) : []),
    ...readiness
      .filter(({ verdict }) => verdict === 'blocked')
      .map(({ id, message, source }) => ({ id, message, source })),
  ];
}

/** A failover may lose orders; a Region that serves is left by a switchover, which loses none. */
function stillServing({ kind, lost, detection }: EmergencyQuestion): Block[] {
  const seen = detection?.regions.find(({ region }) => region === lost);
  if (kind !== 'failover' || seen?.state !== 'serving') return [];
  return [
    {
      id: 'still-serving',
      message: `${seen.reason} A failover loses what is not yet replicated; a switchover loses nothing.`,
      source: '2.5',
    },
  ];
}

function splitBrain(outlook: Outlook, { kind }: EmergencyQuestion): Block[] {
  const writer = writerOf(outlook);
  if (kind !== 'failover' || writer.kind !== 'several') return [];
  return [
    { id: 'split-brain', message: `${writer.message} A promotion would make one more.`, source: 'B-20' },
  ];
}

/** An emergency is not frozen (freeze.ts); a freeze that names its very kind, or failovers as such, was meant for it, and is read before it is passed. */
function namedFreezes(outlook: Outlook, { kind, lost, target }: EmergencyQuestion): Block[] {
  const { facts, environment } = outlook;
  const regions = [lost, ...(target ? [target.region] : [])];
  const covers = (freeze: Freeze) =>
    namesKind(freeze, kind) &&
    isInForce(freeze, facts.now) &&
    (freeze.environment === null || freeze.environment === environment.name) &&
    (freeze.region === null || regions.includes(freeze.region));
  return facts.freezes.filter(covers).map((freeze) => ({
    id: freeze.id,
    message: sentence(freezeReason(freeze)),
    source: 'PRODUCT.md, idea 11',
  }));
}

function namesKind(freeze: Freeze, kind: string): boolean {
  if (freeze.kind !== null) return freeze.kind === kind;
  return kind === 'failover' && freeze.actionKind === 'failover';
}

function targetBlocks({ region, reasons }: Target): Block[] {
  return reasons
    .filter(({ verdict, code }) => verdict === 'blocked' || (verdict === 'unknown' && code === 'replica'))
    .map(({ code, message, source }) => ({ id: `${code}-${region}`, message, source }));
}

export type EmergencyVerdict =
  | { allowed: true; overrides: string[]; opensReviewDebt: true }
  | { allowed: false; code: string; reason: string; missing: Block[] };

/**
 * Whether somebody may start this at once. The grant `operation.emergency` in the Regions it touches is what says that they
 * are on call; a reason is written; what stands against it is overridden by typing its id. It always opens a review debt.
 */
export function mayStartEmergency(
  outlook: Outlook,
  request: {
    kind: string;
    lost: string;
    reason: string;
    /** Of `operation.emergency` in the Regions that it touches. */
    permission: Permission;
    /** Ids as typed. */
    typed: readonly string[];
    blocks: readonly Block[];
  },
): EmergencyVerdict {
  const { kind, lost, reason, permission, typed, blocks } = request;
  if (!isEmergencyKind(kind)) {
    return no(
      'no-emergency-kind',
      `A ${kind} is no emergency: it brings nobody out of an outage. Request it, and have it approved.`,
    );
  }
  if (!permission.allowed) return no(permission.code, permission.reason);
  if (reason.trim().length < 3)
    return no('no-reason', 'An emergency is started with its reason, in three letters at least.');
  if (outlook.environment.regions.every((code) => code === lost))
    return no(
      'last-region',
      `${lost} is the only Region of ${outlook.environment.name}; there is none to go to.`,
    );
  const { holder } = outlook.facts;
  if (holder && isEmergencyKind(holder.kind) && holder.kind === kind && holder.leaves === lost)
    return no(
      'under-way',
      `${holder.id} is doing this already. Follow it, or take it over; starting it twice would stop it.`,
    );
  const missing = blocks.filter(({ id }) => !typed.includes(id));
  const [first] = missing;
  if (first) {
    const more =
      missing.length > 1
        ? ` ${missing.length - 1} more ${missing.length === 2 ? 'stands' : 'stand'} against it.`
        : '';
    return no(
      'override-needed',
      `${first.message} Type ${first.id} to go on in spite of it.${more}`,
      missing,
    );
  }
  return { allowed: true, overrides: blocks.map(({ id }) => id), opensReviewDebt: true };
}

/** What happens to the operation that holds the environment, as a sentence for the button; null when nothing holds it. */
export function preemptionWords({ facts: { holder } }: Outlook): string | null {
  if (!holder) return null;
  return `${holder.id}, ${holder.title}, holds the environment: it is asked to stop at its next gate, gets 30 s, and is then superseded. What puts it back is offered as an operation of its own, unless something irreversible was begun.`;
}

function no(code: string, reason: string, missing: Block[] = []): EmergencyVerdict {
  return { allowed: false, code, reason, missing };
}
