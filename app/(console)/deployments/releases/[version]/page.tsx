import type { Metadata } from 'next';
import { ReleaseView } from '#components/deployments/release-view.tsx';
import { pageContext } from '#lib/web/session.ts';
import { releaseModel } from '../../../_models/deployments/release.ts';
import { orNotFound } from '../../../_models/or-not-found.ts';
import { environmentOf } from '../../../_models/query.ts';
import { clearReleaseAction, markBadAction } from '../../actions.ts';

export async function generateMetadata({
  params,
}: PageProps<'/deployments/releases/[version]'>): Promise<Metadata> {
  return { title: (await params).version };
}

export default async function ReleasePage({
  params,
  searchParams,
}: PageProps<'/deployments/releases/[version]'>) {
  const { version } = await params;
  const context = await pageContext();
  const environment = environmentOf(await searchParams, context.estate);
  const release = await orNotFound(releaseModel(context, environment, version));
  return <ReleaseView release={release} actions={{ markBad: markBadAction, clear: clearReleaseAction }} />;
}
