import type { Metadata } from 'next';
import { NetworkView } from '#components/network/network-view.tsx';
import { pageContext } from '#lib/web/session.ts';
import { networkModel } from '../_models/network.ts';
import { environmentOf, one } from '../_models/query.ts';

export const metadata: Metadata = { title: 'Network' };

export default async function NetworkPage({ searchParams }: PageProps<'/network'>) {
  const params = await searchParams;
  const context = await pageContext();
  const network = await networkModel(context, environmentOf(params, context.estate), {
    from: one(params, 'from'),
    to: one(params, 'to'),
  });
  return <NetworkView network={network} />;
}
