import type { CallerRefusal } from './credentials.ts';
import type { ServiceModel, Wire } from './model.ts';
import { AwsFault } from './service.ts';

// What AWS's front door says before a service sees the call. Each protocol family has words of its own for the same thing.

const speaksJson = (wire: Wire) => wire === 'json' || wire === 'restJson' || wire === 'cbor';

/** Rate exceeded, as aws-facts part 5 and the services' models have it. */
export function throttled(model: ServiceModel, wire: Wire): AwsFault {
  if (wire === 'ec2') return new AwsFault('RequestLimitExceeded', 'Request limit exceeded.', { status: 503 });
  if (wire === 's3') return new AwsFault('SlowDown', 'Please reduce your request rate.', { status: 503 });
  if (model.faults.has('TooManyRequestsException') && model.signingName === 'kafka') {
    return new AwsFault('TooManyRequestsException', 'Too Many Requests', { status: 429 });
  }
  if (speaksJson(wire)) return new AwsFault('ThrottlingException', 'Rate exceeded', { status: 400 });
  return new AwsFault('Throttling', 'Rate exceeded', { status: 400 });
}

/** The service broke. Clients retry it. */
export function internalError(
  wire: Wire,
  message = 'The request processing has failed because of an internal error.',
): AwsFault {
  if (wire === 'ec2' || wire === 's3') return new AwsFault('InternalError', message, { status: 500 });
  if (speaksJson(wire)) return new AwsFault('InternalServerException', message, { status: 500 });
  return new AwsFault('InternalFailure', message, { status: 500 });
}

/** The key behind the signature is unknown or its session is over. */
export function badCredentials(refusal: CallerRefusal, wire: Wire): AwsFault {
  const { reason } = refusal;
  if (refusal.code === 'expired') {
    if (wire === 'ec2') return new AwsFault('RequestExpired', 'Request has expired.', { status: 400 });
    if (wire === 's3')
      return new AwsFault('ExpiredToken', 'The provided token has expired.', { status: 400 });
    return new AwsFault(speaksJson(wire) ? 'ExpiredTokenException' : 'ExpiredToken', reason, { status: 403 });
  }
  if (wire === 'ec2') {
    return new AwsFault('AuthFailure', 'AWS was not able to validate the provided access credentials', {
      status: 401,
    });
  }
  if (wire === 's3') {
    return new AwsFault(
      'InvalidAccessKeyId',
      'The AWS Access Key Id you provided does not exist in our records.',
      { status: 403 },
    );
  }
  return new AwsFault(speaksJson(wire) ? 'UnrecognizedClientException' : 'InvalidClientTokenId', reason, {
    status: 403,
  });
}

/** Signed too long ago or ahead of the gateway's clock. */
export function outOfTime(
  wire: Wire,
  times: { signedAt: string; nowIso: string; presigned: boolean },
): AwsFault {
  if (wire === 's3') {
    if (times.presigned) return new AwsFault('AccessDenied', 'Request has expired', { status: 403 });
    return new AwsFault(
      'RequestTimeTooSkewed',
      'The difference between the request time and the current time is too large.',
      { status: 403, fields: { RequestTime: times.signedAt, ServerTime: times.nowIso } },
    );
  }
  if (wire === 'ec2' || times.presigned) {
    return new AwsFault(
      'RequestExpired',
      `Request has expired: signed at ${times.signedAt}, now ${times.nowIso}.`,
      { status: 400 },
    );
  }
  const message = `Signature expired or not yet current: ${times.signedAt} is more than 5 min. from ${times.nowIso}`;
  return new AwsFault(speaksJson(wire) ? 'InvalidSignatureException' : 'SignatureDoesNotMatch', message, {
    status: 403,
  });
}

export function badSignature(wire: Wire): AwsFault {
  const message =
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.';
  if (wire === 'ec2') return new AwsFault('AuthFailure', message, { status: 401 });
  return new AwsFault(speaksJson(wire) ? 'InvalidSignatureException' : 'SignatureDoesNotMatch', message, {
    status: 403,
  });
}

/** The body is not the one whose hash the headers claim. S3 alone has a word for it. */
export function bodyNotAsSigned(wire: Wire): AwsFault {
  if (wire !== 's3') return badSignature(wire);
  return new AwsFault(
    'XAmzContentSHA256Mismatch',
    "The provided 'x-amz-content-sha256' header does not match what was computed.",
    { status: 400 },
  );
}

export function unknownOperation(wire: Wire, asked: string): AwsFault {
  if (speaksJson(wire))
    return new AwsFault('UnknownOperationException', `The operation ${asked} is not known to this service.`, {
      status: 400,
    });
  if (wire === 's3')
    return new AwsFault('MethodNotAllowed', 'The specified method is not allowed against this resource.', {
      status: 405,
    });
  return new AwsFault('InvalidAction', `The action ${asked} is not valid for this endpoint.`, {
    status: 400,
  });
}

/** The service has the operation; the lab does not. */
export function notInLab(operation: string): AwsFault {
  return new AwsFault(
    'NotImplemented',
    `The lab does not serve ${operation}. docs/lab.md lists what it serves.`,
    { status: 501 },
  );
}

export function unreadable(wire: Wire, cause: unknown): AwsFault {
  const detail = cause instanceof Error ? cause.message : String(cause);
  if (speaksJson(wire))
    return new AwsFault('SerializationException', `The request body cannot be read: ${detail}`, {
      status: 400,
    });
  if (wire === 's3')
    return new AwsFault('MalformedXML', `The XML you provided cannot be read: ${detail}`, { status: 400 });
  return new AwsFault('MalformedInput', `The request cannot be read: ${detail}`, { status: 400 });
}

/** Signed for another Region than that of the port it came in by. */
export function wrongRegion(wire: Wire, signed: string, served: string): AwsFault {
  if (wire === 's3') {
    return new AwsFault(
      'AuthorizationHeaderMalformed',
      `The authorization header is malformed; the region '${signed}' is wrong; expecting '${served}'`,
      { status: 400, fields: { Region: served } },
    );
  }
  const { code, status } = badSignature(wire);
  const message = `Credential should be scoped to a valid region, not '${signed}': this endpoint is in ${served}.`;
  return new AwsFault(code, message, { status });
}
