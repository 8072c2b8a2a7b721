import type { z } from 'zod';
import { type Environment, findEnvironment } from '#lib/domain/estate/estate.ts';
import type { Asker } from '#lib/domain/freeze/exception.ts';
import type { DigestSubject } from '#lib/domain/operation/digest.ts';
import type { OperationKind } from '#lib/domain/operation/kind.ts';
import type { Check, Plan, Price } from '#lib/domain/operation/plan.ts';
import type { Block } from '#lib/domain/recovery/emergency.ts';
import type { RpoContract } from '#lib/domain/recovery/params.ts';
import type { ShiftChange } from '#lib/domain/traffic/shift-facts.ts';
import { ValidationError } from '../../../errors.ts';
import type { VerbContext } from '../../context.ts';

/** One thing that a plan changes, in words for people. */
export interface PlanChange {
  /** "Orders", "Users of us-east-1" */
  label: string;
  before: string;
  after: string;
}

/** The name of what cannot be got back, and why that is to be typed. */
export interface Confirmation {
  name: string;
  why: string;
}

/** An operation as it would be carried out now: what is previewed, what a request stores and an approval binds to. */
export interface PlannedOperation {
  plan: Plan;
  checks: Check[];
  price: Price;
  digest: string;
  subject: DigestSubject;
  /** Regions that it changes: the scope of grants. */
  regions: string[];
  changes: PlanChange[];
  /** Weights and shares before and after, of a shift. */
  change: ShiftChange | null;
  /** Most points that may move this way before capacity says no, of a shift; null when all of it fits. */
  largestSafePoints: number | null;
  /** What requester and approvers accept to lose; part of the subject. */
  accepted: RpoContract | null;
  /** What is to be typed to ask for it, where a step cannot be undone; null where none is. */
  confirm: Confirmation | null;
  /** Since when users miss something, as far as is known. ISO. */
  outageAt: string | null;
  /** Who wrote what is deployed, as its release says: never among those who approve it. Absent where nothing is. */
  author?: string | null;
  /** When it starts once it may, where not at once. ISO. */
  startAt?: string | null;
  /** What an emergency has to override by name; each is a check that refuses an ordinary request. */
  blocks: readonly Block[];
}

/** `asker`: whose operation it is to be, for exceptions from freezes that are theirs. */
export type PlanningContext = Pick<
  VerbContext,
  'database' | 'estate' | 'now' | 'observations' | 'readings'
> & {
  asker?: Asker;
};

/** How an operation of one kind is planned. */
export interface Planner {
  kind: OperationKind;
  /** What may be asked for. */
  params: z.ZodType;
  /** Plans from the observations of now, without changing anything. Throws what stops it, with what to do instead. */
  planNow(context: PlanningContext, environment: string, params: unknown): Promise<PlannedOperation>;
}

/** A planner whose parameters are parsed with its schema, from a request as from what was stored of one. */
export function definePlanner<Schema extends z.ZodType>(
  kind: OperationKind,
  params: Schema,
  plan: (
    context: PlanningContext,
    environment: string,
    params: z.output<Schema>,
  ) => Promise<PlannedOperation>,
): Planner {
  return {
    kind,
    params,
    planNow: (context, environment, asked) => plan(context, environment, params.parse(asked)),
  };
}

/** The environment that was named in a request. Throws a ValidationError that lists those there are. */
export function requireNamedEnvironment({ estate }: Pick<VerbContext, 'estate'>, name: string): Environment {
  const environment = findEnvironment(estate, name);
  if (environment) return environment;
  const known = estate.environments.map((candidate) => candidate.name).join(', ');
  throw new ValidationError(`There is no environment ${name.slice(0, 40)}.`, {
    environment: `is not one of ${known}`,
  });
}
