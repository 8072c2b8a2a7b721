import { handlersOf } from '#lib/api/handle.ts';
import { change } from '#lib/api/routes/freezes.ts';

export const { GET, POST, PUT, PATCH, DELETE } = handlersOf(change);
