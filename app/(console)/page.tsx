import type { Metadata } from 'next';
import { OverviewView } from '#components/overview/overview-view.tsx';
import { pageContext } from '#lib/web/session.ts';
import { pageSituation } from '#lib/web/situation.ts';
import { within } from './_models/common.ts';
import { overviewModel } from './_models/overview.ts';
import { environmentOf } from './_models/query.ts';
import { stopTheLineAction } from './actions.ts';

export const metadata: Metadata = { title: 'Overview' };

export default async function OverviewPage({ searchParams }: PageProps<'/'>) {
  const context = await pageContext();
  const environment = environmentOf(await searchParams, context.estate);
  const here = within(context.estate, environment);
  const situation = await pageSituation(environment);
  const overview = await overviewModel({ context, situation, environment, here });
  return (
    <OverviewView overview={overview} actions={{ stopTheLine: stopTheLineAction.bind(null, environment) }} />
  );
}
