import { handlersOf } from '#lib/api/handle.ts';
import { policyActs } from '#lib/api/routes/recovery.ts';

export const { GET, POST, PUT, PATCH, DELETE } = handlersOf(policyActs);
