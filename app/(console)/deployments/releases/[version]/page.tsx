import type { Metadata } from 'next';
import { RollbackButton } from '#components/deployments/pipeline-rollback-button.tsx';
import { ReleaseView } from '#components/deployments/release-view.tsx';
import { ButtonLink } from '#components/ui/button.tsx';
import { reasonOf } from '#components/ui/model.ts';
import { routes } from '#lib/routes.ts';
import { pageContext } from '#lib/web/session.ts';
import { within } from '../../../_models/common.ts';
import { releaseModel } from '../../../_models/deployments/release.ts';
import { orNotFound } from '../../../_models/or-not-found.ts';
import { environmentOf } from '../../../_models/query.ts';
import { rollbackOffer } from '../../../_models/rollback-offer.ts';
import { previewRollbackAction, rollBackAction } from '../../../deployment-actions.ts';
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
  const here = within(context.estate, environment);
  const offer = await rollbackOffer(context, environment);
  return (
    <ReleaseView
      release={release}
      actions={{ markBad: markBadAction, clear: clearReleaseAction }}
      acts={
        <>
          {offer?.version === version ? (
            <RollbackButton
              offer={offer}
              actions={{ preview: previewRollbackAction, rollBack: rollBackAction }}
            />
          ) : null}
          <ButtonLink
            tone="primary"
            href={routes.deployments({ ...here, act: 'deploy', version })}
            reason={reasonOf(release.deploy)}
          >
            Deploy {version}
          </ButtonLink>
        </>
      }
    />
  );
}
