import { handlersOf } from '#lib/api/handle.ts';
import { discard } from '#lib/api/routes/settings.ts';

export const { GET, POST, PUT, PATCH, DELETE } = handlersOf(discard);
