import { handlersOf } from '#lib/api/handle.ts';
import { promote } from '#lib/api/routes/operations.ts';

export const { GET, POST, PUT, PATCH, DELETE } = handlersOf(promote);
