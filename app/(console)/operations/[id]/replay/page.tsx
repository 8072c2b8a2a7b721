import type { Metadata } from 'next';
import { ReplayView } from '#components/replay/replay-view.tsx';
import { pageContext } from '#lib/web/session.ts';
import { orNotFound } from '../../../_models/or-not-found.ts';
import { one } from '../../../_models/query.ts';
import { replayModel } from '../../../_models/replay.ts';

export async function generateMetadata({ params }: PageProps<'/operations/[id]/replay'>): Promise<Metadata> {
  return { title: `Replay of ${(await params).id}` };
}

export default async function ReplayPage({ params, searchParams }: PageProps<'/operations/[id]/replay'>) {
  const { id } = await params;
  const from = Number(one(await searchParams, 'from'));
  const context = await pageContext();
  const replay = await orNotFound(replayModel(context, id));
  return <ReplayView replay={replay} {...(Number.isFinite(from) && from > 0 ? { start: from } : {})} />;
}
