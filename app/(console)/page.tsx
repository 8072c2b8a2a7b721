import type { Metadata } from 'next';
import { RecentSwitch } from '#components/deployments/pipeline-recent.tsx';
import { OverviewView } from '#components/overview/overview-view.tsx';
import { pageContext } from '#lib/web/session.ts';
import { pageSituation } from '#lib/web/situation.ts';
import { within } from './_models/common.ts';
import { overviewModel } from './_models/overview.ts';
import { environmentOf } from './_models/query.ts';
import { recentOffer } from './_models/rollback-offer.ts';
import { stopTheLineAction } from './actions.ts';
import { previewRollbackAction, rollBackAction } from './deployment-actions.ts';

export const metadata: Metadata = { title: 'Overview' };

export default async function OverviewPage({ searchParams }: PageProps<'/'>) {
  const context = await pageContext();
  const environment = environmentOf(await searchParams, context.estate);
  const here = within(context.estate, environment);
  const situation = await pageSituation(environment);
  const overview = await overviewModel({ context, situation, environment, here });
  const recent = await recentOffer(context, { environment });
  return (
    <>
      {recent === null ? null : (
        <RecentSwitch offer={recent} actions={{ preview: previewRollbackAction, rollBack: rollBackAction }} />
      )}
      <OverviewView
        overview={overview}
        actions={{ stopTheLine: stopTheLineAction.bind(null, environment) }}
      />
    </>
  );
}
