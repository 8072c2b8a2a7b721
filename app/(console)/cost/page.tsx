import type { Metadata } from 'next';
import { CostView } from '#components/cost/cost-view.tsx';
import { pageContext } from '#lib/web/session.ts';
import { costModel } from '../_models/cost.ts';
import { environmentOf } from '../_models/query.ts';

export const metadata: Metadata = { title: 'Cost' };

export default async function CostPage({ searchParams }: PageProps<'/cost'>) {
  const context = await pageContext();
  return <CostView cost={await costModel(context, environmentOf(await searchParams, context.estate))} />;
}
