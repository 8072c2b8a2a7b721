import { handlersOf } from '#lib/api/handle.ts';
import { list } from '#lib/api/routes/approvals.ts';

export const { GET, POST, PUT, PATCH, DELETE } = handlersOf(list);
