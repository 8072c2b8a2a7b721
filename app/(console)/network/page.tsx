import type { Metadata } from 'next';
import { NetworkView } from '#components/network/network-view.tsx';
import { pageContext } from '#lib/web/session.ts';
import { pageSituation } from '#lib/web/situation.ts';
import { signInAgainAction } from '../../(auth)/sign-in/actions.ts';
import { within } from '../_models/common.ts';
import { networkModel } from '../_models/network.ts';
import { environmentOf, one } from '../_models/query.ts';
import { declareEmergencyAction, requestRecoveryAction } from '../recovery/actions.ts';

export const metadata: Metadata = { title: 'Network' };

export default async function NetworkPage({ searchParams }: PageProps<'/network'>) {
  const params = await searchParams;
  const context = await pageContext();
  const environment = environmentOf(params, context.estate);
  const here = within(context.estate, environment);
  const situation = await pageSituation(environment);
  const network = await networkModel(
    { context, situation, environment, here },
    { from: one(params, 'from'), to: one(params, 'to'), act: one(params, 'act') },
  );
  return (
    <NetworkView
      network={network}
      actions={{
        request: requestRecoveryAction.bind(null, environment),
        declare: declareEmergencyAction.bind(null, environment),
        signInAgain: signInAgainAction,
      }}
    />
  );
}
