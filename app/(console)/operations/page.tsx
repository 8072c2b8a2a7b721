import type { Metadata } from 'next';
import { OperationsView } from '#components/operations/operations-view.tsx';
import { pageContext } from '#lib/web/session.ts';
import { operationsModel } from '../_models/operations.ts';
import { environmentOf, one } from '../_models/query.ts';

export const metadata: Metadata = { title: 'Operations' };

export default async function OperationsPage({ searchParams }: PageProps<'/operations'>) {
  const params = await searchParams;
  const context = await pageContext();
  const operations = await operationsModel(context, {
    environment: environmentOf(params, context.estate),
    state: one(params, 'state'),
    cursor: one(params, 'cursor'),
  });
  return <OperationsView operations={operations} />;
}
