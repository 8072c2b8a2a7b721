import { handlersOf } from '#lib/api/handle.ts';
import { unschedule } from '#lib/api/routes/recovery.ts';

export const { GET, POST, PUT, PATCH, DELETE } = handlersOf(unschedule);
