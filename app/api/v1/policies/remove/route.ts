import { handlersOf } from '#lib/api/handle.ts';
import { deletePolicy } from '#lib/api/routes/settings.ts';

export const { GET, POST, PUT, PATCH, DELETE } = handlersOf(deletePolicy);
