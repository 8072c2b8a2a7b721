import type { Metadata } from 'next';
import { ReplicationView } from '#components/replication/replication-view.tsx';
import { pageContext } from '#lib/web/session.ts';
import { environmentOf, one, rangeOf } from '../_models/query.ts';
import { replicationModel } from '../_models/replication.ts';

export const metadata: Metadata = { title: 'Replication' };

export default async function ReplicationPage({ searchParams }: PageProps<'/replication'>) {
  const params = await searchParams;
  const context = await pageContext();
  const replication = await replicationModel(
    context,
    environmentOf(params, context.estate),
    rangeOf(params, context.now),
    one(params, 'link'),
  );
  return <ReplicationView replication={replication} />;
}
