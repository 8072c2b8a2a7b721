import type { Metadata } from 'next';
import { RecentSwitch } from '#components/deployments/pipeline-recent.tsx';
import { RegionView } from '#components/region/region-view.tsx';
import { pageContext } from '#lib/web/session.ts';
import { pageSituation } from '#lib/web/situation.ts';
import { within } from '../../_models/common.ts';
import { orNotFound } from '../../_models/or-not-found.ts';
import { environmentOf, rangeOf } from '../../_models/query.ts';
import { regionModel } from '../../_models/region.ts';
import { recentOffer } from '../../_models/rollback-offer.ts';
import { previewRollbackAction, rollBackAction } from '../../deployment-actions.ts';

export async function generateMetadata({ params }: PageProps<'/regions/[code]'>): Promise<Metadata> {
  return { title: (await params).code };
}

export default async function RegionPage({ params, searchParams }: PageProps<'/regions/[code]'>) {
  const { code } = await params;
  const query = await searchParams;
  const context = await pageContext();
  const environment = environmentOf(query, context.estate);
  const situation = await pageSituation(environment);
  const here = within(context.estate, environment);
  const region = await orNotFound(
    regionModel({ context, situation, environment, here }, code, rangeOf(query, context.now)),
  );
  const recent = await recentOffer(context, { environment, region: code });
  return (
    <>
      {recent === null ? null : (
        <RecentSwitch
          offer={recent}
          actions={{ preview: previewRollbackAction, rollBack: rollBackAction }}
          region={code}
        />
      )}
      <RegionView region={region} />
    </>
  );
}
