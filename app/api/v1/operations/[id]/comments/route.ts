import { handlersOf } from '#lib/api/handle.ts';
import { comments } from '#lib/api/routes/approvals.ts';

export const { GET, POST, PUT, PATCH, DELETE } = handlersOf(comments);
