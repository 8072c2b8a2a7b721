import type { Metadata } from 'next';
import { OperationView } from '#components/operations/operation-view.tsx';
import { pageContext } from '#lib/web/session.ts';
import { operationModel } from '../../_models/operations.ts';
import { orNotFound } from '../../_models/or-not-found.ts';
import { one } from '../../_models/query.ts';
import {
  closeAction,
  commentAction,
  leaveAction,
  omitAction,
  pauseAction,
  resumeAction,
  revertAction,
  withdrawAction,
} from '../../actions.ts';

import {
  previewRollbackAction,
  promoteAction,
  rollBackAction,
  skipSoakAction,
} from '../../deployment-actions.ts';
import { markBadAction } from '../../deployments/actions.ts';

export async function generateMetadata({ params }: PageProps<'/operations/[id]'>): Promise<Metadata> {
  return { title: (await params).id };
}

export default async function OperationPage({ params, searchParams }: PageProps<'/operations/[id]'>) {
  const { id } = await params;
  const query = await searchParams;
  const context = await pageContext();
  const operation = await orNotFound(
    operationModel(context, id, { orders: one(query, 'orders'), cursor: one(query, 'cursor') }),
  );
  return (
    <OperationView
      operation={operation}
      actions={{
        comment: commentAction,
        pause: pauseAction,
        resume: resumeAction,
        revert: revertAction,
        withdraw: withdrawAction,
        leave: leaveAction,
        close: closeAction,
        omit: omitAction,
        rollback: { preview: previewRollbackAction, rollBack: rollBackAction },
        pipeline: { skipSoak: skipSoakAction, promote: promoteAction, markBad: markBadAction },
      }}
    />
  );
}
