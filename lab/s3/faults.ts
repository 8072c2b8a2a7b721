import { AwsFault } from '#lab/wire/service.ts';
import type { BucketRecord } from './records.ts';

export const noSuchBucket = (name: string) =>
  new AwsFault('NoSuchBucket', 'The specified bucket does not exist', {
    status: 404,
    fields: { BucketName: name },
  });

export const noSuchKey = (key: string, headers: Record<string, string> = {}) =>
  new AwsFault('NoSuchKey', 'The specified key does not exist.', {
    status: 404,
    fields: { Key: key },
    headers,
  });

export const noSuchVersion = (key: string, versionId: string) =>
  new AwsFault('NoSuchVersion', 'The specified version does not exist.', {
    status: 404,
    fields: { Key: key, VersionId: versionId },
  });

/** A bucket of another Region: S3 says where it is, in the body and in a header that clients follow. */
export const permanentRedirect = ({ name, region }: BucketRecord) =>
  new AwsFault(
    'PermanentRedirect',
    'The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.',
    {
      status: 301,
      fields: { Endpoint: `${name}.s3.${region}.amazonaws.com`, Bucket: name },
      headers: { 'x-amz-bucket-region': region },
    },
  );

export const invalidArgument = (message: string, name: string, value: string) =>
  new AwsFault('InvalidArgument', message, { fields: { ArgumentName: name, ArgumentValue: value } });

export const invalidRequest = (message: string) => new AwsFault('InvalidRequest', message);

export const malformedXml = () =>
  new AwsFault(
    'MalformedXML',
    'The XML you provided was not well-formed or did not validate against our published schema',
  );

export const preconditionFailed = (condition: string) =>
  new AwsFault('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', {
    status: 412,
    fields: { Condition: condition },
  });

/** The object is as the client has it already. Without a body. */
export const notModified = (etag: string) =>
  new AwsFault('NotModified', 'Not Modified', { status: 304, headers: { etag } });
