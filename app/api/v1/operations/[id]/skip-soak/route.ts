import { handlersOf } from '#lib/api/handle.ts';
import { skip } from '#lib/api/routes/operations.ts';

export const { GET, POST, PUT, PATCH, DELETE } = handlersOf(skip);
