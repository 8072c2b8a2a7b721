import { handlersOf } from '#lib/api/handle.ts';
import { head } from '#lib/api/routes/audit.ts';

export const { GET, POST, PUT, PATCH, DELETE } = handlersOf(head);
