import { handlersOf } from '#lib/api/handle.ts';
import { revokeOne } from '#lib/api/routes/people.ts';

export const { GET, POST, PUT, PATCH, DELETE } = handlersOf(revokeOne);
