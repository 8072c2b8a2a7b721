import { handlersOf } from '#lib/api/handle.ts';
import { redeliver } from '#lib/api/routes/settings.ts';

export const { GET, POST, PUT, PATCH, DELETE } = handlersOf(redeliver);
