import type { Metadata } from 'next';
import { AuditView } from '#components/audit/audit-view.tsx';
import { auditedRead } from '#lib/web/refused-reads.ts';
import { pageContext } from '#lib/web/session.ts';
import { auditModel } from '../_models/audit.ts';
import { environmentOf, one } from '../_models/query.ts';
import { verifyAuditAction } from './actions.ts';

export const metadata: Metadata = { title: 'Audit' };

export default async function AuditPage({ searchParams }: PageProps<'/audit'>) {
  const params = await searchParams;
  const context = await pageContext();
  const wanted = {
    q: one(params, 'q'),
    action: one(params, 'action'),
    region: one(params, 'region'),
    outcome: one(params, 'outcome'),
    operation: one(params, 'operation'),
    cursor: one(params, 'cursor'),
    row: one(params, 'row'),
  };
  const audit = await auditedRead(context, '/audit', () =>
    auditModel(context, environmentOf(params, context.estate), wanted),
  );
  return <AuditView audit={audit} actions={{ verify: verifyAuditAction }} />;
}
