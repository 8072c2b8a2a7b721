import { handlersOf } from '#lib/api/handle.ts';
import { list, request } from '#lib/api/routes/operations.ts';

export const { GET, POST, PUT, PATCH, DELETE } = handlersOf(list, request);
