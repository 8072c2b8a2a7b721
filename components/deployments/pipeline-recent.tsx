'use client';

import Link from 'next/link';
import { Age } from '#components/ui/age.tsx';
import { plural } from '#components/ui/format.ts';
import { StatusShape } from '#components/ui/status.tsx';
import { RollbackButton } from './pipeline-rollback-button.tsx';
import type { RollbackActions, RollbackOffer } from './pipeline-rollback-model.ts';

/** "v2.1.0 since 12 min in 3 Regions · Roll back": on the overview and a Region's page while the switch is recent. */
export function RecentSwitch({
  offer,
  actions,
  region,
}: {
  offer: RollbackOffer;
  actions: RollbackActions;
  /** The Region that the page is about: chosen first. */
  region?: string;
}) {
  const regions = region === undefined ? undefined : [region];
  return (
    <section className="notice info recent-switch" aria-label={`${offer.version} is new`}>
      <StatusShape status="running" />
      <p>
        <b>{offer.version}</b> since <Age at={offer.since} /> in {plural(offer.regions.length, 'Region')}, by{' '}
        <Link className="link" href={offer.operation.href}>
          {offer.operation.id}
        </Link>
      </p>
      <RollbackButton
        offer={offer}
        actions={actions}
        {...(regions === undefined || offer.operation.running ? {} : { regions })}
        label={region === undefined || offer.operation.running ? 'Roll back' : `Roll back ${region}`}
      />
    </section>
  );
}
