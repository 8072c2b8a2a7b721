import { z } from 'zod';
import { env } from '../../env.ts';
import { ExportAuditInput, exportAudit, streamAudit } from '../../services/audit/export.ts';
import { latestHead } from '../../services/audit/heads.ts';
import { ListAuditInput, listAudit, readAuditHead } from '../../services/audit/read.ts';
import { assertPermitted, parseInput } from '../../services/verb.ts';
import { defineRoute } from '../define-route.ts';
import { AuditHead, AuditRow } from '../schemas.ts';

export const list = defineRoute({
  method: 'GET',
  path: '/audit',
  id: 'listAudit',
  tag: 'audit',
  summary: 'Rows of the audit log, newest first',
  description:
    'Give `nextBefore` back as `before` for the page after. A verb that ends in a dot is a prefix.',
  action: 'audit.read',
  query: ListAuditInput,
  response: z.object({ items: z.array(AuditRow), nextBefore: z.string().nullable() }),
  async run(context, { query }) {
    const { rows, nextBefore } = await listAudit(context, query);
    return { items: rows, nextBefore };
  },
});

export const head = defineRoute({
  method: 'GET',
  path: '/audit/head',
  id: 'getAuditHead',
  tag: 'audit',
  summary: 'The newest row, and the head that was signed last',
  action: 'audit.read',
  query: z.strictObject({}),
  response: AuditHead,
  async run(context, { query }) {
    assertPermitted(context, 'audit.read', {});
    parseInput(z.strictObject({}), query);
    return {
      head: await readAuditHead(context.database),
      signed: await latestHead(env().MERIDIAN_DATA),
    };
  },
});

export const exportRows = defineRoute({
  method: 'GET',
  path: '/audit/export',
  id: 'exportAudit',
  tag: 'audit',
  summary: 'The audit log as CSV or JSON lines, oldest first, streamed',
  description: 'An export is itself recorded. JSON lines hold exactly what was hashed.',
  action: 'audit.export',
  query: ExportAuditInput,
  streams: ['text/csv', 'application/jsonl'],
  async run(context, { query }) {
    const asked = await exportAudit(context, query);
    return new Response(streamOf(streamAudit(context.database, asked)), {
      headers: {
        'content-type': asked.contentType,
        'content-disposition': `attachment; filename="${asked.fileName}"`,
      },
    });
  },
});

/** The parts as bytes, the next read only when the caller has taken the last: a slow one holds no rows in memory. */
function streamOf(parts: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const { value, done } = await parts.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    async cancel() {
      await parts.return(undefined);
    },
  });
}
