import canonicalize from 'canonicalize';
import type { AuditVerb } from './verbs.ts';

export type AuditOutcome = 'done' | 'refused' | 'failed';

/** Who acted. Ids only: names are joined when the log is read, so a person's name never enters the chain. */
export interface AuditActor {
  kind: 'person' | 'token' | 'worker' | 'system' | 'local';
  /** Person id, token id, executor id, or `local:<user>@<host>`. */
  id: string;
  /** The person a token belongs to. */
  owner?: string;
}

export interface AuditEntry {
  /** Verb of the service, e.g. `operation.request`. */
  verb: AuditVerb;
  actor: AuditActor;
  outcome: AuditOutcome;
  /** What was acted on: `operation/OP-1001`, `person/…`. */
  subject?: string;
  operation?: string;
  environment?: string;
  region?: string;
  /** The rule or error code of a refusal, and its sentence. */
  rule?: string;
  message?: string;
  requestId?: string;
  via?: 'console' | 'api' | 'cli' | 'engine' | 'system';
  /** What changed, small and without secrets. */
  detail?: Record<string, unknown>;
}

/** The entry as RFC 8785 canonical JSON: the text that is hashed and stored. */
export function encodeAuditEntry(entry: AuditEntry): string {
  const text = canonicalize(storable(entry));
  if (text === undefined) throw new Error('An audit entry must be an object.');
  return text;
}

/**
 * The same value as JSON and a PostgreSQL text can hold it: U+FFFD for NUL and halves of surrogate pairs, dates as ISO
 * text, and as text what JSON has no number for. What someone did must never go unrecorded for want of an encoding.
 */
function storable(value: unknown): unknown {
  switch (typeof value) {
    case 'string':
      return value.isWellFormed() && !value.includes('\0')
        ? value
        : value.toWellFormed().replaceAll('\0', '\ufffd');
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'bigint':
    case 'symbol':
    case 'function':
      return String(value);
    case 'object':
      return value === null ? null : storableObject(value);
    default:
      return value;
  }
}

function storableObject(value: object): unknown {
  if (Array.isArray(value)) return value.map((item) => (item === undefined ? null : storable(item)));
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'not a date' : value.toISOString();
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [storable(key), storable(field)]));
}
