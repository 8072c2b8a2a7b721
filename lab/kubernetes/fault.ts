import type { Resource } from './resources.ts';

export interface FaultCause {
  reason: string;
  message: string;
  field: string;
}

export interface FaultDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: FaultCause[];
}

/** A refusal as a Kubernetes API server words it; the server writes it as a `Status`. */
export class KubernetesFault extends Error {
  readonly code: number;
  readonly reason: string;
  readonly details: FaultDetails;

  constructor(code: number, reason: string, message: string, details: FaultDetails = {}) {
    super(message);
    this.name = 'KubernetesFault';
    this.code = code;
    this.reason = reason;
    this.details = details;
  }

  toStatus() {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: this.message,
      reason: this.reason,
      details: this.details,
      code: this.code,
    };
  }
}

const qualified = (resource: Resource) =>
  resource.group ? `${resource.plural}.${resource.group}` : resource.plural;
const subject = (resource: Resource, name: string): FaultDetails => ({
  name,
  group: resource.group,
  kind: resource.plural,
});

export const badRequest = (message: string) => new KubernetesFault(400, 'BadRequest', message);

export const notFound = (resource: Resource, name: string) =>
  new KubernetesFault(404, 'NotFound', `${qualified(resource)} "${name}" not found`, subject(resource, name));

export const noSuchPath = () =>
  new KubernetesFault(404, 'NotFound', 'the server could not find the requested resource');

export const alreadyExists = (resource: Resource, name: string) =>
  new KubernetesFault(
    409,
    'AlreadyExists',
    `${qualified(resource)} "${name}" already exists`,
    subject(resource, name),
  );

export const modified = (resource: Resource, name: string) =>
  new KubernetesFault(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualified(resource)} "${name}": the object has been modified; please apply your changes to the latest version and try again`,
    subject(resource, name),
  );

export const expired = (message: string) => new KubernetesFault(410, 'Expired', message);

export const methodNotAllowed = () =>
  new KubernetesFault(
    405,
    'MethodNotAllowed',
    'the server does not allow this method on the requested resource',
  );

export const unsupportedMediaType = (accepted: string[]) =>
  new KubernetesFault(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  );

/** 422 with its causes: kubectl prints only "is invalid" without them. */
export function invalid(resource: Resource, name: string, causes: FaultCause[]) {
  const kind = resource.group ? `${resource.kind}.${resource.group}` : resource.kind;
  const lines = causes.map((cause) => `${cause.field}: ${cause.message}`);
  const summary = lines.length === 1 ? lines[0] : `[${lines.join(', ')}]`;
  return new KubernetesFault(422, 'Invalid', `${kind} "${name}" is invalid: ${summary}`, {
    name,
    group: resource.group,
    kind: resource.kind,
    causes,
  });
}
