import type { Route } from 'next';
import type { ActionResult, Check, Permission, SignInAgain } from '#components/ui/model.ts';
import type { ProofNeed } from '#components/ui/proof-model.ts';
import type { RecoveryKind, RpoContract } from '#lib/domain/recovery/params.ts';

/** What may be lost at most, as it was measured, offered for acceptance. */
export interface RpoOffer {
  bound: RpoContract;
  /** "before the loss", "now" */
  when: string;
  /** Measured anew while the target still hears the writer: older than this it cannot be accepted. Null once it is final. */
  withinSeconds: number | null;
  /** How many orders the bound is at the rate of that moment; null where nothing says. */
  orders: number | null;
  ordersPerSecond: number | null;
  /** The newest that the target has; its Region where the order says. */
  lastOrder: { id: string; region: string | null; at: string } | null;
}

/** One choice of what is asked for. Each value is an address: the server plans it anew. */
export interface RequestChoice {
  name: string;
  label: string;
  value: string;
  options: readonly { value: string; label: string; href: Route }[];
  hint?: string;
}

/** A recovery operation before it is requested: the three parts of every dangerous act. */
export interface RequestModel {
  kind: RecoveryKind;
  /** As the verb takes them; the bound that is accepted is added. */
  params: Readonly<Record<string, string>>;
  environment: string;
  /** "Switch over to eu-west-1" */
  title: string;
  /** "planned, no order is lost" */
  note: string;
  choices: readonly RequestChoice[];
  changes: readonly { label: string; before: string; after: string; same?: boolean }[];
  changeNote?: string;
  plan: { steps: number; irreversible: string | null; href: Route; typicalSeconds: number | null };
  checks: readonly (Check & { /** What the requester ticks to accept it. */ accept?: string })[];
  rpo: RpoOffer | null;
  /** The name to type, where a step cannot be undone. */
  typed: { name: string; why: string } | null;
  /** Who asks shows again who they are, where a step cannot be undone. */
  proof: ProofNeed | null;
  price: { lines: readonly { label: string; monthlyDollars: number }[]; monthlyDollars: number };
  agreement: { rule: string; candidates: string; expires: string };
  permission: Permission;
  /** Set when it cannot be requested, whatever is accepted. */
  refusal: string | null;
  emergency: EmergencyOffer | null;
  digest: string;
  /** Of the plan without the bound that is offered: while it stays, another measurement is no other plan. */
  shape: string;
  /** The address that asks for just this, whatever is recommended meanwhile; null where the page's own does. */
  keepHref: Route | null;
}

/** Starting at once, with a debt instead of an approval. */
export interface EmergencyOffer {
  permission: Permission;
  /** "Opens a review debt: until a second person has reviewed it by 24 Nov 09:41 UTC, your normal changes are held." */
  debt: string;
  /** Ids of findings that refuse it; typed, they are overridden. Readiness never blocks an emergency. */
  override: readonly string[];
}

export interface RequestInput {
  kind: RecoveryKind;
  params: Readonly<Record<string, string>>;
  /** Ids of the checks accepted by tick. */
  accepted: readonly string[];
  rpo: RpoContract | null;
  /** Ids of findings that an emergency overrides. */
  overridden: readonly string[];
  reason: string;
  digest: string;
  /** What was typed, where a step cannot be undone. */
  confirm: string;
  /** Empty while the last proof counts. */
  password: string;
}

export interface RequestActions {
  /** The digest is the one shown: a plan that has changed since is refused. */
  request: (input: RequestInput) => Promise<ActionResult>;
  /** Declares an emergency and starts at once. */
  declare: (input: RequestInput) => Promise<ActionResult>;
  signInAgain: SignInAgain;
}
