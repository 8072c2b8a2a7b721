import { z } from 'zod';
import { NotFoundError } from '../../errors.ts';
import type { VerbContext } from '../context.ts';
import { encodeCursor, OperationCursor } from '../cursor.ts';
import { assertPermitted, parseInput } from '../verb.ts';
import type { ReportSummary } from './report.ts';

export const ListReportsInput = z.strictObject({
  environment: z.string().min(1).max(40),
  kind: z.string().max(40).optional(),
  cursor: OperationCursor.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(25),
});

export interface ReportListItem extends ReportSummary {
  operation: string;
  kind: string;
  state: string;
  endedAt: Date;
  sha256: string;
  /** The drill that it was or proves. */
  level: string | null;
  region: string | null;
}

/** Reports of what was recovered and drilled, newest first, a page at a time. */
export async function listReports(
  context: VerbContext,
  raw: unknown,
): Promise<{ items: ReportListItem[]; nextCursor: string | null }> {
  assertPermitted(context, 'read', {});
  const input = parseInput(ListReportsInput, raw);
  const rows = await context.database.prisma.recoveryReport.findMany({
    where: {
      environment: input.environment,
      ...(input.kind ? { kind: input.kind } : {}),
      ...(input.cursor
        ? {
            OR: [
              { endedAt: { lt: input.cursor.at } },
              { endedAt: input.cursor.at, operationId: { lt: input.cursor.id } },
            ],
          }
        : {}),
    },
    select: {
      operationId: true,
      kind: true,
      state: true,
      endedAt: true,
      sha256: true,
      level: true,
      region: true,
      summary: true,
    },
    orderBy: [{ endedAt: 'desc' }, { operationId: 'desc' }],
    take: input.limit + 1,
  });
  const page = rows.slice(0, input.limit);
  const last = page.at(-1);
  return {
    items: page.map(({ operationId, summary, ...row }) => ({
      ...row,
      operation: operationId,
      ...(summary as unknown as ReportSummary), // written by writeReport alone
    })),
    nextCursor: rows.length > input.limit && last ? encodeCursor(last.endedAt, last.operationId) : null,
  };
}

/** What these operations came to, by id; those without a report are left out. */
export async function listReportSummaries(
  context: VerbContext,
  operationIds: readonly string[],
): Promise<Map<string, ReportSummary>> {
  assertPermitted(context, 'read', {});
  if (operationIds.length === 0) return new Map();
  const rows = await context.database.prisma.recoveryReport.findMany({
    where: { operationId: { in: [...operationIds] } },
    select: { operationId: true, summary: true },
  });
  return new Map(
    rows.map(({ operationId, summary }) => [operationId, summary as unknown as ReportSummary]), // written by writeReport alone
  );
}

export const REPORT_FORMATS = ['json', 'html', 'pdf'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

const MEDIA_TYPES: Record<ReportFormat, string> = {
  json: 'application/json',
  html: 'text/html; charset=utf-8',
  pdf: 'application/pdf',
};

export interface ReportFile {
  name: string;
  mediaType: string;
  body: string | Uint8Array<ArrayBuffer>;
  sha256: string;
  signedBy: string;
  signature: string;
}

/** The report of an operation as it was written. Throws NotFoundError, which says when one is to be expected. */
export async function getReport(context: VerbContext, id: string, format: ReportFormat): Promise<ReportFile> {
  assertPermitted(context, 'read', {});
  if (!/^OP-\d{1,12}$/.test(id)) throw new NotFoundError(`There is no operation ${id.slice(0, 20)}.`);
  const row = await context.database.prisma.recoveryReport.findUnique({
    where: { operationId: id },
    select: {
      sha256: true,
      signedBy: true,
      signature: true,
      report: format === 'json',
      html: format === 'html',
      pdf: format === 'pdf',
    },
  });
  if (!row)
    throw new NotFoundError(
      `There is no report of ${id}: one is written when a recovery or a drill has ended, within seconds.`,
    );
  return {
    name: `${id}.${format}`,
    mediaType: MEDIA_TYPES[format],
    body: format === 'pdf' ? row.pdf : format === 'html' ? row.html : row.report,
    sha256: row.sha256,
    signedBy: row.signedBy,
    signature: row.signature,
  };
}
