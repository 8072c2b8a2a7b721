import { AwsFault } from '#lab/wire/service.ts';

interface Subject {
  clusterName?: string;
  nodegroupName?: string;
}

export const notFound = (message: string, subject: Subject = {}) =>
  new AwsFault('ResourceNotFoundException', message, { fields: { ...subject } });

export const invalidParameter = (message: string, subject: Subject = {}) =>
  new AwsFault('InvalidParameterException', message, { fields: { ...subject } });

export const invalidRequest = (message: string, subject: Subject = {}) =>
  new AwsFault('InvalidRequestException', message, { fields: { ...subject } });

export const inUse = (message: string, subject: Subject) =>
  new AwsFault('ResourceInUseException', message, { fields: { ...subject } });
