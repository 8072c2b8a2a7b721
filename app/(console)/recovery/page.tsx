import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { RecoveryView } from '#components/recovery/recovery-view.tsx';
import { routes } from '#lib/routes.ts';
import { pageContext } from '#lib/web/session.ts';
import { pageSituation } from '#lib/web/situation.ts';
import { signInAgainAction } from '../../(auth)/sign-in/actions.ts';
import { within } from '../_models/common.ts';
import { environmentOf, one } from '../_models/query.ts';
import { recoveryModel } from '../_models/recovery/page.ts';
import { declareEmergencyAction, requestRecoveryAction, scheduleDrillAction } from './actions.ts';

export const metadata: Metadata = { title: 'Recovery' };

const FIELDS = [
  'tab',
  'region',
  'scenario',
  'check',
  'plan',
  'verdict',
  'cursor',
  'act',
  'target',
  'from',
  'to',
  'level',
] as const;

export default async function RecoveryPage({ searchParams }: PageProps<'/recovery'>) {
  const params = await searchParams;
  const context = await pageContext();
  const environment = environmentOf(params, context.estate);
  const here = within(context.estate, environment);
  const query = Object.fromEntries(FIELDS.map((field) => [field, one(params, field)]));
  if (query.act === 'failover')
    redirect(routes.decide({ ...here, lost: query.region, target: query.target }));
  const situation = await pageSituation(environment);
  const recovery = await recoveryModel({ context, situation, environment, here }, query);
  return (
    <RecoveryView
      recovery={recovery}
      actions={{
        request: requestRecoveryAction.bind(null, environment),
        declare: declareEmergencyAction.bind(null, environment),
        signInAgain: signInAgainAction,
        scheduleDrill: scheduleDrillAction.bind(null, environment),
      }}
    />
  );
}
