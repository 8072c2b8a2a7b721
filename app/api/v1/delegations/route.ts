import { handlersOf } from '#lib/api/handle.ts';
import { delegate, delegations } from '#lib/api/routes/approvals.ts';

export const { GET, POST, PUT, PATCH, DELETE } = handlersOf(delegate, delegations);
