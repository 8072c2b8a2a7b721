import type { Metadata } from 'next';
import { FindingsView } from '#components/findings/findings-view.tsx';
import { pageContext } from '#lib/web/session.ts';
import { findingsModel } from '../_models/findings.ts';
import { environmentOf, one } from '../_models/query.ts';
import { dismissFindingAction, reopenFindingAction } from './actions.ts';

export const metadata: Metadata = { title: 'Findings' };

export default async function FindingsPage({ searchParams }: PageProps<'/findings'>) {
  const params = await searchParams;
  const context = await pageContext();
  const environment = environmentOf(params, context.estate);
  const findings = await findingsModel(context, environment, {
    tab: one(params, 'tab'),
    severity: one(params, 'severity'),
    finding: one(params, 'finding'),
    cursor: one(params, 'cursor'),
  });
  return (
    <FindingsView
      findings={findings}
      actions={{
        dismiss: dismissFindingAction.bind(null, environment),
        reopen: reopenFindingAction.bind(null, environment),
      }}
    />
  );
}
