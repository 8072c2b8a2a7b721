import { handlersOf } from '#lib/api/handle.ts';
import { policies, putPolicy } from '#lib/api/routes/settings.ts';

export const { GET, POST, PUT, PATCH, DELETE } = handlersOf(policies, putPolicy);
