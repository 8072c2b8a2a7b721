import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { DecideView } from '#components/recovery/decide-view.tsx';
import { routes } from '#lib/routes.ts';
import { pageContext } from '#lib/web/session.ts';
import { pageSituation } from '#lib/web/situation.ts';
import { signInAgainAction } from '../../../(auth)/sign-in/actions.ts';
import { within } from '../../_models/common.ts';
import { environmentOf, one } from '../../_models/query.ts';
import { decideModel } from '../../_models/recovery/decide.ts';
import { declareEmergencyAction, requestRecoveryAction } from '../actions.ts';

export const metadata: Metadata = { title: 'Decide' };

export default async function DecidePage({ searchParams }: PageProps<'/recovery/decide'>) {
  const params = await searchParams;
  const context = await pageContext();
  const environment = environmentOf(params, context.estate);
  const here = within(context.estate, environment);
  const situation = await pageSituation(environment);
  const lost = situation.outlook.environment.regions.find((code) => code === one(params, 'lost'));
  if (lost === undefined) redirect(routes.recovery(here));
  const decide = await decideModel(
    { context, situation, environment, here },
    { lost, option: one(params, 'option'), target: one(params, 'target') },
  );
  return (
    <DecideView
      decide={decide}
      actions={{
        request: requestRecoveryAction.bind(null, environment),
        declare: declareEmergencyAction.bind(null, environment),
        signInAgain: signInAgainAction,
      }}
    />
  );
}
