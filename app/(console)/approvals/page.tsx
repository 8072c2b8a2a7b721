import type { Metadata } from 'next';
import { ApprovalsView } from '#components/approvals/approvals-view.tsx';
import { pageContext } from '#lib/web/session.ts';
import { signInAgainAction } from '../../(auth)/sign-in/actions.ts';
import { approvalsModel } from '../_models/approvals.ts';
import { orNotFound } from '../_models/or-not-found.ts';
import { environmentOf, one } from '../_models/query.ts';
import { approveAction, commentAction, rejectAction } from '../actions.ts';
import { askChangesAction, delegateAction, reviewAction, revokeDelegationAction } from './actions.ts';

export const metadata: Metadata = { title: 'Approvals' };

export default async function ApprovalsPage({ searchParams }: PageProps<'/approvals'>) {
  const params = await searchParams;
  const context = await pageContext();
  const approvals = await orNotFound(
    approvalsModel(context, environmentOf(params, context.estate), {
      tab: one(params, 'tab'),
      operation: one(params, 'operation'),
      review: one(params, 'review'),
      outcome: one(params, 'outcome'),
      person: one(params, 'person'),
      cursor: one(params, 'cursor'),
    }),
  );
  return (
    <ApprovalsView
      approvals={approvals}
      actions={{
        approve: approveAction,
        reject: rejectAction.bind(null, approvals.request?.digest ?? ''),
        askChanges: askChangesAction.bind(null, approvals.request?.digest ?? ''),
        comment: commentAction,
        delegate: delegateAction,
        revokeDelegation: revokeDelegationAction,
        review: reviewAction,
        signInAgain: signInAgainAction,
      }}
    />
  );
}
