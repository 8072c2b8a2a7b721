/** Fields of the input that were refused, by path (`params.weights.na`), with what is allowed. */
export type FieldProblems = Record<string, string>;

export type ErrorCode =
  | 'validation'
  | 'not-signed-in'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'refused'
  | 'throttled'
  | 'unavailable'
  | keyof typeof REQUEST_STATUS;

/** Requests that no verb is asked for, with their HTTP status. */
const REQUEST_STATUS = {
  malformed: 400,
  'method-not-allowed': 405,
  'too-large': 413,
  'media-type': 415,
} as const;

/**
 * A failure that people and programs may see: `message` says what was attempted, what stopped it and what to do next.
 * `cause` is logged and never shown.
 */
export class MeridianError extends Error {
  readonly code: ErrorCode;
  readonly status: number;

  constructor(code: ErrorCode, status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
    this.status = status;
  }
}

/** Input that does not fit; `fields` names each. Made by input parsing only. */
export class ValidationError extends MeridianError {
  readonly fields: FieldProblems;

  constructor(message: string, fields: FieldProblems) {
    super('validation', 422, message);
    this.fields = fields;
  }
}

export class NotSignedInError extends MeridianError {
  constructor(message = 'You are not signed in, or the session has ended. Sign in again.') {
    super('not-signed-in', 401, message);
  }
}

export class ForbiddenError extends MeridianError {
  constructor(message: string) {
    super('forbidden', 403, message);
  }
}

export class NotFoundError extends MeridianError {
  constructor(message: string) {
    super('not-found', 404, message);
  }
}

/** A race was lost or the thing has moved on; reading again and repeating may succeed. */
export class ConflictError extends MeridianError {
  constructor(message: string, options?: ErrorOptions) {
    super('conflict', 409, message, options);
  }
}

/** A rule said no; `rule` is its stable code, the message its reason. */
export class RefusedError extends MeridianError {
  readonly rule: string;

  constructor(rule: string, message: string, options?: ErrorOptions) {
    super('refused', 409, message, options);
    this.rule = rule;
  }
}

export class ThrottledError extends MeridianError {
  readonly retryAfterSeconds: number;

  constructor(message: string, retryAfterSeconds: number) {
    super('throttled', 429, message);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** A request that cannot be read as one of the API: no JSON, too large, another method. */
export class RequestError extends MeridianError {
  constructor(code: keyof typeof REQUEST_STATUS, message: string) {
    super(code, REQUEST_STATUS[code], message);
  }
}

/** Something Meridian needs does not answer now. */
export class UnavailableError extends MeridianError {
  constructor(message: string, options?: ErrorOptions) {
    super('unavailable', 503, message, options);
  }
}
