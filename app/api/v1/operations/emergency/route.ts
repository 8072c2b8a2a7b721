import { handlersOf } from '#lib/api/handle.ts';
import { emergency } from '#lib/api/routes/recovery.ts';

export const { GET, POST, PUT, PATCH, DELETE } = handlersOf(emergency);
