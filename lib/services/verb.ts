import type pg from 'pg';
import type { z } from 'zod';
import { type Action, allowedByToken, permits } from '#lib/domain/access/access.ts';
import { mayUseToken } from '#lib/domain/access/proof.ts';
import type { AuditEntry } from '#lib/domain/audit/entry.ts';
import type { AuditVerb } from '#lib/domain/audit/verbs.ts';
import { announceChange, appendAudit, type ChangeTopic } from '../data/audit.ts';
import { databaseTrouble } from '../data/database.ts';
import {
  type FieldProblems,
  ForbiddenError,
  MeridianError,
  RefusedError,
  UnavailableError,
  ValidationError,
} from '../errors.ts';
import type { VerbContext } from './context.ts';

/** What the act is about, for grants and for the audit row; read from the parsed input. */
export interface VerbScope {
  environment?: string;
  regions?: readonly string[];
  /** For the audit row alone, where the verb judges by itself who may act in which Regions. */
  region?: string | undefined;
  subject?: string;
  operation?: string;
}

export interface VerbOutcome<Result> {
  result: Result;
  /** Small, without secrets; stored in the entry. */
  detail?: Record<string, unknown>;
  /** Overrides of what `scope` said, where only the run knows (a new id). */
  subject?: string;
  operation?: string;
  environment?: string;
  changes?: readonly { topic: ChangeTopic; ref: string }[];
}

export interface VerbDefinition<Schema extends z.ZodType, Result> {
  /** Name in the audit log. */
  name: AuditVerb;
  action: Action;
  input: Schema;
  scope?: (input: z.output<Schema>, context: VerbContext) => VerbScope | Promise<VerbScope>;
  /** Runs inside the verb's transaction; the audit entry is appended after it, last. */
  run: (
    context: VerbContext,
    input: z.output<Schema>,
    connection: pg.PoolClient,
  ) => Promise<VerbOutcome<Result>>;
}

export interface Verb<Schema extends z.ZodType, Result> {
  (context: VerbContext, input: unknown): Promise<Result>;
  readonly definition: VerbDefinition<Schema, Result>;
}

/**
 * A verb: permission, parse, scope, one transaction with its audit entry. A refusal is written to the audit log in a
 * transaction of its own and thrown on.
 */
export function defineVerb<Schema extends z.ZodType, Result>(
  definition: VerbDefinition<Schema, Result>,
): Verb<Schema, Result> {
  const call = async (context: VerbContext, raw: unknown): Promise<Result> => {
    let scope: VerbScope = {};
    try {
      assertPermitted(context, definition.action, {});
      const input = parseInput(definition.input, raw);
      const earlier = await context.once?.find();
      if (earlier) return earlier.answer as Result;
      scope = (await definition.scope?.(input, context)) ?? {};
      assertPermitted(context, definition.action, scope);
      return await context.database.inTransaction(async (connection) => {
        const finished = await context.once?.claim(connection);
        if (finished) return finished.answer as Result;
        const outcome = await definition.run(context, input, connection);
        await context.once?.store(connection, outcome.result);
        for (const change of outcome.changes ?? [])
          await announceChange(connection, change.topic, change.ref);
        await appendAudit(connection, {
          ...entryBase(context, definition.name, scope),
          ...definedOnly({
            subject: outcome.subject,
            operation: outcome.operation,
            environment: outcome.environment,
          }),
          outcome: 'done',
          ...(outcome.detail ? { detail: outcome.detail } : {}),
        });
        return outcome.result;
      });
    } catch (error) {
      const trouble = databaseTrouble(error);
      if (trouble) throw unavailable(trouble, error);
      await auditRefusal(context, definition.name, scope, error);
      throw error;
    }
  };
  return Object.assign(call, { definition });
}

/** What people read when the database is busy, restarting or away. */
export function unavailable(trouble: string, cause: unknown): UnavailableError {
  return new UnavailableError(
    `Nothing was done: the database is busy or restarting (${trouble}). Try again in a few seconds.`,
    { cause },
  );
}

/** Throws when the actor's grants, or the token's scopes, do not allow the action in that scope. */
export function assertPermitted(context: VerbContext, action: Action, scope: VerbScope): void {
  assertTokenCarries(context, action);
  const permission = permits(context.actor.grants, action, { regions: scope.regions ?? [] });
  if (!permission.allowed) throw new ForbiddenError(permission.reason);
}

/** Throws when the actor is a token that may not be used for that; what its owner may is not looked at. */
export function assertTokenCarries({ actor }: VerbContext, action: Action): void {
  const { tokenScopes, provedAt } = actor;
  if (!tokenScopes) return;
  if (!allowedByToken(tokenScopes, action)) {
    throw new ForbiddenError(
      `This API token does not carry the scope ${action}. Create one that does under Settings.`,
    );
  }
  const verdict = mayUseToken(action, provedAt ?? null);
  if (!verdict.allowed) throw new RefusedError(verdict.code, `Nothing was done: ${verdict.reason}`);
}

/** Parses input of any origin; throws a ValidationError that names every field. */
export function parseInput<Schema extends z.ZodType>(schema: Schema, raw: unknown): z.output<Schema> {
  const fields: FieldProblems = unstorable(raw);
  const parsed = Object.keys(fields).length === 0 ? schema.safeParse(raw) : undefined;
  if (parsed?.success) return parsed.data;
  for (const issue of parsed?.error.issues ?? []) {
    const keys = issue.code === 'unrecognized_keys' ? issue.keys : [undefined];
    for (const key of keys) {
      const path = [...issue.path, ...(key === undefined ? [] : [key])].map(String).join('.').slice(0, 200);
      fields[path] ??= issue.code === 'unrecognized_keys' ? 'is not a field here' : issue.message;
    }
  }
  const named = Object.keys(fields).filter(Boolean);
  const which = named.length > 0 ? named.slice(0, 5).join(', ') : 'the input as a whole';
  throw new ValidationError(
    `Nothing was done: ${which} ${named.length === 1 ? 'does' : 'do'} not fit.`,
    fields,
  );
}

const DEEPEST = 12;
const MOST_VALUES = 20_000;

/** Fields of any origin that no database text can hold, or that lie deeper than any input here; without recursion. */
function unstorable(raw: unknown): FieldProblems {
  const fields: FieldProblems = {};
  const open: { value: unknown; path: string; depth: number }[] = [{ value: raw, path: '', depth: 0 }];
  for (let seen = 0; seen < open.length && seen < MOST_VALUES; seen += 1) {
    const { value, path, depth } = open[seen] ?? { value: null, path: '', depth: 0 };
    if (typeof value === 'string' && !isStorable(value))
      fields[path] = 'holds a character that is no text (a NUL or half of a pair)';
    if (typeof value !== 'object' || value === null || value instanceof Date) continue;
    if (depth === DEEPEST) return { [path.slice(0, 200)]: `is nested deeper than ${DEEPEST} levels` };
    for (const [key, inner] of Object.entries(value)) {
      const at = [path, key.slice(0, 200).toWellFormed().replaceAll('\0', '\ufffd')]
        .filter(Boolean)
        .join('.');
      if (!isStorable(key)) fields[at] = 'has a name that is no text';
      open.push({ value: inner, path: at.slice(0, 200), depth: depth + 1 });
    }
  }
  return open.length > MOST_VALUES ? { '': `holds more than ${MOST_VALUES} values` } : fields;
}

function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

async function auditRefusal(
  context: VerbContext,
  verb: AuditVerb,
  scope: VerbScope,
  error: unknown,
): Promise<void> {
  if (!(error instanceof MeridianError) || error.code === 'throttled') return;
  await context.database.inTransaction(async (connection) => {
    await appendAudit(connection, {
      ...entryBase(context, verb, scope),
      outcome: 'refused',
      rule: error instanceof RefusedError ? error.rule : error.code,
      message: error.message.slice(0, 500),
      ...(error instanceof ValidationError
        ? { detail: { fields: Object.keys(error.fields).slice(0, 20) } }
        : {}),
    });
    await announceChange(connection, 'audit', verb);
  });
}

function entryBase(context: VerbContext, verb: AuditVerb, scope: VerbScope): Omit<AuditEntry, 'outcome'> {
  return {
    verb,
    actor: context.actor.audit,
    via: context.via,
    requestId: context.requestId,
    ...definedOnly({
      subject: scope.subject,
      operation: scope.operation,
      environment: scope.environment,
      region: scope.region ?? (scope.regions?.length === 1 ? scope.regions[0] : undefined),
    }),
  };
}

function definedOnly<T extends Record<string, unknown>>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
}
