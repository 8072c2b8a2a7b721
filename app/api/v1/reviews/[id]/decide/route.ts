import { handlersOf } from '#lib/api/handle.ts';
import { decide } from '#lib/api/routes/recovery.ts';

export const { GET, POST, PUT, PATCH, DELETE } = handlersOf(decide);
