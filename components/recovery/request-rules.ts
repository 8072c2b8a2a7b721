import { formatAge } from '#components/ui/format.ts';
import { proofBlocker } from '#components/ui/proof-model.ts';
import type { RpoContract } from '#lib/domain/recovery/params.ts';
import type { RequestInput, RequestModel, RpoOffer } from './request-model.ts';

/** What has been entered so far. */
export interface Draft {
  accepted: readonly string[];
  /** The bound as it stood when it was ticked, and the plan with just that bound: its digest, and its shape. */
  rpo: RpoContract | null;
  rpoDigest: string;
  rpoShape: string;
  typed: string;
  reason: string;
  /** Findings typed to override them, as written. */
  override: string;
  /** Never kept anywhere. */
  password: string;
}

export const EMPTY_DRAFT: Draft = {
  accepted: [],
  rpo: null,
  rpoDigest: '',
  rpoShape: '',
  typed: '',
  reason: '',
  override: '',
  password: '',
};

/** Whether more may be lost now than was accepted. A number that is not known any more counts as more. */
export function isWorse(accepted: RpoContract, now: RpoContract): boolean {
  if (now.seconds > accepted.seconds) return true;
  if (accepted.bytes === null) return false;
  return now.bytes === null || now.bytes > accepted.bytes;
}

type RpoState = 'none' | 'open' | 'accepted' | 'worse' | 'stale';

/** Whether the bound was accepted for another plan than is asked for now: then it is to be accepted again. */
export function isAnotherPlan(model: RequestModel, draft: Draft): boolean {
  return draft.rpo !== null && draft.rpoShape !== model.shape;
}

const acceptedBound = (model: RequestModel, draft: Draft): RpoContract | null =>
  isAnotherPlan(model, draft) ? null : draft.rpo;

/** How the acceptance of the bound stands. */
export function rpoState(offer: RpoOffer | null, accepted: RpoContract | null, nowMs: number): RpoState {
  if (offer === null) return 'none';
  const age = (nowMs - Date.parse(offer.bound.measuredAt)) / 1000;
  if (offer.withinSeconds !== null && age > offer.withinSeconds) return 'stale';
  if (accepted === null) return 'open';
  return isWorse(accepted, offer.bound) ? 'worse' : 'accepted';
}

/** Findings that are named in what was typed, in the order they were asked for. */
export function overridden(wanted: readonly string[], typed: string): readonly string[] {
  const words = new Set(typed.toUpperCase().split(/[\s,;]+/));
  return wanted.filter((id) => words.has(id.toUpperCase()));
}

const RPO_REASON: Record<Exclude<RpoState, 'none' | 'accepted'>, (offer: RpoOffer | null) => string> = {
  open: () => 'Accept what may be lost, in part 3.',
  worse: () => 'More may be lost now than you accepted. Accept the new numbers.',
  stale: (offer) =>
    `What may be lost was measured longer than ${formatAge(offer?.withinSeconds ?? 0)} ago. Unknown is not safe: wait for a measurement.`,
};

function missing(model: RequestModel, draft: Draft, nowMs: number): string | undefined {
  const rpo = rpoState(model.rpo, acceptedBound(model, draft), nowMs);
  if (rpo !== 'none' && rpo !== 'accepted') return RPO_REASON[rpo](model.rpo);
  if (draft.reason.trim() === '') return 'Write a reason first.';
  if (model.typed !== null && draft.typed.trim() !== model.typed.name)
    return `Type ${model.typed.name} first.`;
  return proofBlocker(model.proof, draft.password, nowMs);
}

/** The first rule that keeps the request from being made; it stands beside the buttons. */
export function requestBlocker(model: RequestModel, draft: Draft, nowMs: number): string | undefined {
  if (!model.permission.allowed) return model.permission.reason;
  if (model.refusal !== null) return model.refusal;
  if (model.checks.some(({ id, accept }) => accept !== undefined && !draft.accepted.includes(id)))
    return 'Accept what part 2 asks for, or ask for something else.';
  return missing(model, draft, nowMs);
}

/** The first rule that keeps the emergency from starting. Checks never do: their findings are typed to override them. */
export function emergencyBlocker(model: RequestModel, draft: Draft, nowMs: number): string | undefined {
  const { emergency } = model;
  if (emergency === null)
    return 'Only what brings the application out of an outage may start as an emergency.';
  if (!emergency.permission.allowed) return emergency.permission.reason;
  const left = emergency.override.filter(
    (id) => !overridden(emergency.override, draft.override).includes(id),
  );
  if (left.length > 0) return `Type ${left.join(' ')} to start although it is refused.`;
  return missing(model, draft, nowMs);
}

/** What the verb is asked for. */
export function inputOf(model: RequestModel, draft: Draft): RequestInput {
  return {
    kind: model.kind,
    params: model.params,
    accepted: draft.accepted,
    rpo: model.rpo === null ? null : draft.rpo,
    overridden: overridden(model.emergency?.override ?? [], draft.override),
    reason: draft.reason.trim(),
    // What is measured goes on changing, and the bound is part of the plan: asked for is the plan that was accepted.
    digest: model.rpo === null || draft.rpo === null ? model.digest : draft.rpoDigest,
    confirm: draft.typed.trim(),
    password: draft.password,
  };
}

/** What is asked for, so that what was typed for one thing is never used for another. */
export function requestKey({ kind, environment, params }: RequestModel): string {
  return JSON.stringify([environment, kind, Object.entries(params).toSorted()]);
}

/** A draft that was kept while its person was at the identity provider: as it was, without the password. */
export function readDraft(kept: unknown): Draft | null {
  if (typeof kept !== 'object' || kept === null) return null;
  return { ...EMPTY_DRAFT, ...kept, password: '' };
}
