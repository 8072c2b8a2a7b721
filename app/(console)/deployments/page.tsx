import type { Metadata } from 'next';
import { DeploymentsView } from '#components/deployments/deployments-view.tsx';
import { pageContext } from '#lib/web/session.ts';
import { deploymentsModel } from '../_models/deployments/page.ts';
import { environmentOf, one } from '../_models/query.ts';
import { registerReleaseAction } from './actions.ts';

export const metadata: Metadata = { title: 'Deployments' };

export default async function DeploymentsPage({ searchParams }: PageProps<'/deployments'>) {
  const params = await searchParams;
  const context = await pageContext();
  const deployments = await deploymentsModel(context, environmentOf(params, context.estate), {
    tab: one(params, 'tab'),
    state: one(params, 'state'),
    cursor: one(params, 'cursor'),
  });
  return <DeploymentsView deployments={deployments} actions={{ register: registerReleaseAction }} />;
}
