import { z } from 'zod';
import {
  CreateDelegationInput,
  createDelegation,
  ListDelegationsInput,
  listDelegations,
  revokeDelegation,
} from '../../services/approvals/delegations.ts';
import { ApprovalHistoryInput, listApprovalHistory } from '../../services/approvals/history.ts';
import { ListApprovalsInput, listApprovals } from '../../services/approvals/list.ts';
import { ListCommentsInput, listComments } from '../../services/operations/comment.ts';
import { readStoredPrice } from '../../services/operations/stored.ts';
import { defineRoute, withPath } from '../define-route.ts';
import { Approval, ApprovalHistory, Comment, Delegation, Identified, pageOf } from '../schemas.ts';

const Empty = z.strictObject({});

export const list = defineRoute({
  method: 'GET',
  path: '/approvals',
  id: 'listApprovals',
  tag: 'operations',
  summary: 'Requests for approval, newest first, each with whether the caller may decide',
  action: 'read',
  query: ListApprovalsInput,
  response: pageOf(Approval),
  async run(context, { query }) {
    const page = await listApprovals(context, query);
    return { ...page, items: page.items.map((item) => ({ ...item, price: readStoredPrice(item.price) })) };
  },
});

export const history = defineRoute({
  method: 'GET',
  path: '/approvals/history',
  id: 'listApprovalHistory',
  tag: 'operations',
  summary: 'What a person asked for and decided, and what was decided in their name, newest first',
  action: 'read',
  query: ApprovalHistoryInput,
  response: pageOf(ApprovalHistory),
  run: (context, { query }) => listApprovalHistory(context, query),
});

export const comments = defineRoute({
  method: 'GET',
  path: '/operations/{id}/comments',
  id: 'listComments',
  tag: 'operations',
  summary: 'What was said about a request or a run, oldest first',
  action: 'read',
  params: { id: 'Operation, such as OP-1001' },
  query: ListCommentsInput.omit({ id: true }),
  response: pageOf(Comment),
  run: (context, { params, query }) => listComments(context, withPath(query, params)),
});

export const delegations = defineRoute({
  method: 'GET',
  path: '/delegations',
  id: 'listDelegations',
  tag: 'operations',
  summary: 'Who decides on requests in whose name, newest first',
  action: 'read',
  query: ListDelegationsInput,
  response: pageOf(Delegation),
  run: (context, { query }) => listDelegations(context, query),
});

export const delegate = defineRoute({
  method: 'POST',
  path: '/delegations',
  id: 'createDelegation',
  tag: 'operations',
  summary: 'Let somebody decide in one’s own name for a time, in a session; never by a token',
  action: 'operation.approve',
  body: CreateDelegationInput,
  response: Identified,
  status: 201,
  run: (context, { body }) => createDelegation(context, body),
});

export const undelegate = defineRoute({
  method: 'POST',
  path: '/delegations/{id}/revoke',
  id: 'revokeDelegation',
  tag: 'operations',
  summary: 'End a delegation at once: by either of the two, or by an admin',
  action: 'read',
  params: { id: 'Delegation' },
  body: Empty,
  response: Identified,
  run: (context, { params, body }) => revokeDelegation(context, withPath(body, params)),
});
