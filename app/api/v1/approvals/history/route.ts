import { handlersOf } from '#lib/api/handle.ts';
import { history } from '#lib/api/routes/approvals.ts';

export const { GET, POST, PUT, PATCH, DELETE } = handlersOf(history);
