import { Prisma } from './generated/client.ts';

/** SQL's null in a column of JSON, where Prisma tells it from JSON's own. */
export const DB_NULL = Prisma.DbNull;
