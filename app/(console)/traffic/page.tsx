import type { Metadata } from 'next';
import { LazyComposer } from '#components/traffic/lazy-composer.tsx';
import { TrafficView } from '#components/traffic/traffic-view.tsx';
import { pageContext } from '#lib/web/session.ts';
import { pageSituation } from '#lib/web/situation.ts';
import { within } from '../_models/common.ts';
import { environmentOf, one, rangeOf } from '../_models/query.ts';
import { composerModel, trafficModel } from '../_models/traffic.ts';
import { previewShiftAction, requestShiftAction } from './actions.ts';

export const metadata: Metadata = { title: 'Traffic' };

export default async function TrafficPage({ searchParams }: PageProps<'/traffic'>) {
  const params = await searchParams;
  const context = await pageContext();
  const environment = environmentOf(params, context.estate);
  const here = within(context.estate, environment);
  const traffic = await trafficModel(context, environment, rangeOf(params, context.now));
  const mode = one(params, 'compose');
  const composer =
    mode && traffic.compose.allowed
      ? await composerModel(
          { context, environment, situation: await pageSituation(environment), here },
          {
            mode,
            region: one(params, 'region'),
            geography: one(params, 'geography'),
            revise: one(params, 'revise'),
          },
        )
      : null;
  return (
    <TrafficView
      traffic={traffic}
      composer={
        composer ? (
          <LazyComposer
            model={composer}
            actions={{
              preview: previewShiftAction.bind(null, environment),
              request: requestShiftAction.bind(null, environment),
            }}
          />
        ) : undefined
      }
    />
  );
}
