import canonicalize from 'canonicalize';

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
  verb: string;
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

/** The same value with U+FFFD for what no PostgreSQL text can hold: NUL and halves of surrogate pairs. */
function storable(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed().replaceAll('\0', '\ufffd');
  if (Array.isArray(value)) return value.map(storable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [storable(key), storable(field)]));
}
