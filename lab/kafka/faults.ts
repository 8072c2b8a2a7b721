import { AwsFault } from '#lab/wire/service.ts';

export const notFound = (message: string, parameter: string) =>
  new AwsFault('NotFoundException', message, { fields: { InvalidParameter: parameter } });

export const badRequest = (message: string, parameter: string) =>
  new AwsFault('BadRequestException', message, { fields: { InvalidParameter: parameter } });
