import type { Metadata } from 'next';
import { DeploymentsView } from '#components/deployments/deployments-view.tsx';
import { LazyDeploySheet } from '#components/deployments/pipeline-lazy-request.tsx';
import { RollbackButton } from '#components/deployments/pipeline-rollback-button.tsx';
import { ButtonLink } from '#components/ui/button.tsx';
import { reasonOf } from '#components/ui/model.ts';
import { permits } from '#lib/domain/access/access.ts';
import { routes } from '#lib/routes.ts';
import { pageContext } from '#lib/web/session.ts';
import { within } from '../_models/common.ts';
import { deployModel } from '../_models/deployment-request.ts';
import { deploymentsModel } from '../_models/deployments/page.ts';
import { environmentOf, one } from '../_models/query.ts';
import { rollbackOffer } from '../_models/rollback-offer.ts';
import {
  previewDeploymentAction,
  previewRollbackAction,
  requestDeploymentAction,
  rollBackAction,
} from '../deployment-actions.ts';
import { registerReleaseAction } from './actions.ts';

export const metadata: Metadata = { title: 'Deployments' };

export default async function DeploymentsPage({ searchParams }: PageProps<'/deployments'>) {
  const params = await searchParams;
  const context = await pageContext();
  const environment = environmentOf(params, context.estate);
  const [tab, state, cursor] = [one(params, 'tab'), one(params, 'state'), one(params, 'cursor')];
  const deployments = await deploymentsModel(context, environment, { tab, state, cursor });
  const shown = deployments.content.tab;
  const page = {
    ...within(context.estate, environment),
    tab: shown === 'deployments' ? undefined : shown,
    state,
    cursor,
  };
  const asked =
    one(params, 'act') === 'deploy'
      ? await deployModel(context, environment, {
          version: one(params, 'version'),
          region: one(params, 'region'),
          closeHref: routes.deployments(page),
        })
      : null;
  const offer = await rollbackOffer(context, environment);
  return (
    <>
      <DeploymentsView
        deployments={deployments}
        actions={{ register: registerReleaseAction.bind(null, environment) }}
        acts={
          <>
            {offer === null ? null : (
              <RollbackButton
                offer={offer}
                actions={{ preview: previewRollbackAction, rollBack: rollBackAction }}
                label={`Roll back ${offer.version}`}
              />
            )}
            <ButtonLink
              tone="primary"
              href={routes.deployments({ ...page, act: 'deploy' })}
              reason={reasonOf(permits(context.actor.grants, 'operation.request'))}
              scroll={false}
            >
              New deployment
            </ButtonLink>
          </>
        }
      />
      {asked === null ? null : (
        <LazyDeploySheet
          model={asked}
          actions={{
            preview: previewDeploymentAction.bind(null, environment),
            request: requestDeploymentAction.bind(null, environment),
          }}
        />
      )}
    </>
  );
}
